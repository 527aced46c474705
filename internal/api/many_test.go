package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/authz"
)

// A run over the past finds what lay there then, says which checks were asked, and
// keeps nothing.
func TestChecksPast(t *testing.T) {
	b := open(t, demoOf(t))
	at := url.QueryEscape(b.get(t, "/api/v1/check-runs/latest")["at"].(string))
	before := b.get(t, "/api/v1/findings?page_size=0")["total_size"]
	v := b.get(t, "/api/v1/checks:past?check=unowned&as_of="+at)
	run, found := v["run"].(map[string]any), v["findings"].([]any)
	if v["schema"] != "drover/v1/check_past" || len(found) == 0 || run["changes"] != nil {
		t.Errorf("got %v findings of %v", len(found), run)
	}
	for _, f := range found {
		if f.(map[string]any)["check"] != "unowned" {
			t.Errorf("asked one check and found %v", f)
		}
	}
	if rules := v["rules"].([]any); len(rules) != 1 || rules[0].(map[string]any)["id"] != "unowned" {
		t.Errorf("asked of %v", rules)
	}
	if len(v["fixes"].([]any)) == 0 {
		t.Error("what was found has no fix")
	}
	// Before there was anything, nothing is found, and nothing is null.
	v = b.get(t, "/api/v1/checks:past?check=unowned&as_of=2001-01-01")
	if list, ok := v["findings"].([]any); !ok || len(list) > 0 {
		t.Errorf("in 2001: %v", v["findings"])
	}
	if after := b.get(t, "/api/v1/findings?page_size=0")["total_size"]; after != before {
		t.Errorf("a look at the past left %v findings, there were %v", after, before)
	}

	b.refused(t, "invalid", "GET", "/api/v1/checks:past", "")
	b.refused(t, "invalid", "GET", "/api/v1/checks:past?as_of=once", "")
	if w := b.call(t, "GET", "/api/v1/checks:past?check=nonesuch&as_of="+at, ""); w.Code != 400 && w.Code != 404 {
		t.Errorf("a check that is none: %d %s", w.Code, w.Body)
	}

	// With bounds it tells of what lies in them, and of nothing else.
	all := len(found)
	source := b.get(t, "/api/v1/sources?page_size=1000")["items"].([]any)[0].(map[string]any)["id"].(string)
	b.caller = within(authz.Engineer, authz.Grant{Sources: []string{source}})
	w := b.call(t, "GET", "/api/v1/checks:past?check=unowned&as_of="+at, "")
	if w.Code == 200 {
		part := object(t, w.Body.Bytes())["findings"].([]any)
		if len(part) >= all {
			t.Errorf("in the bounds of %s are %d findings, %d in all", source, len(part), all)
		}
		for _, f := range part {
			ref := f.(map[string]any)["subject"].(map[string]any)["ref"].(string)
			if w := b.call(t, "GET", "/api/v1/nodes/"+url.PathEscape(ref), ""); w.Code != 200 {
				t.Errorf("told of %s, which is not in the bounds: %d", ref, w.Code)
			}
		}
	} else if w.Code != 403 {
		t.Errorf("with bounds: %d %s", w.Code, w.Body)
	}
	b.caller = authz.Caller{ID: "u-o", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Owner}}}
	b.refused(t, "permission", "GET", "/api/v1/checks:past?as_of="+at, "")
}

