// Package codec packs short lists of names into one line and back; any name survives.
package codec

import (
	"errors"
	"strings"
)

// ErrCutOff tells that a line ends inside an escape.
var ErrCutOff = errors.New("codec: the line ends inside an escape")

var escape = strings.NewReplacer(`\`, `\\`, `,`, `\,`)

// Pack joins the names with commas; commas and backslashes inside a name are escaped.
func Pack(names []string) string {
	var out strings.Builder
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(escape.Replace(name))
	}
	return out.String()
}

// Unpack is the reverse of Pack.
func Unpack(line string) ([]string, error) {
	if line == "" {
		return nil, nil
	}
	var names []string
	var name strings.Builder
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			name.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == ',':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteRune(r)
		}
	}
	if escaped {
		return nil, ErrCutOff
	}
	return append(names, name.String()), nil
}
