//go:build !cgo

package host

// Compiler says whether a C compiler took part in the build.
func Compiler() string { return "pure Go" }
