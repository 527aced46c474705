package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
)

// target is a path of a route with its parameters filled in.
func target(r api.Route, value string) string {
	path := r.Path
	for {
		at := strings.IndexByte(path, '{')
		if at < 0 {
			return path
		}
		end := strings.IndexByte(path, '}')
		name := path[at+1 : end]
		v := value
		if name == "noun" {
			v = "identities"
		}
		path = path[:at] + url.PathEscape(v) + path[end+1:]
	}
}

// briefly makes a call that ends soon, also where the answer is a stream.
func (b *bench) briefly(t testing.TB, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if strings.Contains(target, "/events") {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, 200*time.Millisecond)
		defer stop()
	}
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// What each role is answered by each route is what the policy says, cell by cell.
// The routes are the router's own: a new one is in it.
func TestRolesByRoute(t *testing.T) {
	b := open(t, t.TempDir())
	may := map[authz.Action]map[authz.Role]authz.Cell{}
	for _, c := range authz.Matrix() {
		if may[c.Action] == nil {
			may[c.Action] = map[authz.Role]authz.Cell{}
		}
		may[c.Action][c.Role] = c
	}
	cells, public := 0, 0
	for _, r := range b.Routes() {
		if r.Public {
			public++
			continue
		}
		if r.Action.Doc() == "" {
			t.Errorf("%s %s asks for the action %q, which the policy does not know", r.Method, r.Path, r.Action)
			continue
		}
		if r.Acting && !strings.HasSuffix(string(r.Action), ".write") && !slices.Contains([]authz.Action{authz.OwnerConfirm, authz.OwnerDecide, authz.FindingAssign, authz.FindingDecide, authz.ScanRun, authz.SourceTest, authz.UserAdmin, authz.UserGrant}, r.Action) {
			t.Errorf("%s %s changes something and asks only for %s", r.Method, r.Path, r.Action)
		}
		for _, role := range authz.Roles() {
			for _, limited := range []bool{false, true} {
				cells++
				g, want := authz.Grant{Role: role}, false
				if limited {
					g.Sources = []string{"elsewhere"}
				}
				for _, a := range append(r.Or, r.Action) {
					want = want || may[a][role].Allowed && !limited || may[a][role].Limited && limited
				}
				b.caller = authz.Caller{ID: "u-x", Name: "x", Kind: authz.Person, Grants: []authz.Grant{g}}
				w := b.briefly(t, r.Method, target(r, "nothing"), "")
				if got := w.Code != http.StatusForbidden; got != want {
					t.Errorf("%s (limited: %v) %s %s: %d, the policy says %v to %s", role, limited, r.Method, r.Path, w.Code, want, r.Action)
				}
				if w.Code >= 500 && w.Code != http.StatusServiceUnavailable && w.Code != http.StatusGatewayTimeout {
					t.Errorf("%s %s %s: %d %s", role, r.Method, r.Path, w.Code, w.Body)
				}
			}
		}
		b.caller = authz.Caller{ID: "u-x", Kind: authz.Person}
		if w := b.briefly(t, r.Method, target(r, "nothing"), ""); w.Code != http.StatusForbidden {
			t.Errorf("who holds nothing %s %s: %d", r.Method, r.Path, w.Code)
		}
		b.err = fmt.Errorf("nobody")
		if w := b.briefly(t, r.Method, target(r, "nothing"), ""); w.Code != http.StatusUnauthorized {
			t.Errorf("nobody %s %s: %d", r.Method, r.Path, w.Code)
		}
		b.err = nil
	}
	if cells < 100 {
		t.Errorf("only %d cells were compared", cells)
	}
	t.Logf("%d cells of role, bounds and route equal the policy; %d public routes", cells, public)
}

