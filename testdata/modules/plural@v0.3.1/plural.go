// Package plural writes English numbers of things.
package plural

import "strconv"

// Count is the number and the noun in the form that the number asks for.
func Count(n int, noun string) string {
	if n != 1 {
		noun = form(noun)
	}
	return strconv.Itoa(n) + " " + noun
}

func form(noun string) string {
	if many, ok := irregular[noun]; ok {
		return many
	}
	return noun + "s"
}
