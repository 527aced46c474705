package file

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
)

// The mapping that the README shows does what it says.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	mapping, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("there is no mapping in it")
	}
	dir := t.TempDir()
	csv := "User ID,Category,Login,E-Mail,Created,State,Roles,Owner,Last login,API key\n" +
		"7,Robot,svc,SVC@x.example,02/03/2024,a,read;write,ann@x.example,2024-05-06,hunter2hunter2\n" +
		"8,person,bob,,,,,,,\n"
	r := collect(t, map[string][]string{"paths": {write(t, dir, "crm.csv", csv)}, "mapping": {write(t, dir, "crm.yaml", mapping)}})
	n, ok := r.Node(drover.NewRef("crm", "", "user", "7"))
	if !ok || len(r.ByType("crm.user")) != 1 || !n.Created.Equal(time.Date(2024, 3, 2, 0, 0, 0, 0, time.UTC)) || n.Attrs.Str("state") != "active" || len(n.Attrs.Strings("roles")) != 2 || n.Aliases[0] != "email:svc@x.example" {
		t.Errorf("got %+v %s; %+v %v", n, n.Attrs, r.Sections, r.Err)
	}
	if len(r.Edges) != 4 || len(r.Kept) != 0 || r.Status() != drover.StatusOK {
		t.Errorf("got %d edges, kept %v, %+v", len(r.Edges), r.Kept, r.Sections)
	}
}
