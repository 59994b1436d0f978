//go:build cgo

package host

// static int pointer_bits(void) { return 8 * (int)sizeof(void *); }
import "C"

import "strconv"

// Compiler says whether a C compiler took part in the build, and how wide its pointers are.
func Compiler() string {
	return "with cgo (" + strconv.Itoa(int(C.pointer_bits())) + "-bit pointers)"
}
