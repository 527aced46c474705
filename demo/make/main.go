// Command make writes what the demo organisation, Harbour & Finch, keeps on its
// machines: a laptop's home folder and a server's disk, with credentials in the
// forms and places in which they are really found; and its AWS account, the
// manifests of its cluster and a repository with history, which the same
// credentials run through. Every secret is random, made at that moment, and
// opens nothing.
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
	n, err := organisation(os.Args[1])
	if err != nil {
		fmt.Fprintf(os.Stderr, "make: %v\n", err)
		os.Exit(1)
	}
	fmt.Printf("wrote %d files of the demo organisation\n", n)
}

// organisation writes all of it under root and returns the number of files.
func organisation(root string) (int, error) {
	files, keys := map[string]string{}, awsKeys()
	if err := laptop(files, keys); err != nil {
		return 0, err
	}
	if err := server(files); err != nil {
		return 0, err
	}
	if err := account(files, keys); err != nil {
		return 0, err
	}
	cluster(files)
	if err := write(root, files); err != nil {
		return 0, err
	}
	return len(files), repository(filepath.Join(root, "code", "billing"), "git@github.com:harbourfinch/billing.git", commits(keys))
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