// What an admin's token, or a machine that is admin, is answered by each route is what
// the policy says of tokens: it neither lets anybody in nor changes what is read.
func TestTokensByRoute(t *testing.T) {
	b := open(t, t.TempDir())
	refused := map[string]bool{}
	for _, c := range []authz.Caller{
		{ID: "u-x", Name: "x", Kind: authz.Person, Token: "t-x", Grants: []authz.Grant{{Role: authz.Admin}}},
		{ID: "u-m", Name: "m", Kind: authz.Machine, Grants: []authz.Grant{{Role: authz.Admin}}},
	} {
		for _, r := range b.Routes() {
			if r.Public {
				continue
			}
			want := false
			for _, a := range append(r.Or, r.Action) {
				want = want || authz.Decide(c, a).Allowed
			}
			b.caller = c
			w := b.briefly(t, r.Method, target(r, "nothing"), "")
			if got := w.Code != http.StatusForbidden; got != want {
				t.Errorf("%s with a token %s %s: %d, the policy says %v to %s", c.Name, r.Method, r.Path, w.Code, want, r.Action)
			}
			if !want {
				refused[r.ID] = true
			}
		}
	}
	for _, id := range []string{"add_source", "test_new_source", "enable_source", "disable_source", "remove_source", "list_detected_sources", "load_demo", "reset_demo", "remove_demo", "add_user", "create_token"} {
		if !refused[id] {
			t.Errorf("a token does %s; refused are %v", id, slices.Sorted(maps.Keys(refused)))
		}
	}
}

// parametersOf lists the query parameters of every operation of the document.
func parametersOf(t testing.TB, s *api.Server) map[string][]string {
	t.Helper()
	raw, err := s.Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []map[string]any
		}
		Components struct{ Parameters map[string]map[string]any }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			for _, p := range op.Parameters {
				if ref, ok := p["$ref"].(string); ok {
					p = doc.Components.Parameters[ref[strings.LastIndexByte(ref, '/')+1:]]
				}
				if name, _ := p["name"].(string); p["in"] == "query" {
					key := strings.ToUpper(method) + " " + path
					out[key] = append(out[key], name)
				}
			}
		}
	}
	return out
}

// speaking are the parameters that name a thing.
var speaking = []string{"id", "from", "to", "resource", "q", "filter", "owner", "for", "from_owner", "in", "target"}

