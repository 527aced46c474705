// Command measure prints precision and recall of classification over labelled
// identities: the corpus in classify/testdata, and, with -data, labels that
// others made in public data sets.
//
// Every set is measured twice: with all that is known, and with the fields that
// carry the label taken away (the vendor's type and flags), so that only name
// and ordinary attributes decide. Rows are also split in halves by a hash of type
// and name, to show how even the result is.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	corpus := flag.String("corpus", "classify/testdata", "folder with the labelled corpora")
	data := flag.String("data", "", "folder of public data sets with labels of others")
	only := flag.String("rows", "", "measure this file of labelled JSON lines only")
	misses := flag.Bool("misses", false, "print what was judged wrongly")
	flag.Parse()
	var sets []set
	var err error
	if *only != "" {
		var rows []row
		rows, err = readRows(*only)
		sets = []set{{name: "rows", label: "as given", rows: rows}}
	} else {
		sets, err = load(*corpus, *data)
	}
	if err == nil {
		err = report(os.Stdout, sets, *misses)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}
