"""Archives and packages, read in memory: bytes in, members out; nothing is ever extracted to disk."""
