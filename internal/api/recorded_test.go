package api_test

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"testing"
)

// What is done to the data directory by command is in the record too: checks,
// demonstration data, copies of the store.
func TestRecordedDoors(t *testing.T) {
	home := demoOf(t)
	dir := t.TempDir()
	drover(t, home, "check", "-o", "json")
	drover(t, home, "store", "backup", filepath.Join(dir, "a.backup"))
	drover(t, home, "store", "export", filepath.Join(dir, "a.jsonl"))
	drover(t, home, "demo", "remove")
	var log struct {
		Items []struct {
			ID                      int64
			Action, Target, Outcome string
			Who                     string
			Detail                  map[string]any
		}
	}
	if err := json.Unmarshal([]byte(drover(t, home, "audit", "-o", "json")), &log); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range log.Items {
		seen[e.Action+" "+e.Target+" "+e.Outcome]++
		if e.Who == "" {
			t.Errorf("entry %d names nobody: %+v", e.ID, e)
		}
	}
	for _, want := range []string{"check.run  done", "demo.load  done", "demo.remove  done", "store.backup a.backup started", "store.export a.jsonl started", "source.forget  done"} {
		if seen[want] == 0 {
			t.Errorf("the record has no entry %q: %v", want, seen)
		}
	}
	drover(t, home, "audit", "verify")
	// A copy that cannot be made is asked for all the same, and a list by action finds them.
	b := open(t, home)
	if n := b.get(t, "/api/v1/audit?action="+url.QueryEscape("store."))["total_size"]; n != 2.0 {
		t.Errorf("%v entries of copies", n)
	}
}
