package host

// System names the interface to the host, which is all that a WASI program knows of it.
func System() string { return "WASI preview 1" }
