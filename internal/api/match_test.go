package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	root "github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// A change that was made on what somebody else has changed since is refused, also
// while the server still answers from what was before: of two changes on one tag one
// is done, one after the other and both at once.
func TestNoChangeIsLost(t *testing.T) {
	b := serving(t, demoOf(t), true)
	id := b.get(t, "/api/v1/identities?page_size=1&filter=nhi_type%3Dbot")["items"].([]any)[0].(map[string]any)["id"].(string)
	teams := b.get(t, "/api/v1/owners?page_size=24")["items"].([]any)
	owner := func(i int) string {
		return fmt.Sprintf(`{"owner":%q,"reason":"handed over %d"}`, teams[i%len(teams)].(map[string]any)["name"], i)
	}
	target := "/api/v1/identities/" + id + "/owner"
	for i := range 6 {
		tag := b.call(t, "GET", target, "").Header().Get("ETag")
		first := b.call(t, "PUT", target, owner(i), "If-Match", tag)
		second := b.call(t, "PUT", target, owner(i+1), "If-Match", tag)
		if first.Code != 200 || second.Code != 412 {
			t.Errorf("round %d: %d, then %d on the same tag\n%s", i, first.Code, second.Code, second.Body)
		}
		if got := fmt.Sprint(b.get(t, "/api/v1/identities/"+id+"/owner")); !strings.Contains(got, fmt.Sprint(teams[i%len(teams)].(map[string]any)["name"])) {
			t.Errorf("round %d: who wrote reads %v", i, got)
		}
	}
	v := b.act(t, 201, "POST", "/views", `{"name":"Raced","noun":"identities","filter":"env=prod"}`)
	for _, c := range []struct {
		path string
		body func(i int) string
	}{
		{target, owner},
		{"/api/v1/views/" + v["id"].(string), func(i int) string { return fmt.Sprintf(`{"name":"Raced %d","filter":"env=prod"}`, i) }},
	} {
		for round := range 5 {
			tag := b.call(t, "GET", c.path, "").Header().Get("ETag")
			codes := make([]int, 4)
			var all sync.WaitGroup
			for i := range codes {
				all.Go(func() { codes[i] = b.call(t, "PUT", c.path, c.body(4*round+i), "If-Match", tag).Code })
			}
			all.Wait()
			slices.Sort(codes)
			if !slices.Equal(codes, []int{200, 412, 412, 412}) {
				t.Errorf("%s: four at once on one tag: %v", c.path, codes)
			}
		}
	}
}

// Who accepts a finding may say in which state they read it.
func TestAcceptWhatWasRead(t *testing.T) {
	b := serving(t, demoOf(t), true)
	id := b.get(t, "/api/v1/findings?page_size=1&filter=severity%3Dmedium")["items"].([]any)[0].(map[string]any)["id"].(string)
	target := "/api/v1/findings/" + id
	tag := b.call(t, "GET", target, "").Header().Get("ETag")
	accept := `{"reason":"replaced in Q1","approver":"Grace","until":"30d"}`
	if w := b.call(t, "POST", target+":accept", accept, append(key(), "If-Match", tag)...); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, verb := range []string{":accept", ":reopen", ":assign"} {
		body := map[string]string{":accept": accept, ":reopen": `{"reason":"no longer"}`, ":assign": `{"to":"team-bi"}`}[verb]
		if w := b.call(t, "POST", target+verb, body, append(key(), "If-Match", tag)...); w.Code != 412 {
			t.Errorf("%s on what was read before it was accepted: %d %s", verb, w.Code, w.Body)
		}
	}
	if w := b.call(t, "POST", target+":reopen", `{"reason":"no longer"}`, key()...); w.Code != 200 {
		t.Errorf("without If-Match: %d %s", w.Code, w.Body)
	}
}

