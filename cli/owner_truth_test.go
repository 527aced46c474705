package cli_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/report/owner"
)

// estateOf makes a random estate in a folder and goes there.
func estateOf(t testing.TB, seed int) {
	t.Helper()
	dir := filepath.Join(fresh(t), "estate")
	must(t, 0, "demo", "generate", "--seed", fmt.Sprint(seed), "--faults", "30", "-O", dir)
	t.Chdir(dir)
}

// hide takes from the exports who owns one identity in three, and returns who was
// said to: the edges, and every attribute that a tag or a label of an owner lies in.
func hide(t testing.TB) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	truth := map[string][]string{}
	hidden := func(ref string) bool {
		h := fnv.New32a()
		_, _ = h.Write([]byte(ref))
		return h.Sum32()%3 == 0
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		in := bufio.NewScanner(strings.NewReader(string(data)))
		in.Buffer(nil, 16<<20)
		for in.Scan() {
			line := in.Text()
			var r struct {
				Node *struct {
					Ref   string
					Attrs map[string]any
				}
				Edge *struct{ From, To, Kind string }
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			if r.Edge != nil && r.Edge.Kind == "owns" && hidden(r.Edge.To) && !strings.HasPrefix(r.Edge.To, "hr/") && !strings.HasPrefix(r.Edge.To, "org/") {
				truth[r.Edge.To] = append(truth[r.Edge.To], r.Edge.From)
				continue
			}
			if r.Node != nil && hidden(r.Node.Ref) && withoutOwner(r.Node.Attrs) {
				var whole map[string]map[string]any
				if err := json.Unmarshal([]byte(line), &whole); err != nil {
					t.Fatal(err)
				}
				whole["node"]["attrs"] = r.Node.Attrs
				raw, err := json.Marshal(whole)
				if err != nil {
					t.Fatal(err)
				}
				line = string(raw)
			}
			out.WriteString(line + "\n")
		}
		text := out.String()
		if strings.Contains(text, `"section"`) {
			var kept strings.Builder
			for l := range strings.Lines(text) { // its count is no longer right
				if !strings.HasPrefix(l, `{"section"`) {
					kept.WriteString(l)
				}
			}
			text = kept.String()
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return truth
}

// withoutOwner takes away what a tag says of an owner, at any depth.
func withoutOwner(attrs map[string]any) (changed bool) {
	for k, v := range attrs {
		low := strings.ToLower(k)
		if strings.Contains(low, "owner") || strings.Contains(low, "team") || strings.Contains(low, "contact") || strings.Contains(low, "sponsor") {
			delete(attrs, k)
			changed = true
			continue
		}
		if m, ok := v.(map[string]any); ok && withoutOwner(m) {
			changed = true
		}
	}
	return changed
}

// The owner that a generated estate names is hidden for one identity in three and
// suggested from the rest: who made it, what it is called and what lies beside it.
func TestSuggestionsFindHiddenOwners(t *testing.T) {
	asked, clear, right, listed := 0, 0, 0, 0
	var bins [10][2]int // by confidence: suggestions, right ones
	for _, seed := range []int{3, 1009, 77} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			estateOf(t, seed)
			truth := hide(t)
			must(t, 0, "scan", "-q")
			var l struct {
				Items []struct {
					Ref, Missing string
					Clear        bool
					Suggestions  []struct {
						Ref        string
						Confidence float64
					}
				}
			}
			if err := json.Unmarshal([]byte(must(t, 0, "owner", "suggest", "--all", "-o", "json")), &l); err != nil {
				t.Fatal(err)
			}
			for _, i := range l.Items {
				want := truth[i.Ref]
				if len(want) == 0 || i.Missing != "never" {
					continue
				}
				asked++
				for k, s := range i.Suggestions {
					ok := contains(want, s.Ref)
					if k == 0 {
						bins[min(9, int(s.Confidence*10))][0]++
						if ok {
							bins[min(9, int(s.Confidence*10))][1]++
						}
					}
					if ok {
						listed++
						break
					}
				}
				if i.Clear {
					clear++
					if contains(want, i.Suggestions[0].Ref) {
						right++
					}
				}
			}
		})
	}
	if asked < 100 || clear == 0 {
		t.Fatalf("only %d hidden owners, %d suggestions", asked, clear)
	}
	t.Logf("hidden %d, suggested %d (%.0f%%), right %d (%.0f%% of what was suggested), somewhere in the list %d", asked, clear, 100*float64(clear)/float64(asked), right, 100*float64(right)/float64(clear), listed)
	for i, b := range bins {
		if b[0] > 0 {
			t.Logf("confidence %.1f to %.1f: %d, right %.0f%%", float64(i)/10, float64(i+1)/10, b[0], 100*float64(b[1])/float64(b[0]))
		}
	}
	if p := float64(right) / float64(clear); p < 0.8 {
		t.Errorf("%.2f of the suggestions are right, want 0.80", p)
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Everybody's sheet is plain, whatever their automations are: in generated estates
// and in the organisation of the demonstration.
func TestSheetsArePlain(t *testing.T) {
	for _, seed := range []int{5, 4242} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			estateOf(t, seed)
			must(t, 0, "scan", "-q")
			plainSheets(t)
		})
	}
	t.Run("demonstration", func(t *testing.T) {
		if testing.Short() {
			t.Skip("loading it takes a while")
		}
		fresh(t)
		must(t, 0, "demo", "load", "-q")
		must(t, 0, "check", "-q")
		plainSheets(t)
	})
}

func plainSheets(t *testing.T) {
	t.Helper()
	must(t, 0, "owner", "sheet", "--dir", "sheets", "--asked-by", "Asha Menon", "--role", "Security")
	files, err := filepath.Glob("sheets/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d sheets, %v", len(files), err)
	}
	worst, asked := 0.0, 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		worst = max(worst, owner.Grade(string(text)))
		if b := owner.Banned(string(text)); len(b) > 0 {
			t.Errorf("%s: banned %q", path, b)
		}
		if strings.Contains(string(text), "needs your answer") || strings.Contains(string(text), "need your answer") {
			asked++
			for _, part := range []string{"Please answer by", "We ask now since", "This comes from “Asha Menon”", "[ ] "} { // what, by when, who asks and why
				if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), part) {
					t.Errorf("%s lacks %q", path, part)
				}
			}
		}
		if page, err := os.ReadFile(strings.TrimSuffix(path, ".txt") + ".html"); err != nil || strings.Contains(string(page), "<script") {
			t.Errorf("%s: %v", path, err)
		}
	}
	t.Logf("%d sheets, %d ask something, reading grade %.1f at most", len(files), asked, worst)
	if asked == 0 {
		t.Error("nobody is asked anything: the test looked at nothing")
	}
	if worst > 8 {
		t.Errorf("it takes %.1f years of school", worst)
	}
}
