"""Bundles, certificates, keys and their verification; no network."""
