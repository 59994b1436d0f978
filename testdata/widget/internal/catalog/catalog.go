// Package catalog knows the parts of a widget. The list is embedded in the executable.
package catalog

import (
	_ "embed"
	"strings"

	"example.com/codec"
)

//go:embed parts.txt
var embedded string

// Parts are the names of all parts, in catalog order.
func Parts() ([]string, error) {
	var parts []string
	for _, line := range strings.Split(strings.TrimSpace(embedded), "\n") {
		names, err := codec.Unpack(line)
		if err != nil {
			return nil, err
		}
		parts = append(parts, names...)
	}
	return parts, nil
}