// One decision for everything that a filter keeps is taken wholly or not at all.
func TestOwnersOfMany(t *testing.T) {
	b := open(t, demoOf(t))
	local := b.caller
	of := func(filter string) float64 {
		return b.get(t, "/api/v1/identities?page_size=0&filter="+url.QueryEscape(filter))["total_size"].(float64)
	}
	team := b.get(t, "/api/v1/owners?page_size=1")["items"].([]any)[0].(map[string]any)["name"].(string)
	want := of("nhi_type=bot")
	v := b.act(t, 200, "POST", "/owners:set", fmt.Sprintf(`{"id":"nhi_type=bot","owner":%q,"reason":"theirs since the move"}`, team))
	changed, _ := v["changed"].([]any)
	if want < 2 || float64(len(changed)) != want {
		t.Errorf("%d bots got an owner, there are %v: %v", len(changed), want, v)
	}
	if got := of(fmt.Sprintf("nhi_type=bot owner=%q", team)); got != want {
		t.Errorf("%v of %v bots are of %s", got, want, team)
	}
	v = b.act(t, 200, "POST", "/owners:confirm", `{"id":"nhi_type=bot"}`)
	if got, _ := v["changed"].([]any); float64(len(got)) != want {
		t.Errorf("%d are confirmed, there are %v", len(got), want)
	}

	for _, path := range []string{"/owners:set", "/owners:confirm"} {
		owner := ""
		if path == "/owners:set" {
			owner = fmt.Sprintf(`,"owner":%q`, team)
		}
		b.refuses(t, "invalid", "POST", path, `{"id":""`+owner+`}`)
		b.refuses(t, "invalid", "POST", path, `{`+strings.TrimPrefix(owner, ",")+`}`)
		b.refuses(t, "invalid", "POST", path, `{"id":"`+strings.Repeat("x", 8193)+`"`+owner+`}`)
		b.refuses(t, "not_found", "POST", path, `{"id":"nobody-is-called-so"`+owner+`}`)
		if w := b.call(t, "POST", "/api/v1"+path, `{"id":"nhi_type=="`+owner+`}`, key()...); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s with half a filter: %d %s", path, w.Code, w.Body)
		}
		b.refused(t, "idempotency_key_missing", "POST", "/api/v1"+path, `{"id":"nhi_type=bot"`+owner+`}`)
	}
	b.refuses(t, "invalid", "POST", "/owners:set", `{"id":"nhi_type=bot","owner":"`+strings.Repeat("x", 500)+`"}`)

	// Whoever looks on changes nothing; with bounds, nothing outside of them.
	b.caller = authz.Caller{ID: "u-a", Kind: authz.Person, Grants: []authz.Grant{{Role: authz.Auditor}}}
	b.refuses(t, "permission", "POST", "/owners:set", fmt.Sprintf(`{"id":"nhi_type=bot","owner":%q}`, team))
	b.refuses(t, "permission", "POST", "/owners:confirm", `{"id":"nhi_type=bot"}`)
	b.caller = local
	bot := b.get(t, "/api/v1/identities?page_size=1&filter="+url.QueryEscape("nhi_type=bot"))["items"].([]any)[0].(map[string]any)
	b.caller = within(authz.Engineer, authz.Grant{Sources: []string{"elsewhere"}})
	b.refuses(t, "not_found", "POST", "/owners:set", fmt.Sprintf(`{"id":%q,"owner":%q}`, bot["id"], team))
	if w := b.call(t, "POST", "/api/v1/owners:confirm", `{"id":"nhi_type=bot"}`, key()...); w.Code == 200 {
		if n := len(object(t, w.Body.Bytes())["changed"].([]any)); n > 0 {
			t.Errorf("who sees none of them confirmed %d", n)
		}
	}
}

// A cut removes old entries and leaves a signed record; what it is asked wrongly
// removes nothing.
func TestAuditCut(t *testing.T) {
	b := open(t, demoOf(t))
	count := func() int { return len(b.log(t, 0)) }
	before := count()
	v := b.act(t, 200, "POST", "/audit:cut", `{"before":"400d","dry_run":true}`)
	if v["schema"] != "drover/v1/audit_cut" || v["dry_run"] != true || v["entries"] != 0.0 || v["cut"] != nil {
		t.Errorf("nothing is that old: %v", v)
	}
	b.act(t, 200, "POST", "/audit:cut", `{"before":"400d"}`)
	if n := count(); n < before {
		t.Errorf("%d entries, there were %d", n, before)
	}
	// What is not old enough is kept, whatever is asked.
	v = b.act(t, 200, "POST", "/audit:cut", `{"before":"1d"}`)
	if v["entries"] != 0.0 {
		t.Errorf("entries of today were removed: %v", v)
	}
	for _, body := range []string{`{"before":""}`, `{}`, `{"before":"soon"}`, `{"before":"400d","sha256":"abc"}`, `{"before":"` + strings.Repeat("9", 50) + `d"}`, `{"before":"400d","more":1}`} {
		b.refuses(t, "invalid", "POST", "/audit:cut", body)
	}
	sum := sha256.Sum256([]byte("another export"))
	if w := b.call(t, "POST", "/api/v1/audit:cut", `{"before":"400d","sha256":"`+hex.EncodeToString(sum[:])+`"}`, key()...); w.Code >= 500 {
		t.Errorf("with the hash of another export: %d %s", w.Code, w.Body)
	}
	b.refused(t, "idempotency_key_missing", "POST", "/api/v1/audit:cut", `{"before":"400d"}`)
	for _, role := range authz.Roles() {
		if role == authz.Admin {
			continue
		}
		b.caller = authz.Caller{ID: "u-x", Kind: authz.Person, Grants: []authz.Grant{{Role: role}}}
		b.refuses(t, "permission", "POST", "/audit:cut", `{"before":"400d"}`)
	}
	b.caller = within(authz.Admin, authz.Grant{Sources: []string{"demo.postgres"}})
	if w := b.call(t, "POST", "/api/v1/audit:cut", `{"before":"400d"}`, key()...); w.Code != 403 {
		t.Errorf("an admin with bounds: %d %s", w.Code, w.Body)
	}
	b.caller = authz.Local("root")
	raw, _ := json.Marshal(b.act(t, 200, "POST", "/audit:verify", ""))
	if !strings.Contains(string(raw), `"ok":true`) {
		t.Errorf("after it all the log does not prove itself: %s", raw)
	}
}
