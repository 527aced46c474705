// Command make writes what the demo organisation, Harbour & Finch, keeps on its
// machines: a laptop's home folder and a server's disk, with credentials in the
// forms and places in which they are really found. Every secret is random, made
// at that moment, and opens nothing.
//
//	go run ./demo/make FOLDER
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./demo/make FOLDER")
		os.Exit(2)
	}
	files := map[string]string{}
	for _, make := range []func(map[string]string) error{laptop, server} {
		if err := make(files); err != nil {
			fmt.Fprintf(os.Stderr, "make: %v\n", err)
			os.Exit(1)
		}
	}
	if err := write(os.Args[1], files); err != nil {
		fmt.Fprintf(os.Stderr, "make: %v\n", err)
		os.Exit(1)
	}
	fmt.Printf("wrote %d files of the demo organisation\n", len(files))
}

func write(root string, files map[string]string) error {
	names := []string{}
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write the demo: %w", err)
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o600); err != nil {
			return fmt.Errorf("write the demo: %w", err)
		}
	}
	return nil
}
