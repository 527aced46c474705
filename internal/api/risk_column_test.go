package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
)

// The risk of an identity is the same number wherever it is asked for, whatever else
// is asked, and never null for what is known.
func TestRiskIsOneNumberEverywhere(t *testing.T) {
	home := demoOf(t)
	b := open(t, home)
	fresh := func() { // that nobody asked anything
		if err := b.engine.Close(); err != nil {
			t.Fatal(err)
		}
		b = open(t, home)
	}
	items := func(query string) map[string]any {
		of := map[string]any{}
		for _, i := range b.get(t, "/api/v1/identities?page_size=1000&"+query)["items"].([]any) {
			x := i.(map[string]any)
			of[x["id"].(string)] = x["risk"]
		}
		return of
	}
	want := items("order_by=-risk&fields=id,risk")
	scored := 0
	for _, r := range want {
		if r != nil {
			scored++
		}
	}
	if scored < 10 {
		t.Fatalf("%d of %d have a risk", scored, len(want))
	}
	for _, query := range []string{"fields=id,risk", "fields=risk,id", "filter=risk%3E%3D0+OR+risk:unknown", "facets=risk", "fields=id,risk,name&order_by=name"} {
		fresh()
		got := items(query)
		for id, r := range want {
			if got[id] != r {
				t.Errorf("GET /identities?%s: %s has the risk %v, want %v", query, id, got[id], r)
				break
			}
		}
	}
	for _, query := range []string{"format=csv&fields=id,risk", "format=csv", "format=csv&filter=name:*"} {
		fresh()
		w := b.call(t, "GET", "/api/v1/identities?"+query, "")
		rows, err := csv.NewReader(strings.NewReader(w.Body.String())).ReadAll()
		if err != nil || len(rows) < len(want) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		id, risk := slices.Index(rows[0], "id"), slices.Index(rows[0], "risk")
		for _, r := range rows[1:] {
			if n := want[r[id]]; (n == nil) != (r[risk] == "") || n != nil && fmt.Sprint(n) != r[risk] {
				t.Errorf("GET /identities?%s: %s has the risk %q, want %v", query, r[id], r[risk], n)
				break
			}
		}
	}
	fresh()
	shown := 0
	for id, r := range want {
		if shown++; shown > 20 {
			break
		}
		if got := b.get(t, "/api/v1/identities/"+url.PathEscape(id))["item"].(map[string]any)["risk"]; got != r {
			t.Errorf("GET /identities/%s: risk %v, want %v", id, got, r)
		}
	}
	// The command line says the same.
	if err := b.engine.Close(); err != nil {
		t.Fatal(err)
	}
	var list struct {
		Items []struct {
			ID   string
			Risk any
		}
	}
	if err := json.Unmarshal([]byte(drover(t, home, "list", "--all", "-o", "json", "--fields", "id,risk")), &list); err != nil {
		t.Fatal(err)
	}
	for _, i := range list.Items {
		if i.Risk != want[i.ID] {
			t.Errorf("drover list --fields id,risk: %s has the risk %v, want %v", i.ID, i.Risk, want[i.ID])
			break
		}
	}
	b = open(t, home)
	// An owner reads sentences, never a score.
	b.caller = authz.Caller{ID: "u-x", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Owner, Teams: []string{"team-bi"}}}}
	for id, r := range items("fields=id,risk") {
		if r != nil {
			t.Errorf("an owner is told that the risk of %s is %v", id, r)
		}
	}
}
