package greet

import "testing"

func TestHello(t *testing.T) {
	if got, want := Hello(" ", 2, "part"), "Hello, everybody: 2 parts."; got != want {
		t.Errorf("Hello = %q, want %q", got, want)
	}
}
