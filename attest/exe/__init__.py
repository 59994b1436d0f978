"""Executables: what a file says about itself, read from hostile bytes within limits."""
