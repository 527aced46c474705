package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover/secret"
)

// leaky prints for a folder with .leaky-meta/secrets.csv (Plazmaz/leaky-repo) how
// many of the lines that it counts as a risk are found, file by file no more than
// there are.
func leaky(s *secret.Scanner, dir string) error {
	f, err := os.Open(filepath.Join(dir, ".leaky-meta", "secrets.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return err
	}
	found, total := 0, 0
	var none []string
	for _, row := range rows {
		risk, err := strconv.Atoi(strings.TrimSpace(row[1]))
		if err != nil || risk == 0 {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, row[0]))
		if os.IsNotExist(err) {
			continue // counted by the list, left out of this copy
		}
		if err != nil {
			return err
		}
		lines := map[int]bool{}
		for _, h := range s.Scan(row[0], data) {
			lines[h.Line] = true
		}
		total += risk
		found += min(risk, len(lines))
		if len(lines) == 0 {
			none = append(none, row[0])
		}
	}
	fmt.Printf("%s: %d of %d risk lines; nothing in %s\n", filepath.Base(dir), found, total, strings.Join(none, ", "))
	return nil
}

// lint prints for the snapshot folders of secretlint's rules (…/ok.NAME and
// …/ng.NAME) how many of each have a finding.
func lint(s *secret.Scanner, dir string) error {
	hit, all := map[string]int{}, map[string]int{}
	var loud []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		kind, _, _ := strings.Cut(filepath.Base(path), ".")
		if err != nil || !d.IsDir() || kind != "ok" && kind != "ng" {
			return err
		}
		all[kind]++
		inputs, err := filepath.Glob(filepath.Join(path, "input*"))
		for _, in := range inputs {
			data, err := os.ReadFile(in)
			if err != nil {
				return err
			}
			if hits := s.Scan(filepath.Base(in), data); len(hits) > 0 {
				hit[kind]++
				if kind == "ok" {
					loud = append(loud, path[len(dir):]+" ("+hits[0].Rule+")")
				}
				break
			}
		}
		return err
	})
	fmt.Printf("%s: ng %d of %d found, ok %d of %d silent; not silent: %s\n", filepath.Base(dir), hit["ng"], all["ng"], all["ok"]-hit["ok"], all["ok"], strings.Join(loud, ", "))
	return err
}

// examples prints for a file of {"rule","label","text"} lines how many of each
// label have a finding, and the rules of which most are missed.
func examples(s *secret.Scanner, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	hit, all, missed := map[bool]int{}, map[bool]int{}, map[string]int{}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e struct {
			Rule, Text string
			Label      bool
		}
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		all[e.Label]++
		if len(s.Scan("", []byte(e.Text))) > 0 {
			hit[e.Label]++
		} else if e.Label {
			missed[e.Rule]++
		}
	}
	var rules []string
	for r := range missed {
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b string) int { return missed[b] - missed[a] })
	fmt.Printf("%s: %d of %d true examples found, %d of %d false ones; missed most: %v\n", filepath.Base(path),
		hit[true], all[true], hit[false], all[false], rules[:min(8, len(rules))])
	return sc.Err()
}
