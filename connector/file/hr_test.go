package file

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// An export as somebody has it at hand is read without a word of configuration
// where its columns can mean one thing only.
func TestPlainExports(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		text  string
		typ   string
		ids   []string
		names []string
		edges []string // owns
	}{
		"names only":   {"Employee,Manager,Department,Status\nAnn Lee,Bob Ray,Sales,active\nBob Ray,,Sales,left\n", "hr.person", []string{"Ann Lee", "Bob Ray"}, []string{"Ann Lee", "Bob Ray"}, []string{"Bob Ray Ann Lee"}},
		"name and id":  {"Employee ID;Name;Manager ID\n1;Ann Lee;2\n2;Bob Ray;\n", "hr.person", []string{"1", "2"}, []string{"Ann Lee", "Bob Ray"}, []string{"2 1"}},
		"no name":      {"emp_no,email,department\n7,ann@x.example,Sales\n", "hr.person", []string{"7"}, []string{"ann@x.example"}, nil},
		"number":       {"Number,GivenName,Surname,Birthday,NationalID\n7,Ann,Lee,1990-01-01,Canary-national-11\n", "hr.person", []string{"7"}, []string{"Ann Lee"}, nil},
		"account list": {"guid,uname,firstname,lastname,disabled,password\n001,svc,A,B,false,Canary-plain-22\n", "inventory.account", []string{"001"}, []string{"svc"}, nil},
	} {
		r := collect(t, map[string][]string{"paths": {write(t, dir, name+".csv", c.text)}})
		if r.Err != nil || r.Status() != drover.StatusOK {
			t.Errorf("%s: %v %+v", name, r.Err, r.Sections)
			continue
		}
		nodes := r.ByType(c.typ)
		var names []string
		for _, n := range nodes {
			names = append(names, n.Name)
		}
		if d := cmp.Diff(c.ids, ids(nodes)) + cmp.Diff(c.names, names) + cmp.Diff(c.edges, edges(r, drover.EdgeOwns, "manager")); d != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, d)
		}
		var all strings.Builder
		for _, n := range r.Nodes {
			all.WriteString(string(n.Ref) + n.Name + string(n.Attrs))
		}
		connectortest.NoCanary(t, all.String()+r.Logs, []string{"Canary-national-11", "Canary-plain-22"})
	}
}

// Where the columns do not tell, the error says what to write and quotes none
// of them: a file without a header would show a row.
func TestUnclearExport(t *testing.T) {
	path := write(t, t.TempDir(), "apps.csv", "appid,hunter2hunter2,status\n")
	r := collect(t, map[string][]string{"paths": {path}})
	if r.Err == nil || strings.Contains(r.Err.Error(), "hunter2") {
		t.Fatalf("got %v", r.Err)
	}
	for _, want := range []string{path, `drover source add ID file paths="` + path + `" mapping=NAME`, "kind: file", "hr", "inventory", "mapping file of your own"} {
		if !strings.Contains(r.Err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, r.Err)
		}
	}
}