// What lies outside the caller's bounds is not there: every route answers of it as
// of something that never was, and nothing of it, name or count, is in any answer.
func TestBoundsByRoute(t *testing.T) {
	home, only := t.TempDir(), t.TempDir()
	dir := t.TempDir()
	const canary = "zorblax"
	file := func(name, who string) string {
		var s strings.Builder
		for i := range 3 {
			fmt.Fprintf(&s, `{"node":{"ref":"%[1]s/-/user/%[2]s%[3]d","kind":"identity","type":"%[1]s.user","name":"svc-%[2]s-%[3]d","aliases":["email:%[2]s%[3]d@corp.test"]}}`+"\n", name, who, i)
			fmt.Fprintf(&s, `{"node":{"ref":"%[1]s/-/key/%[2]s%[3]d","kind":"credential","type":"%[1]s.key","name":"key-%[2]s-%[3]d"}}`+"\n", name, who, i)
			fmt.Fprintf(&s, `{"edge":{"from":"%[1]s/-/key/%[2]s%[3]d","to":"%[1]s/-/user/%[2]s%[3]d","kind":"authenticates"}}`+"\n", name, who, i)
		}
		path := filepath.Join(dir, name+".jsonl")
		if err := os.WriteFile(path, []byte(s.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mine, theirs := file("alpha", "plain"), file("beta", canary)
	drover(t, home, "scan", mine, "-o", "json")
	drover(t, home, "scan", theirs, "-o", "json")
	drover(t, home, "check", "-o", "json")
	drover(t, only, "scan", mine, "-o", "json")
	drover(t, only, "check", "-o", "json")
	b, alone := open(t, home), open(t, only)
	whole := b.get(t, "/api/v1/identities?page_size=100")
	ids := []string{}
	for _, i := range whole["items"].([]any) {
		if item := i.(map[string]any); strings.Contains(item["name"].(string), canary) {
			ids = append(ids, item["id"].(string), item["ref"].(string), item["name"].(string))
		}
	}
	if len(ids) != 9 {
		t.Fatalf("%d names of what is outside", len(ids))
	}
	caller := authz.Caller{ID: "u-x", Name: "x", Kind: authz.Person}
	for _, role := range authz.Roles() {
		if role != authz.Owner {
			caller.Grants = append(caller.Grants, authz.Grant{Role: role, Sources: []string{"file:" + mine}})
		}
	}
	b.caller = caller
	params := parametersOf(t, b.Server)
	calls, lists, named := 0, 0, 0
	headers := []string{"If-Match", "*"}
	for _, r := range b.Routes() {
		if r.Public {
			continue
		}
		var speaks []string
		for _, p := range params[r.Method+" "+r.Path] {
			if slices.Contains(speaking, p) {
				speaks = append(speaks, p)
			}
		}
		byPath := strings.Contains(r.Path, "{")
		if r.Method == "GET" && !byPath {
			w := b.briefly(t, r.Method, r.Path, "")
			calls++
			if strings.Contains(strings.ToLower(w.Body.String()), canary) {
				t.Errorf("GET %s tells of what is outside the bounds:\n%.600s", r.Path, w.Body)
			}
			var v, u struct {
				Total *int `json:"total_size"`
			}
			if json.Unmarshal(w.Body.Bytes(), &v) == nil && v.Total != nil && w.Code == 200 {
				lists++
				alone.caller = authz.Caller{ID: "u-x", Name: "x", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Admin}, {Role: authz.Approver}}}
				other := alone.briefly(t, r.Method, r.Path, "")
				if json.Unmarshal(other.Body.Bytes(), &u) != nil || u.Total == nil || *u.Total != *v.Total && !slices.Contains(ofTheHouse, r.ID) {
					t.Errorf("GET %s counts %d, where there is nothing else %s", r.Path, *v.Total, other.Body)
				}
			}
		}
		if !byPath && len(speaks) == 0 {
			continue
		}
		named++
		never := strings.NewReplacer(canary, "nonesuch", "beta", "gamma")
		for _, id := range ids {
			gone := never.Replace(id)
			if gone == id { // a short id
				gone = strings.Repeat("z", len(id))
			}
			at := func(id string) string {
				q := url.Values{}
				for _, p := range speaks {
					q.Set(p, id)
				}
				s := target(r, id)
				if len(q) > 0 {
					s += "?" + q.Encode()
				}
				return s
			}
			calls += 2
			keyed := append(append([]string{}, headers...), key()...)
			real := b.briefly(t, r.Method, at(id), bodyOf(r), keyed...)
			keyed = append(append([]string{}, headers...), key()...)
			none := b.briefly(t, r.Method, at(gone), bodyOf(r), keyed...)
			if real.Code != none.Code {
				t.Errorf("%s %s of %q: %d, of what never was: %d\n%.300s", r.Method, r.Path, id, real.Code, none.Code, real.Body)
			}
			if byPath && real.Code < 300 && r.ID != "list_nodes" {
				t.Errorf("%s %s of %q: %d\n%.300s", r.Method, r.Path, id, real.Code, real.Body)
			}
			if text := strings.ReplaceAll(strings.ReplaceAll(real.Body.String(), id, ""), url.PathEscape(id), ""); real.Code < 300 && strings.Contains(strings.ToLower(text), canary) {
				t.Errorf("%s %s of %q tells more of it:\n%.600s", r.Method, r.Path, id, real.Body)
			}
		}
	}
	if named < 5 || lists < 5 {
		t.Errorf("only %d routes that name things and %d lists were tried", named, lists)
	}
	t.Logf("%d calls over %d routes that name things, %d lists counted", calls, named, lists)
}

// ofTheHouse are lists that are not about the estate: they count alike for all.
var ofTheHouse = []string{"list_audit", "list_sessions", "list_tokens", "list_users", "list_scans", "list_operations"}

// bodyOf is a body that a route takes apart from what it names.
func bodyOf(r api.Route) string {
	if r.Method == "POST" || r.Method == "PUT" {
		return "{}"
	}
	return ""
}
