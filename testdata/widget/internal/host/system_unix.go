//go:build linux || darwin

package host

import (
	"os"
	"runtime"
)

// System names the operating system and the host.
func System() string {
	name, err := os.Hostname()
	if err != nil {
		return runtime.GOOS
	}
	return runtime.GOOS + " (" + name + ")"
}
