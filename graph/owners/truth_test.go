package owners_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/droverhq/drover/classify/owner"
	"github.com/droverhq/drover/internal/realtest"
)

// A labelled is one object of recorded API responses whose owner its system names.
type labelled struct {
	system, sort, name, box, owner, creator string
}

// labels reads every object with an owner out of recorded responses, whatever their
// shape: in each folder of platforms, a file for each sort of object.
func labels(t *testing.T, root string) (out []labelled) {
	t.Helper()
	seen := map[labelled]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var doc any
		if json.Unmarshal(data, &doc) != nil {
			return nil // a licence or a note
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		system, file, _ := strings.Cut(filepath.ToSlash(rel), "/")
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				text := func(keys ...string) string {
					for _, k := range keys {
						if s, ok := v[k].(string); ok && s != "" {
							return s
						}
					}
					return ""
				}
				x := labelled{system: system, sort: strings.TrimSuffix(file, ".json"), name: text("name", "full_name", "id"), owner: text("owner", "owner_user_name"), creator: text("created_by", "creator_user_name", "creator"),
					box: strings.Trim(text("database_name", "catalog_name")+"."+text("schema_name"), ".")}
				if x.owner != "" && x.name != "" && !seen[x] && !strings.Contains(x.owner, "{") {
					seen[x] = true
					out = append(out, x)
				}
				for _, k := range sorted(v) {
					walk(v[k])
				}
			case []any:
				for _, e := range v {
					walk(e)
				}
			}
		}
		walk(doc)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sorted(m map[string]any) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// writeEstate writes what the responses say, but for the owner of the hidden one.
func writeEstate(list []labelled, hidden int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	made := map[string]bool{}
	once := func(key, format string, args ...any) {
		if !made[key] {
			made[key] = true
			line(format, args...)
		}
	}
	party := func(name string) string {
		ref := "p/-/who/" + strings.NewReplacer("/", "%2F", " ", "%20").Replace(name)
		if strings.Contains(name, "@") {
			once(ref, "%s human p.user %s email=%s", ref, strconv.Quote(name), strings.ToLower(name))
		} else {
			once(ref, "%s group p.team %s", ref, strconv.Quote(name))
		}
		return ref
	}
	for _, x := range list {
		party(x.owner)
		if x.creator != "" {
			party(x.creator)
		}
	}
	for i, x := range list {
		ref := fmt.Sprintf("%s/-/%s/%d", x.system, x.sort, i)
		line("%s identity %s.%s %s", ref, x.system, x.sort, strconv.Quote(x.name))
		if x.box != "" {
			box := x.system + "/-/schema/" + strings.ReplaceAll(x.box, "/", "%2F")
			once(box, "%s resource %s.schema %s", box, x.system, strconv.Quote(x.box))
			line("%s -contains-> %s", box, ref)
		}
		if x.creator != "" {
			line("%s -created-> %s proof=created_by", party(x.creator), ref)
		}
		if i != hidden {
			line("%s -owns-> %s proof=owner", party(x.owner), ref)
		}
	}
	return b.String()
}

// The owner that each object of recorded responses of others names is hidden in turn
// and suggested from the rest: its creator, what lies beside it, its name. The data
// is not ours.
func TestSuggestHiddenLabels(t *testing.T) {
	root := realtest.SharedData(t, "api-responses/cartography")
	list := labels(t, root)
	if len(list) < 30 {
		t.Fatalf("only %d labels", len(list))
	}
	clear, right := 0, 0
	var bins [10][2]int
	for i, x := range list {
		e := estate(t, writeEstate(list, i))
		ranked := e.Suggest(row(t, e, fmt.Sprintf("%s/-/%s/%d", x.system, x.sort, i)), nil)
		for _, s := range ranked[:min(1, len(ranked))] {
			bin := &bins[min(9, int(s.Confidence*10))]
			bin[0]++
			if e.Name(e.Party(s.Who)) == x.owner {
				bin[1]++
			}
		}
		best, ok := owner.Clear(ranked)
		if !ok {
			continue
		}
		clear++
		if e.Name(e.Party(best.Who)) == x.owner {
			right++
		} else {
			t.Logf("%s %s %s: %s (%s), labelled %s", x.system, x.sort, x.name, e.Name(e.Party(best.Who)), best.Reasons[0].Text, x.owner)
		}
	}
	t.Logf("labels %d, suggested %d (%.0f%%, the rest asks), right %d (%.0f%% of what was suggested)", len(list), clear, 100*float64(clear)/float64(len(list)), right, 100*float64(right)/float64(clear))
	for i, b := range bins {
		if b[0] > 0 {
			t.Logf("first by confidence %.1f to %.1f: %d, right %d", float64(i)/10, float64(i+1)/10, b[0], b[1])
		}
	}
	if clear < 10 || float64(right)/float64(clear) < 0.8 {
		t.Errorf("%d of %d suggestions are right, want 0.80", right, clear)
	}
}
