"""Bills of materials: assembled from binaries and from source, written, read back and compared.

Pure functions over `attest.model`; the format libraries load when a document is written.
"""
