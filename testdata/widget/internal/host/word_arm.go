package host

// Word is the width of a machine word.
func Word() string { return "32-bit" }
