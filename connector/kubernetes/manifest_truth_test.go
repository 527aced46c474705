package kubernetes

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// counter prints "<group> <Kind> <namespace> <name>" for each object below a
// folder, and "- - - <file>" for each document that is none, by PyYAML.
const counter = `
import json, os, sys, yaml
def walk(d, kind='', api=''):
    if isinstance(d, list):
        for x in d: yield from walk(x, kind, api)
        return
    if isinstance(d, dict):
        k = d.get('kind') or (kind[:-4] if kind not in ('', 'List') else '')
        a = d.get('apiVersion') or api
        if k and a:
            if k.endswith('List') and isinstance(d.get('items'), list):
                for x in d['items']: yield from walk(x, k, a)
            else:
                m = d.get('metadata') or {}
                g = a.split('/')[0] if '/' in a else ''
                yield (g or 'core', k, m.get('namespace') or '', m.get('name') or m.get('generateName') or '')
            return
    yield ('-', '-', '-', '-')
for folder, _, files in os.walk(sys.argv[1]):
    for f in files:
        if not f.endswith(('.yaml', '.yml', '.json')): continue
        text = open(os.path.join(folder, f), encoding='utf-8-sig').read()
        docs = [json.loads(text)] if f.endswith('.json') else yaml.safe_load_all(text)
        for d in docs:
            if d is None: continue
            for row in walk(d): print('\t'.join(str(x) for x in row))
`

// foreign lists what the foreign program sees: objects of kinds that are read, by
// type and id, how many objects of other kinds, and how many documents are none.
func foreign(t *testing.T, dir string) (seen []string, others map[string]int, none int) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		realtest.NotRun(t, "python3", "", "python3 is not installed")
	}
	cmd := exec.Command(python, "-c", counter, dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if strings.Contains(stderr.String(), "No module named 'yaml'") {
		realtest.NotRun(t, "PyYAML", "", "python3-yaml is not installed")
	}
	if err != nil {
		t.Fatalf("python3: %v\n%s", err, stderr.String())
	}
	others = map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Split(line, "\t")
		if f[0] == "-" {
			none++
			continue
		}
		group := strings.TrimPrefix(f[0], "core")
		k := manifestKind(group, f[1])
		switch {
		case k == nil && group != "":
			others[f[1]+"."+group]++
		case k == nil:
			others[f[1]]++
		case k.namespaced && f[2] == "":
			seen = append(seen, k.typ+" name:default/"+f[3])
		case k.namespaced:
			seen = append(seen, k.typ+" name:"+f[2]+"/"+f[3])
		default:
			seen = append(seen, k.typ+" name:"+f[3])
		}
	}
	slices.Sort(seen)
	return slices.Compact(seen), others, none
}

// Every manifest that others published is read without an error, and what is in
// it is what a foreign program counts: the same objects, none lost in silence.
func TestManifestsOfOthers(t *testing.T) {
	for _, set := range []string{"bootstrap-rbac", "kubehound", "kubescape-rule-tests", "operator-bundles"} {
		t.Run(set, func(t *testing.T) {
			dir := realtest.SharedData(t, "k8s/"+set)
			sameAsForeign(t, dir)
		})
	}
}

// Our own manifests are counted alike.
func TestManifestsOfOurs(t *testing.T) {
	sameAsForeign(t, "testdata/truth")
}

func sameAsForeign(t *testing.T, dir string) {
	t.Helper()
	want, others, none := foreign(t, dir)
	r := connectortest.Collect(t, Connector, map[string][]string{"path": {dir}})
	if r.Err != nil || r.Status() != drover.StatusOK {
		t.Fatalf("%v %+v", r.Err, r.Sections)
	}
	quiet := func(s string) bool { // read for what they say of others, or where they hold a secret
		return strings.HasPrefix(s, "endpoint") || strings.HasPrefix(s, "config_map ")
	}
	got := slices.DeleteFunc(objects(r), func(s string) bool {
		return quiet(s) || strings.HasPrefix(s, "pod_template ") || strings.HasPrefix(s, "helm_release ")
	})
	if d := cmp.Diff(slices.DeleteFunc(want, quiet), got); d != "" {
		t.Errorf("-foreign +drover\n%s", d)
	}
	s := r.Sections[0]
	for _, n := range s.Notes {
		if n.Lost || n.Unread {
			t.Errorf("%s: %s", n.Where, n.Text)
		}
		if text, ok := strings.CutPrefix(n.Text, "objects of kinds that are not read: "); ok && text != counted(others) {
			t.Errorf("not read: got %s\nwant %s", text, counted(others))
		}
		if n.Text == "" {
			t.Errorf("an empty note at %s", n.Where)
		}
	}
	said := slices.ContainsFunc(s.Notes, func(n drover.Note) bool {
		return strings.HasPrefix(n.Text, "objects of kinds that are not read")
	})
	if said != (len(others) > 0) {
		t.Errorf("kinds that are not read are noted: %t; there are %d", said, len(others))
	}
	t.Logf("%d objects, %d documents of other kinds, %d that are none", len(got), len(others), none)
}
