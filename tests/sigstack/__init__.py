"""A Sigstore of our own on loopback: identity provider, certificate authority, log, timestamp authority."""
