"""A value to text, one file per format."""
