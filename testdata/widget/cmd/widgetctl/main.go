// Widgetctl checks and packs the catalog for the operators of widgets.
package main

import (
	"fmt"
	"os"

	"example.com/acme/widget/internal/catalog"
	"example.com/codec"
)

func main() {
	if len(os.Args) != 2 || os.Args[1] != "pack" {
		fmt.Fprintln(os.Stderr, "usage: widgetctl pack")
		os.Exit(2)
	}
	parts, err := catalog.Parts()
	if err != nil {
		fmt.Fprintln(os.Stderr, "widgetctl:", err)
		os.Exit(1)
	}
	fmt.Println(codec.Pack(parts))
}
