"""Use cases: edges in, values out; what a library user calls."""
