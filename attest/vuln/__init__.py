"""Known vulnerabilities: a database of them, and which are in a program. Nothing here opens anything."""
