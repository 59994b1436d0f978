// Package codec packs short lists of names into one line and back.
package codec

import "strings"

// Pack joins the names with commas. A name with a comma in it cannot be told apart afterwards.
func Pack(names []string) string {
	return strings.Join(names, ",")
}

// Unpack is the reverse of Pack.
func Unpack(line string) ([]string, error) {
	if line == "" {
		return nil, nil
	}
	return strings.Split(line, ","), nil
}
