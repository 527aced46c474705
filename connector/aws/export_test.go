package aws_test

import (
	"encoding/json"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// scanPath reads files.
func scanPath(t *testing.T, path string, more ...string) *connectortest.Result {
	t.Helper()
	config := map[string][]string{"path": {path}}
	for i := 0; i+1 < len(more); i += 2 {
		config[more[i]] = []string{more[i+1]}
	}
	return connectortest.Collect(t, aws.Connector, config)
}

// names maps each node to what the API calls it: its ARN, else its name.
func names(r *connectortest.Result) map[drover.Ref]string {
	m := map[drover.Ref]string{}
	for _, n := range r.Nodes {
		if m[n.Ref] == "" {
			m[n.Ref] = n.Name
		}
		for _, a := range n.Aliases {
			if strings.HasPrefix(a, "arn:") && !strings.Contains(a, ":assumed-role/") {
				m[n.Ref] = a
			}
		}
	}
	return m
}

// seen gives what a scan saw of IAM in the words of count_export.py.
func seen(r *connectortest.Result) map[string][]string {
	arn := names(r)
	end := func(ref drover.Ref) string {
		if ref.Unseen() {
			return ref.ID()
		}
		return arn[ref]
	}
	got := map[string][]string{}
	add := func(k, v string) { got[k] = append(got[k], v) }
	for _, n := range r.Nodes {
		switch n.Type {
		case "aws.iam.user", "aws.iam.group", "aws.iam.role":
			add(strings.TrimPrefix(n.Type, "aws.iam.")+"s", arn[n.Ref])
		case "aws.iam.policy":
			add("policies", arn[n.Ref])
			list, _ := n.Attrs.Get("PolicyVersionList").([]any)
			for _, v := range list {
				add("versions", arn[n.Ref]+" "+v.(map[string]any)["VersionId"].(string))
			}
		case "aws.iam.instance_profile":
			add("profiles", n.Name)
		}
	}
	inline := map[drover.Ref]bool{}
	for _, n := range r.ByType("aws.iam.inline_policy") {
		inline[n.Ref] = true
	}
	for _, e := range r.Edges {
		switch e.Kind {
		case drover.EdgeMemberOf:
			user, _ := r.Node(e.From)
			group := end(e.To)
			add("members", user.Name+" "+group[strings.LastIndexByte(group, '/')+1:])
		case drover.EdgeAttached:
			if inline[e.From] {
				add("inline", end(e.To)+" "+arn[e.From])
			} else {
				add("attached", end(e.From)+" "+end(e.To))
			}
		case drover.EdgeBoundedBy:
			add("bounded", end(e.From)+" "+end(e.To))
		}
	}
	for _, e := range r.Evidence {
		if e.Source == "iam.RoleLastUsed" && e.Claim == drover.ClaimLastUsed {
			add("used", arn[e.Subject])
		} else if e.Source == "iam.RoleLastUsed" {
			add("unused", arn[e.Subject])
		}
	}
	for k := range got {
		slices.Sort(got[k])
		got[k] = slices.Compact(got[k])
	}
	return got
}

// Every export that others published is read whole: the sets are those that a
// foreign program counts, and what cannot be read says so.
func TestSharedExports(t *testing.T) {
	root := realtest.SharedData(t, "iam")
	realtest.Suite(t, "AWS exports", "as published")
	var files []string
	if err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(p, ".json") {
			files = append(files, p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	total := map[string]int{}
	all := counted(t, files)
	for _, file := range files {
		want := all[file]
		_, ours := aws.Connector.Accepts(file, false)
		if want == nil {
			continue
		}
		total["files"]++
		if !ours {
			t.Errorf("%s: not accepted", file)
		}
		r := scanPath(t, file)
		if r.Err != nil {
			t.Errorf("%s: %v", file, r.Err)
			continue
		}
		for _, s := range r.Sections {
			if s.Status != drover.StatusOK {
				total["partial sections"]++
				t.Logf("%s: %s is %s: %s %v", filepath.Base(file), s.Name, s.Status, s.Error, s.Notes)
			}
		}
		got := seen(r)
		for k, list := range want {
			total[k] += len(list)
			if d := cmp.Diff(unique(list), got[k]); d != "" {
				t.Errorf("%s: %s (-counted +read):\n%s", file, k, d)
			}
		}
	}
	t.Logf("of %d JSON files: %v", len(files), total)
	if total["files"] == 0 {
		t.Error("no export among the files")
	}
}

func unique(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// counted asks the foreign program; a file that is no export has nil.
func counted(t *testing.T, files []string) map[string]map[string][]string {
	t.Helper()
	cmd := exec.Command("python3", filepath.Join("testdata", "count_export.py"))
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	var want map[string]map[string][]string
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatalf("count: %v", err)
	}
	return want
}
