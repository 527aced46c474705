// Command report reads the output of go test -json on standard input and prints
// what a reader of a test run wants to know: what failed, with its output; then
// which package ran against which real system and version, with its counts; and
// what did NOT RUN and why. The last line is always
//
//	N passed, N failed, N skipped
//
// It exits 1 when a test or a build failed, when nothing ran at all, and, with
// CI=true, when any suite did not run.
//
//	DROVER_TEST_REPORT=$FILE go test -json ./... | go run ./internal/realtest/report $FILE
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ./... | report FILE")
		os.Exit(2)
	}
	r := newRun()
	if err := r.readTests(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "report: %v\n", err)
		os.Exit(2)
	}
	if err := r.readLines(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "report: %v\n", err)
		os.Exit(2)
	}
	r.print(os.Stdout)
	if !r.ok(os.Getenv("CI") == "true") {
		os.Exit(1)
	}
}
