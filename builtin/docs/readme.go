package main

import (
	"path/filepath"
	"strings"

	"github.com/droverhq/drover/connector"
)

func readmeFile(root string) string { return filepath.Join(root, "README.md") }

// readme puts what each connector says of its tests into its row of the README's
// table; the other cells are written by hand. It returns the page and the names
// of the rows.
func readme(page string, connectors []*connector.Connector) (string, []string) {
	verified := map[string]string{}
	for _, c := range connectors {
		verified[c.Name] = cell(c.Verified)
	}
	var b strings.Builder
	var rows []string
	for line := range strings.Lines(page) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "| [`"), "`")
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| [`") && len(cells) == 4 {
			cells[2] = verified[name]
			line, rows = strings.Join(cells, " | "), append(rows, name)
		}
		b.WriteString(line)
	}
	return b.String(), rows
}
