//go:build amd64 || arm64 || wasm

package host

// Word is the width of a machine word.
func Word() string { return "64-bit" }
