package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A label is what CredData says of one line.
type label struct {
	truth    string // T a secret, F none, X not to be told
	category string
	repo     string
}

// half says for which purpose a repository counts: what is in "tune" may be
// looked at when a rule is written, what is in "held out" is only counted. The
// whole repository goes to one side, by the hash of its id.
func (l label) half() string {
	h := fnv.New32a()
	_, _ = io.WriteString(h, l.repo)
	if h.Sum32()%2 == 0 {
		return "tune"
	}
	return "held out"
}

// A tally counts labelled lines.
type tally struct{ hit, missed, wrong int }

func (t tally) String() string {
	recall := float64(t.hit) / float64(max(1, t.hit+t.missed))
	precision := float64(t.hit) / float64(max(1, t.hit+t.wrong))
	f1 := 0.0
	if recall+precision > 0 {
		f1 = 2 * recall * precision / (recall + precision)
	}
	return fmt.Sprintf("recall %.3f (%d of %d)  precision %.3f (%d false)  F1 %.3f", recall, t.hit, t.hit+t.missed, precision, t.wrong, f1)
}

func (t *tally) count(truth string, found bool) {
	switch {
	case truth == "T" && found:
		t.hit++
	case truth == "T":
		t.missed++
	case truth == "F" && found:
		t.wrong++
	}
}

// score compares with the labels; what is labelled X or not at all counts for
// nobody.
func score(tools []tool, dir string, list bool) error {
	labels, err := readLabels(dir)
	if err != nil {
		return err
	}
	fmt.Printf("labelled lines of %s: %d\n", filepath.Base(dir), len(labels))
	for _, t := range tools {
		found, _, err := t.scan(filepath.Join(dir, "data"))
		if err != nil {
			return err
		}
		parts, categories := map[string]*tally{}, map[string]*tally{}
		var wrong []place
		for at, l := range labels {
			bucket(parts, "all").count(l.truth, found[at])
			bucket(parts, l.half()).count(l.truth, found[at])
			for c := range strings.SplitSeq(l.category, ":") {
				bucket(categories, c).count(l.truth, found[at])
			}
			if l.half() == "tune" && (l.truth == "T") != found[at] && l.truth != "X" {
				wrong = append(wrong, at)
			}
		}
		for _, name := range []string{"all", "tune", "held out"} {
			if parts[name] != nil {
				fmt.Printf("  %-28s %-9s %s\n", t.name, name, parts[name])
			}
		}
		if t.perCategory {
			printCategories(categories)
		}
		if list && t.perCategory {
			slices.SortFunc(wrong, func(a, b place) int { return cmp.Or(cmp.Compare(a.path, b.path), a.line-b.line) })
			for _, at := range wrong {
				fmt.Printf("    %s %s:%d %s\n", labels[at].truth, at.path, at.line, labels[at].category)
			}
		}
	}
	return nil
}

func bucket(m map[string]*tally, key string) *tally {
	if m[key] == nil {
		m[key] = &tally{}
	}
	return m[key]
}

func printCategories(m map[string]*tally) {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(m[b].hit+m[b].missed-m[a].hit-m[a].missed, strings.Compare(a, b))
	})
	for _, name := range names {
		if m[name].hit+m[name].missed > 0 {
			fmt.Printf("    %-36s %s\n", name, m[name])
		}
	}
}

// readLabels keeps the strongest label of each line: T before X before F.
func readLabels(dir string) (map[place]label, error) {
	metas, err := filepath.Glob(filepath.Join(dir, "meta", "*.csv"))
	if err != nil || len(metas) == 0 {
		return nil, fmt.Errorf("no labels in %s/meta", dir)
	}
	labels := map[place]label{}
	for _, meta := range metas {
		f, err := os.Open(meta)
		if err != nil {
			return nil, err
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil || len(rows) == 0 {
			return nil, fmt.Errorf("%s: %w", meta, err)
		}
		col := map[string]int{}
		for i, name := range rows[0] {
			col[name] = i
		}
		for _, row := range rows[1:] {
			line, err := strconv.Atoi(row[col["LineStart"]])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", meta, err)
			}
			at := place{filepath.Join(dir, row[col["FilePath"]]), line}
			l := label{row[col["GroundTruth"]], row[col["Category"]], row[col["RepoName"]]}
			if old, ok := labels[at]; !ok || strings.Index("FXT", l.truth) > strings.Index("FXT", old.truth) {
				labels[at] = l
			}
		}
	}
	return labels, nil
}