// One thing has many names, and others change it by other doors: another server of
// the same store, commands, whatever changes many things at once. Of all who change it
// at once on what they read, one does.
func TestNoChangeIsLostByOtherDoors(t *testing.T) {
	home := demoOf(t)
	b := serving(t, home, true)
	item := b.get(t, "/api/v1/identities?page_size=1&filter=nhi_type%3Dbot")["items"].([]any)[0].(map[string]any)
	id, ref := item["id"].(string), item["ref"].(string)
	teams := b.get(t, "/api/v1/owners?page_size=24")["items"].([]any)
	name := func(i int) string { return teams[i%len(teams)].(map[string]any)["name"].(string) }
	for round := range 4 {
		tag := b.call(t, "GET", "/api/v1/identities/"+id+"/owner", "").Header().Get("ETag")
		codes := make([]int, 6)
		var all sync.WaitGroup
		for i := range codes {
			all.Go(func() {
				path := []string{id, url.PathEscape(ref), id[:len(id)-1]}[i/2]
				codes[i] = b.call(t, "PUT", "/api/v1/identities/"+path+"/owner", fmt.Sprintf(`{"owner":%q,"reason":"%d of round %d"}`, name(6*round+i), i, round), "If-Match", tag).Code
			})
		}
		all.Wait()
		slices.Sort(codes)
		if !slices.Equal(codes, []int{200, 412, 412, 412, 412, 412}) {
			t.Errorf("six at once on one tag, by three names: %v", codes)
		}
	}
	// Whatever was read before somebody else's change is not written after it.
	ctx := t.Context()
	one, two := b.engine.For(authz.Local("one")), b.engine.For(authz.Local("two"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	finding := b.get(t, "/api/v1/findings?page_size=1&filter=severity%3Dmedium")["items"].([]any)[0].(map[string]any)["id"].(string)
	set := func(ctx context.Context, e *engine.Engine) error {
		_, err := e.SetOwner(ctx, id, engine.OwnerDecision{Owner: name(0)})
		return err
	}
	assign := func(ctx context.Context, e *engine.Engine) error {
		f, err := e.FindFinding(ctx, finding, time.Time{})
		must(err)
		return e.Assign(ctx, []root.Finding{*f}, "team-bi")
	}
	var batch *engine.BatchResult
	for _, c := range []struct {
		name  string
		moved bool
		write func(context.Context, *engine.Engine) error
		door  func() error
	}{
		{"nobody", false, set, func() error { return nil }},
		{"owner set", true, set, func() error { return set(ctx, two) }},
		{"owner set, of another thing", false, set, func() error {
			_, err := two.SetOwner(ctx, b.get(t, "/api/v1/identities?page_size=2&filter=nhi_type%3Dbot")["items"].([]any)[1].(map[string]any)["id"].(string), engine.OwnerDecision{Owner: name(1)})
			return err
		}},
		{"owner confirm", true, set, func() error { _, err := two.ConfirmOwner(ctx, id); return err }},
		{"owner transfer", true, set, func() error {
			_, err := two.TransferOwner(ctx, "", name(0), engine.OwnerDecision{Owner: name(2)})
			return err
		}},
		{"tag", true, set, func() error {
			_, err := two.SetTags(ctx, id, map[string]string{"a": "b", "c": "d"}, nil)
			return err
		}},
		{"many identities", true, set, func() (err error) {
			batch, err = two.BatchIdentities(ctx, engine.IdentityBatch{Action: "owner", Filter: "nhi_type=bot", All: true, Owner: engine.OwnerDecision{Owner: name(3)}})
			return err
		}},
		{"many taken back", true, set, func() error { _, err := two.Undo(ctx, batch.Operation); return err }},
		{"finding assign", true, assign, func() error { return assign(ctx, two) }},
		{"many findings", true, assign, func() (err error) {
			batch, err = two.Batch(ctx, engine.BatchRequest{Action: "assign", To: "team-agents", IDs: []string{finding}})
			return err
		}},
		{"many findings taken back", true, assign, func() error { _, err := two.Undo(ctx, batch.Operation); return err }},
	} {
		steady, err := one.Steady(ctx)
		must(err)
		must(c.door())
		if err := c.write(steady, one); errors.Is(err, engine.ErrMoved) != c.moved || !c.moved && err != nil {
			t.Errorf("%s between look and write: %v, want refused %v", c.name, err, c.moved)
		}
	}
	if _, err := one.SetTags(ctx, id, map[string]string{"half": "done"}, []string{"nonesuch"}); !errors.Is(err, root.ErrNotFound) {
		t.Errorf("a tag that is not there is taken away: %v", err)
	}
	if got := fmt.Sprint(b.get(t, "/api/v1/identities/"+id)["identity"]); strings.Contains(got, "half") {
		t.Error("half of a change was made")
	}
}

// Who confirms an owner confirms whoever it is when that is written, not whom they
// read while somebody else was named.
func TestConfirmKeepsWhoWasNamed(t *testing.T) {
	home, ctx := demoOf(t), t.Context()
	var between func()
	e, err := engine.Open(ctx, engine.Options{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Systems: builtin.Systems,
		Config: &config.Config{Version: 1}, Home: home, User: "tester", Wall: func() time.Time { // the moment of the entry is asked for when all is read
			if f := between; f != nil {
				between = nil
				f()
			}
			return time.Now()
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	bots, err := e.List(ctx, engine.ListRequest{Noun: "identities", Filter: "nhi_type=bot"})
	if err != nil {
		t.Fatal(err)
	}
	var bot struct{ ID string }
	for x := range bots.Items {
		raw, err := engine.JSON(x)
		if err = errors.Join(err, json.Unmarshal(raw, &bot)); err != nil {
			t.Fatal(err)
		}
		break
	}
	set := func(who string) {
		t.Helper()
		if _, err := e.SetOwner(ctx, bot.ID, engine.OwnerDecision{Owner: who}); err != nil {
			t.Error(err)
		}
	}
	set("team-bi")
	between = func() { set("team-agents") }
	got, err := e.ConfirmOwner(ctx, bot.ID)
	if err != nil || between != nil || got.Changed[0].Owner != "team-agents" {
		t.Errorf("confirmed %+v, %v; want team-agents, who was named meanwhile", got, err)
	}
}
