"""The policy engine: a policy and evidence in, a verdict out."""
