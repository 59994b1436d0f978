"""What went wrong in other tools that verify signatures: a test named after each advisory."""
