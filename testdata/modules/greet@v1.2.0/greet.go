// Package greet makes the first line that a command shows to a person.
package greet

import (
	"strings"

	"example.com/plural"
)

// Hello greets name and tells how many things of a kind wait for them.
// A blank name greets everybody.
func Hello(name string, count int, thing string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		name = "everybody"
	}
	return "Hello, " + name + ": " + plural.Count(count, thing) + "."
}
