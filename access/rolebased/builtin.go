package rolebased

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/droverhq/drover"
)

// The tables in data are made by the refresh command; data/NOTICE names their
// sources.
var (
	//go:embed data/azure.tsv.gz
	azureData []byte
	//go:embed data/entra.tsv.gz
	entraData []byte
	//go:embed data/graph.tsv.gz
	graphData []byte
	//go:embed data/gcp.tsv.gz
	gcpData []byte
)

// builtin is a table of roles with the name of its source.
type builtin struct {
	source string
	roles  map[string]Role
}

// table is the roles of b, which its user may add to.
func (b builtin) table(t Table) *Table {
	t.Source, t.Roles = b.source, maps.Clone(b.roles)
	return &t
}

// read decompresses embedded data and passes its lines, cut at tabs, to add.
func read(data []byte, add func(b *builtin, f []string) error) builtin {
	b := builtin{roles: map[string]Role{}}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		panic("rolebased: embedded data: " + err.Error())
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic("rolebased: embedded data: " + err.Error())
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if f[0] == "#" {
			b.source = f[1]
		} else if err := add(&b, f); err != nil {
			panic("rolebased: embedded data: " + err.Error())
		}
	}
	return b
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

var azureRoles = sync.OnceValue(func() builtin {
	var id string
	return read(azureData, func(b *builtin, f []string) error {
		if f[0] == "R" {
			id = f[1]
			b.roles[id] = Role{Name: f[2]}
			return nil
		}
		r := b.roles[id]
		r.Permissions = append(r.Permissions, AzurePermissions(list(f[1]), list(f[2]), list(f[3]), list(f[4]), f[5])...)
		b.roles[id] = r
		return nil
	})
})

var entraRoles = sync.OnceValue(func() builtin {
	return read(entraData, func(b *builtin, f []string) error {
		actions := list(f[4])
		b.roles[f[1]] = Role{Name: f[2], Includes: list(f[3]), Permissions: EntraPermissions(actions), Unread: actions == nil}
		return nil
	})
})

var graphRoles = sync.OnceValue(func() builtin {
	return read(graphData, func(b *builtin, f []string) error {
		b.roles[f[1]] = Role{Name: f[2], Permissions: []Permission{{Actions: []string{f[2]}}}}
		return nil
	})
})

var gcpRoles = sync.OnceValue(func() builtin {
	var names []string
	return read(gcpData, func(b *builtin, f []string) error {
		if f[0] == "p" {
			names = append(names, f[1])
			return nil
		}
		r := Role{Name: f[2], Unread: f[3] == ""}
		var actions []string
		for _, span := range list(f[3]) {
			from, to, ok := strings.Cut(span, "-")
			if !ok {
				to = from
			}
			lo, err := strconv.Atoi(from)
			hi, err2 := strconv.Atoi(to)
			if err != nil || err2 != nil || lo > hi || hi >= len(names) {
				return fmt.Errorf("range %q of %s", span, f[1])
			}
			actions = append(actions, names[lo:hi+1]...)
		}
		r.Permissions = []Permission{{Actions: actions}}
		b.roles[f[1]] = r
		return nil
	})
})

// Expression is the condition that an expression of the vendor's own language
// holds. It is kept as it stands: two are the same only if they are spelled the
// same.
func Expression(language, text string) drover.Attrs {
	if text == "" {
		return nil
	}
	return drover.NewAttrs(map[string]any{"expression": map[string]any{language: text}})
}
