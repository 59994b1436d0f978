"""Signing: keys and keyless, one protocol."""
