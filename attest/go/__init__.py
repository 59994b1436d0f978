"""Go's formats and rules: bytes in, values out; no file, process, network or clock."""
