"""in-toto statements and DSSE envelopes."""
