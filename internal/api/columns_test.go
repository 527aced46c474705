package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	root "github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/internal/engine"
)

// The columns that are worked out row by row say of each identity what the answers
// about it alone say.
func TestColumns(t *testing.T) {
	b := serving(t, demoOf(t), true)
	ctx := t.Context()
	rows := map[string]engine.IdentityRow{}
	for target := "/api/v1/identities?page_size=100"; ; {
		page := b.get(t, target+"&fields=id,ref,name,reach,activity,next_due,last_used,credentials")
		for _, i := range page["items"].([]any) {
			raw, _ := json.Marshal(i)
			var row engine.IdentityRow
			if err := json.Unmarshal(raw, &row); err != nil {
				t.Fatal(err)
			}
			rows[row.ID] = row
		}
		token := page["next_page_token"].(string)
		if token == "" {
			break
		}
		target = "/api/v1/identities?page_size=100&page_token=" + token
	}
	if len(rows) < 200 {
		t.Fatalf("%d identities", len(rows))
	}

	all, err := b.engine.BlastAll(ctx, "", time.Time{}, engine.ReachOptions{})
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]engine.BlastItem{}
	for _, x := range all.Items {
		counted[x.ID] = x
	}
	snap, err := b.engine.Snapshot(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	tier0, unknown := 0, 0
	for id, row := range rows {
		x, ok := counted[id]
		if evaluated := slices.ContainsFunc(builtin.Systems, func(s *effective.System) bool { return s.Name == row.Ref.System() }); ok && row.Reach == nil && !evaluated && x.Reach == 0 {
			unknown++
			continue
		}
		if !ok || row.Reach == nil {
			t.Errorf("%s: reach %v, blast-radius --all has it: %v", row.Name, row.Reach, ok)
			continue
		}
		if got, want := *row.Reach, (engine.ReachCell{Things: x.Reach, Exact: x.Exact, Tier0: x.ToTier0}); got != want {
			t.Errorf("%s: reach %+v, blast-radius --all says %+v", row.Name, got, want)
		}
		alone, err := b.engine.Blast(ctx, id, time.Time{}, engine.ReachOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if row.Reach.Tier0 != alone.Reach.Tier0 {
			t.Errorf("%s: %d of tier 0, its blast radius says %d", row.Name, row.Reach.Tier0, alone.Reach.Tier0)
		}
		tier0 += row.Reach.Tier0
		if cell := row.Activity; len(cell.Days) != 90 || cell.Used+cell.Quiet+cell.Unknown != 90 || strings.Count(cell.Days, "u") != cell.Used || strings.Count(cell.Days, "n") != cell.Quiet {
			t.Errorf("%s: activity %+v", row.Name, cell)
		}
		shown(t, b, snap, row)
	}
	if tier0 == 0 || unknown == 0 {
		t.Errorf("%d get to tier 0, of %d it is not known what falls with them", tier0, unknown)
	}
}

// shown holds a row to what is shown of the identity and its credentials alone.
func shown(t *testing.T, b *bench, s *engine.Snapshot, row engine.IdentityRow) {
	t.Helper()
	i, ok := s.Find(row.Ref)
	if !ok {
		t.Fatalf("%s is not there", row.Ref)
	}
	from, err := time.Parse(time.DateOnly, row.Activity.From)
	if err != nil {
		t.Fatal(err)
	}
	letter := func(at time.Time) string {
		if n := int(at.Sub(from) / root.Day); n >= 0 && n < 90 {
			return row.Activity.Days[n : n+1]
		}
		return ""
	}
	if u := row.LastUsed; u != nil && strings.Contains("n?", letter(*u.At)) && letter(*u.At) != "" {
		t.Errorf("%s was last used on %s, the day is %q", row.Name, u.At, letter(*u.At))
	}
	first := row.NextDue.At
	for h := range s.In(i) {
		if h.Kind != root.EdgeAuthenticates || s.Unseen(h.Row) {
			continue
		}
		c := s.Credential(h.Row)
		if c.LastUsed != nil && letter(*c.LastUsed.At) == "n" {
			t.Errorf("%s: %s was used on %s, and the day says that nothing was", row.Name, c.Name, c.LastUsed.At)
		}
		if c.Expires != nil && c.Expires.After(s.Now()) && c.Status == "active" && (first == nil || first.After(*c.Expires)) {
			if detail, err := b.engine.Show(t.Context(), string(c.Ref), time.Time{}); err == nil {
				t.Errorf("%s: next due %v, but %s ends %s (%v)", row.Name, first, c.Name, c.Expires, detail.Schema)
			}
		}
	}
	if first != nil && (row.NextDue.Days == nil || row.NextDue.Why == "" || row.NextDue.What == "" || row.NextDue.Ref == "") {
		t.Errorf("%s: %+v", row.Name, row.NextDue)
	}
}

// What the report says is due of a credential is due of its identity, too, or
// something is due before.
func TestNextDueIsReported(t *testing.T) {
	b := serving(t, demoOf(t), true)
	report := b.get(t, "/api/v1/reports/executive?format=json")
	items := report["due"].(map[string]any)["items"].([]any)
	if len(items) < 10 {
		t.Fatalf("%d items are due", len(items))
	}
	held := 0
	for _, x := range items {
		item := x.(map[string]any)
		c := b.get(t, "/api/v1/credentials/"+url.PathEscape(fmt.Sprint(item["id"])))["item"].(map[string]any)
		if c["identity"] == nil {
			continue
		}
		list := b.get(t, "/api/v1/identities?fields=id,ref,next_due&filter="+url.QueryEscape(fmt.Sprintf("ref=%q", c["identity"])))["items"].([]any)
		if len(list) != 1 {
			continue // it proves what is no identity
		}
		due := list[0].(map[string]any)["next_due"].(map[string]any)
		if due["at"] == nil {
			t.Errorf("%v is due %v, and nothing is of %v", item["name"], item["at"], c["identity"])
			continue
		}
		held++
		at, want := timeIn(t, due["at"]), timeIn(t, item["at"])
		if at.After(want) {
			t.Errorf("%v is due %s, and next of %v is %s", item["name"], want, c["identity"], at)
		}
		if due["ref"] == item["ref"] && (due["why"] != item["why"] || due["days"] != item["days"] || !at.Equal(want.Truncate(time.Second))) {
			t.Errorf("%v: the report says %v, the list %v", item["name"], item, due)
		}
	}
	if held < 10 {
		t.Errorf("only %d were compared", held)
	}
}

func timeIn(t *testing.T, v any) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(v))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// The columns are there only where they are named: items are those of the command
// line, and so are streams. An acceptance that ends is due.
func TestColumnsAreAsked(t *testing.T) {
	b := serving(t, demoOf(t), true)
	item := b.get(t, "/api/v1/identities?page_size=1")["items"].([]any)[0].(map[string]any)
	raw, err := engine.JSON(engine.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	var bare map[string]any
	if err := json.Unmarshal(raw, &bare); err != nil {
		t.Fatal(err)
	}
	keys := func(m map[string]any) (out []string) {
		for k := range m {
			out = append(out, k)
		}
		slices.Sort(out)
		return out
	}
	if d := cmp.Diff(keys(bare), keys(item)); d != "" {
		t.Errorf("an item of the list is not that of the command line:\n%s", d)
	}
	head, _, _ := strings.Cut(b.call(t, "GET", "/api/v1/identities?format=csv&filter=name=none", "").Body.String(), "\n")
	for _, word := range []string{"reach", "activity", "next_due"} {
		if strings.Contains(head, word) {
			t.Errorf("%s is a column of CSV that nobody asked for: %s", word, head)
		}
	}
	asked := b.call(t, "GET", "/api/v1/identities?format=csv&fields=name,reach,reach.tier0,next_due", "").Body.String()
	if head, rest, _ := strings.Cut(asked, "\n"); head != "name,reach,reach.tier0,next_due" || strings.Count(rest, "\n") < 200 {
		t.Errorf("CSV: %s and %d lines", head, strings.Count(rest, "\n"))
	}
	b.refused(t, "invalid", "GET", "/api/v1/humans?fields=reach", "")

	// Something that is due late or never is due when an acceptance about it ends.
	for _, x := range b.get(t, "/api/v1/findings?page_size=1000&filter=severity%3Dmedium")["items"].([]any) {
		f := x.(map[string]any)
		target := "/api/v1/identities?fields=next_due&filter=" + url.QueryEscape(fmt.Sprintf("ref=%q", f["subject"].(map[string]any)["ref"]))
		due := func() map[string]any {
			list := b.get(t, target)["items"].([]any)
			if len(list) != 1 {
				return nil
			}
			return list[0].(map[string]any)["next_due"].(map[string]any)
		}
		before := due()
		if before == nil || before["at"] != nil && timeIn(t, before["at"]).Before(time.Now().AddDate(0, 0, 30)) {
			continue
		}
		b.act(t, 200, "POST", "/findings/"+f["id"].(string)+":accept", `{"reason":"replaced soon","approver":"Grace","until":"10d"}`)
		wait(t, "the acceptance is due", func() bool {
			after := due()
			return after["why"] == "acceptance" && after["what"] == "the acceptance of 1 finding ends"
		})
		return
	}
	t.Error("there was nothing to accept")
}

// wait asks until it is so: what was decided is made part of answers in the background.
func wait(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 200 {
		if is() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("not so: %s", what)
}

// A report can be asked for without its long lists; what it counts stays.
func TestReportWithoutItsLists(t *testing.T) {
	b := serving(t, demoOf(t), true)
	whole := b.get(t, "/api/v1/reports/executive")["due"].(map[string]any)
	short := b.get(t, "/api/v1/reports/executive?limit=1")["due"].(map[string]any)
	if all, first := whole["items"].([]any), short["items"].([]any); len(all) < 2 || len(first) != 1 || fmt.Sprint(first[0]) != fmt.Sprint(all[0]) {
		t.Errorf("%d items, with limit=1 %d", len(all), len(first))
	}
	if fmt.Sprint(whole["buckets"]) != fmt.Sprint(short["buckets"]) {
		t.Errorf("counted otherwise: %v, %v", whole["buckets"], short["buckets"])
	}
	if got := b.get(t, "/api/v1/reports/inventory?limit=3")["inventory"].(map[string]any)["items"].([]any); len(got) != 3 {
		t.Errorf("an inventory with limit=3 lists %d", len(got))
	}
}
