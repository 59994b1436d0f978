// Widget greets its user, tells where it runs and lists the parts that it knows.
package main

import (
	"flag"
	"fmt"
	"os"

	"example.com/acme/widget/internal/catalog"
	"example.com/acme/widget/internal/host"
	"example.com/greet"
)

func main() {
	name := flag.String("name", "", "whom to greet")
	flag.Parse()
	if err := run(*name); err != nil {
		fmt.Fprintln(os.Stderr, "widget:", err)
		os.Exit(1)
	}
}

func run(name string) error {
	parts, err := catalog.Parts()
	if err != nil {
		return err
	}
	fmt.Println(greet.Hello(name, len(parts), "part"))
	fmt.Printf("Running on %s, %s words, %s.\n", host.System(), host.Word(), host.Compiler())
	for _, part := range parts {
		fmt.Println("-", part)
	}
	return nil
}
