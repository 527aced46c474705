package demo_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/demo"
	"github.com/droverhq/drover/internal/engine"
)

var update = flag.Bool("update", false, "write testdata/golden.txt anew; read it before it is committed")

// Harbour & Finch has what its story says, to the last one, and the checks find
// what is wrong there and nothing else: each line of the golden list was read by
// a person.
func TestHarbour(t *testing.T) {
	golden, err := filepath.Abs(filepath.Join("testdata", "golden.txt"))
	if err != nil {
		t.Fatal(err)
	}
	dir, now := t.TempDir(), time.Now()
	made, err := demo.Harbour(demo.Options{Dir: dir, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if made.Truth.Identities != demo.HarbourIdentities || made.Truth.Humans != demo.HarbourHumans {
		t.Errorf("made %d identities and %d humans", made.Truth.Identities, made.Truth.Humans)
	}
	e := open(t, dir, now)
	scanned(t, e)
	snapshot, err := e.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	s := snapshot.Summary()
	if s.ByVerdict["nhi"] != demo.HarbourIdentities || s.Humans != demo.HarbourHumans || s.ByVerdict["unknown"] != 0 {
		t.Errorf("the estate has %d humans and identities %v", s.Humans, s.ByVerdict)
	}
	var lines []string
	told, planted := map[string]bool{}, map[pair]bool{}
	for _, f := range made.Truth.Faults {
		planted[pair{f.Check, f.Subject}] = true
	}
	for _, f := range checked(t, e) {
		told[f.Check+" "+f.Subject.Name] = true
		if !planted[pair{f.Check, f.Subject.Ref}] && !slices.ContainsFunc(cast, func(name string) bool { return strings.Contains(f.Subject.Name, name) }) {
			t.Errorf("%s on %s (%s), which has nothing wrong: %s", f.Check, f.Subject.Name, f.Subject.Ref, f.What)
		}
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s", f.Check, f.Severity, f.Subject.Name, short(f.Subject.Ref)))
	}
	for story, findings := range told7 {
		for _, f := range findings {
			if !told[f] {
				t.Errorf("%s: nobody says %s", story, f)
			}
		}
	}
	gateway(t, snapshot)
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// cast are parts of the names of what the stories are about.
var cast = []string{"svc-bi-export", "svc-forecast-refresh", "ci-deploy-legacy", "SVC_BI_LOADER", "svc-legacy-reports", "svc-ledger-sync", "SVCORDERS1", "agent-triage", "agent-mailer", "Notewise AI", "ci-"}

// told7 are the seven stories, and what is to be found of each: a check and the
// name of what it is about.
var told7 = map[string][]string{
	"the administrator's key in a script": {"publicsecret password of svc-bi-export", "adminequivalent svc-bi-export", "unowned svc-bi-export", "longlived password of svc-bi-export", "overprivileged svc-bi-export"},
	"the leaver":                          {"leaverowned svc-forecast-refresh", "leaverread SVC_BI_LOADER", "unowned ci-deploy-legacy", "longlived ci-deploy-legacy"},
	"the account that came back":          {"revived svc-legacy-reports"},
	"the rotation that broke six jobs":    {"disabledused former password of svc-ledger-sync"},
	"the profile of the AS/400":           {"longlived password of SVCORDERS1"},
	"the agent that let in another":       {"agentgranted agent-mailer", "agentsponsor agent-mailer", "leaverowned agent-triage"},
	"the notes service":                   {"unverifiedpublisher Notewise AI", "novendor Notewise AI", "thirdpartydata Notewise AI"},
}

// gateway holds the reading of a name to what it says.
func gateway(t *testing.T, s *engine.Snapshot) {
	t.Helper()
	for row := range s.Seen() {
		if s.Name(row) == "svc-prod-api-gateway-east-2a" {
			r := s.Classify(row)
			if r.Name.Type.Value != "svc" || r.Env.Value != "prod" || r.Function.Value != "api-gateway" || len(r.Name.Location.Alternatives) == 0 && r.Name.Location.Value == "" {
				t.Errorf("the gateway's name is read as %+v", r.Name)
			}
			return
		}
	}
	t.Error("there is no svc-prod-api-gateway-east-2a")
}

// short leaves the ids out of a ref that are drawn.
func short(r drover.Ref) string { return r.System() + "/" + r.Type() }
