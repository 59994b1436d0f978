"""attest: supply-chain attestation for Go releases."""

__version__ = "0.1.0"
