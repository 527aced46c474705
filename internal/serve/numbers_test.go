package serve_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Every number that Home, Identity and Explore show is what SQL over the file of
// the store says, written here and sharing nothing with the program: of identities
// drawn at random, after decisions, after a change in the source and its scan, and
// after a restart.
func TestNumbers(t *testing.T) {
	seed := seedOf(t)
	dice := rand.New(rand.NewPCG(seed, 2))
	h := newHome(t, "sources: [{id: crm, kind: file, paths: [crm.jsonl]}]\n")
	estate := newCRM(seed, 300)
	h.write("crm.jsonl", estate.text())
	if _, errs, code := h.run("scan", "--check"); code != 0 {
		t.Fatalf("scan: %d %s", code, errs)
	}
	n := &numbers{process: h.start("serve", "--listen", "127.0.0.1:0"), dice: dice}
	n.compare(t, "the first scan", 6)
	n.decide(t)
	n.compare(t, "decisions", 4)
	for range 3 {
		for range 10 {
			estate.change()
		}
		h.write("crm.jsonl", estate.text())
		n.scan(t)
		n.compare(t, "a change in the source", 4)
	}
	before := n.shown
	if code := n.stop(); code != 0 {
		t.Errorf("the server stopped with %d: %s", code, n.log)
	}
	n.process = h.start("serve", "--listen", "127.0.0.1:0")
	n.compare(t, "a restart", 6)
	t.Logf("%d numbers compared", n.count)
	if n.shown == before {
		t.Error("nothing was compared after the restart")
	}
}

type numbers struct {
	*process
	dice  *rand.Rand
	count int
	shown int
}

// scan scans the source, and waits for the checks as well.
func (n *numbers) scan(t *testing.T) {
	t.Helper()
	id := n.must("POST", "/scans", `{"words":["crm"]}`)["id"].(string)
	until(t, "the end of the scan", func() bool {
		v := n.must("GET", "/operations/"+id, "")
		if s := v["state"]; s != "running" {
			if s != "done" {
				t.Fatalf("the scan: %v", v)
			}
			return true
		}
		return false
	})
}

// decide accepts some findings, names owners, sets tags.
func (n *numbers) decide(t *testing.T) {
	list := n.must("GET", "/findings?page_size=200", "")["items"].([]any)
	for range 12 {
		id := list[n.dice.IntN(len(list))].(map[string]any)["id"].(string)
		n.must("POST", "/findings/"+id+":accept", `{"reason":"it is meant","approver":"Person 1, Person 2","until":"30d"}`)
	}
	for range 6 {
		ref := crmRef("account", 4*n.dice.IntN(60)) // nobody owns it
		n.must("POST", "/owners:transfer", fmt.Sprintf(`{"id":%q,"owner":"p%d@corp.test"}`, ref, n.dice.IntN(20)))
		n.must("POST", "/identities:batch", fmt.Sprintf(`{"action":"tag","ids":[%q],"set":{"room":"%d","floor":"1"}}`, ref, n.dice.IntN(9)))
	}
}

// now is what holds of a table with intervals.
const now = "to_gen = 9223372036854775807"

// owned keeps the accounts that somebody answers for: a list of owners says so, or
// somebody here does.
const owned = ` AND (EXISTS (SELECT 1 FROM edge e WHERE e.` + now + ` AND e.kind = 'owns' AND e.to_id = n.ref_id)
	OR EXISTS (SELECT 1 FROM tag t WHERE t.` + now + ` AND t.tkey = 'owner' AND t.ref_id = n.ref_id))`

const (
	accounts = `SELECT count(*) FROM node n WHERE n.` + now + ` AND n.kind = 'identity'`
	programs = accounts + ` AND coalesce(json_extract(n.attrs, '$.kind'), '') <> 'person'`
	// standing are the findings that hold and that nobody lives with: the last word
	// about each is not an acceptance of it as it is.
	standing = `SELECT count(*) FROM finding f WHERE f.end_us IS NULL AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.kind = 'accept' AND d.fkey = f.fkey AND json_extract(d.body, '$.shape') = lower(hex(f.shape))
		AND d.id = (SELECT max(x.id) FROM decision x WHERE x.fkey = f.fkey AND x.kind IN ('accept', 'reopen')))`
	month = `(SELECT (unixepoch() - 30 * 86400) * 1000000)`
)

// compare compares what is shown of the estate, and of some identities.
func (n *numbers) compare(t *testing.T, after string, some int) {
	t.Helper()
	db := openSQL(t, filepath.Join(n.data, "drover.db"))
	defer db.Close()
	t.Run(strings.ReplaceAll(after, " ", "_"), func(t *testing.T) {
		c := &comparison{t: t, db: db, n: n}
		c.home()
		c.facets()
		for _, ref := range texts(t, db, `SELECT r.ref FROM node n JOIN ref r ON r.id = n.ref_id WHERE n.`+now+` AND n.type = 'crm.service_account' ORDER BY r.ref`) {
			if n.dice.IntN(270) < some {
				c.identity(ref)
				n.shown++
			}
		}
	})
}

type comparison struct {
	t  *testing.T
	db *sql.DB
	n  *numbers
}

// is compares a number with what a query answers.
func (c *comparison) is(what string, got any, query string, args ...any) {
	c.t.Helper()
	var want sql.NullFloat64
	if err := c.db.QueryRow(query, args...).Scan(&want); err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
	c.n.count++
	if x, ok := got.(int); ok {
		got = float64(x)
	}
	if got != want.Float64 {
		c.t.Errorf("%s: shown %v, SQL says %v", what, got, want.Float64)
	}
}

// at follows names and numbers into an answer.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func (c *comparison) home() {
	v := c.n.must("GET", "/home", "")
	c.is("identities", at(v, "questions", 0, "of"), accounts)
	c.is("programs", at(v, "questions", 0, "n"), programs)
	c.is("monitored", at(v, "questions", 1, "n"), programs+` AND EXISTS (SELECT 1 FROM evidence e WHERE e.`+now+` AND e.claim = 'last_used' AND e.ref_id = n.ref_id)`)
	c.is("of whom it is asked whether they are monitored", at(v, "questions", 1, "of"), programs)
	c.is("owned", at(v, "questions", 2, "n"), programs+owned)
	c.is("of whom it is asked whether they are owned", at(v, "questions", 2, "of"), programs)
	c.is("owned, in the score", at(v, "score", "parts", 1, "n"), programs+owned)
	c.is("humans", at(v, "humans"), `SELECT count(*) FROM node WHERE `+now+` AND kind = 'human'`)
	c.is("programs per human", at(v, "ratio"), `SELECT (`+programs+`) * 1.0 / count(*) FROM node WHERE `+now+` AND kind = 'human'`)
	c.is("critical and high findings", at(v, "verdict", "numbers", 0, "n"), standing+` AND f.severity = (SELECT max(severity) FROM finding WHERE end_us IS NULL AND severity >= 4)`)
	last, _ := at(v, "trend", "points").([]any)
	for name, severity := range map[string]int{"low": 2, "medium": 3, "high": 4, "critical": 5} {
		c.is("findings that hold, "+name, at(last[len(last)-1], "open", name), `SELECT count(*) FROM finding WHERE end_us IS NULL AND severity = ?`, severity)
		c.is("findings to act on, "+name, c.n.must("GET", "/findings?page_size=1&filter=severity%3D"+name, "")["total_size"], standing+` AND f.severity = ?`, severity)
	}
	c.is("findings opened in a month", at(v, "trend", "opened"), `SELECT (SELECT count(*) FROM finding_span WHERE from_us > `+month+`) + (SELECT count(*) FROM finding WHERE end_us IS NULL AND open_us > `+month+`)`)
	c.is("findings fixed in a month", at(v, "trend", "fixed"), `SELECT count(*) FROM finding_span WHERE to_us > `+month)
	c.sources(at(v, "coverage", "rows").([]any))
	for i, day := range at(v, "due", "days").([]any) {
		c.is(fmt.Sprintf("keys that end on day %d", i), at(day, "expire"), `SELECT count(*) FROM node WHERE `+now+` AND kind = 'credential' AND date(expires_us / 1000000, 'unixepoch') = ? AND expires_us > unixepoch() * 1000000`, at(day, "day"))
	}
}

func (c *comparison) sources(rows []any) {
	for _, row := range rows {
		id := at(row, "id")
		if id == "" { // not connected
			continue
		}
		of := ` FROM node n JOIN coverage c ON c.id = n.coverage_id WHERE n.` + now + ` AND c.source = ?`
		c.is(fmt.Sprint("identities of ", id), at(row, "cells", 0, "n"), `SELECT count(*)`+of+` AND n.kind = 'identity'`, id)
		c.is(fmt.Sprint("credentials of ", id), at(row, "cells", 1, "n"), `SELECT count(*)`+of+` AND n.kind = 'credential'`, id)
		c.is(fmt.Sprint("monitored of ", id), at(row, "cells", 3, "n"), `SELECT count(*)`+of+` AND n.kind = 'identity' AND EXISTS (SELECT 1 FROM evidence e WHERE e.`+now+` AND e.claim = 'last_used' AND e.ref_id = n.ref_id)`, id)
	}
}

// facets compares the counts beside a list.
func (c *comparison) facets() {
	v := c.n.must("GET", "/identities?page_size=1&facets=env,type", "")
	c.is("listed identities", v["total_size"], accounts)
	for _, x := range at(v, "facets", "type").([]any) {
		c.is(fmt.Sprint("of type ", at(x, "value")), at(x, "count"), accounts+` AND n.type = ?`, at(x, "value"))
	}
	for _, x := range at(v, "facets", "env").([]any) {
		if at(x, "unknown") != true {
			c.is(fmt.Sprint("of environment ", at(x, "value")), at(x, "count"), accounts+` AND json_extract(n.attrs, '$.tags.env') = ?`, at(x, "value"))
		}
	}
	for _, noun := range []string{"credential", "human", "resource", "place"} {
		c.is("listed "+noun, c.n.must("GET", "/"+noun+"s?page_size=1", "")["total_size"], `SELECT count(*) FROM node WHERE `+now+` AND kind = ?`, noun)
	}
	c.is("listed edges", c.n.must("GET", "/edges?page_size=1", "")["total_size"], `SELECT count(*) FROM edge WHERE `+now)
	c.is("listed findings", c.n.must("GET", "/findings?page_size=1", "")["total_size"], standing)
}

const me = `(SELECT id FROM ref WHERE ref = ?)`

func (c *comparison) identity(ref string) {
	v := c.n.must("GET", "/identities/"+url.PathEscape(ref), "")
	item := v["item"]
	say := func(what string) string { return what + " of " + ref }
	c.is(say("credentials"), at(item, "credentials"), `SELECT count(*) FROM edge WHERE `+now+` AND kind = 'authenticates' AND to_id = `+me, ref)
	c.is(say("places"), at(item, "places"), `SELECT count(DISTINCT s.to_id) FROM edge s JOIN edge a ON a.from_id = s.from_id WHERE s.`+now+` AND a.`+now+` AND s.kind = 'stored_in' AND a.kind = 'authenticates' AND a.to_id = `+me, ref)
	c.is(say("tags"), len(at(item, "tags").([]any)), `SELECT count(*) FROM tag WHERE `+now+` AND tkey NOT LIKE 'owner%' AND ref_id = `+me, ref)
	c.is(say("number"), at(item, "attrs", "number"), `SELECT json_extract(attrs, '$.number') FROM node WHERE `+now+` AND ref_id = `+me, ref)
	c.is(say("created"), unix(c.t, at(item, "created")), `SELECT created_us / 1000000 FROM node WHERE `+now+` AND ref_id = `+me, ref)
	c.is(say("first seen"), unix(c.t, at(item, "first_seen")), `SELECT min(first_us) / 1000000 FROM node WHERE `+now+` AND ref_id = `+me, ref)
	c.is(say("last used"), unix(c.t, at(item, "last_used", "at")), `SELECT max(at_us) / 1000000 FROM evidence WHERE `+now+` AND claim = 'last_used' AND ref_id = `+me, ref)
	c.is(say("owner"), btoi(at(item, "owner", "name") != nil), `SELECT count(*) > 0 FROM node n WHERE n.`+now+` AND n.ref_id = `+me+owned, ref)
	c.is(say("evidence"), len(v["evidence"].([]any)), `SELECT count(*) FROM evidence WHERE `+now+` AND ref_id = `+me, ref)
	c.is(say("findings"), len(v["findings"].([]any)), `SELECT count(*) FROM finding WHERE end_us IS NULL AND (ref_id = `+me+` OR ref_id IN (SELECT from_id FROM edge WHERE `+now+` AND kind = 'authenticates' AND to_id = `+me+`))`, ref, ref)
	ways := map[string]int{}
	for _, e := range v["edges"].([]any) {
		ways[fmt.Sprint(at(e, "direction"), " ", at(e, "kind"))]++
	}
	for _, kind := range []string{"owns", "authenticates", "can_assume", "can_access"} {
		c.is(say("in "+kind), ways["in "+kind], `SELECT count(*) FROM edge WHERE `+now+` AND kind = ? AND to_id = `+me, kind, ref)
		c.is(say("out "+kind), ways["out "+kind], `SELECT count(*) FROM edge WHERE `+now+` AND kind = ? AND from_id = `+me, kind, ref)
	}
	c.reach(ref)
}

// reached is what an account may become, step by step.
const reached = `WITH RECURSIVE reached (id, depth) AS (SELECT id, 0 FROM ref WHERE ref = ?
	UNION SELECT e.to_id, depth + 1 FROM edge e JOIN reached r ON e.from_id = r.id WHERE e.` + now + ` AND e.kind = 'can_assume') `

func (c *comparison) reach(ref string) {
	v := c.n.must("GET", "/identities/"+url.PathEscape(ref)+"/blast-radius", "")
	say := func(what string) string { return what + " from " + ref }
	const touched = ` FROM edge e WHERE e.` + now + ` AND e.kind = 'can_access' AND e.from_id IN (SELECT id FROM reached)`
	c.is(say("reached identities"), at(v, "reach", "identities"), reached+`SELECT count(DISTINCT id) - 1 FROM reached`, ref)
	c.is(say("steps"), at(v, "reach", "hops"), reached+`SELECT max(depth) FROM (SELECT min(depth) AS depth FROM reached GROUP BY id)`, ref)
	c.is(say("resources"), at(v, "reach", "resources"), reached+`SELECT count(DISTINCT e.to_id)`+touched, ref)
	c.is(say("next"), len(v["next"].([]any)), `SELECT count(*) FROM edge WHERE `+now+` AND kind = 'can_assume' AND from_id = `+me, ref)
	rings := c.n.must("GET", "/graph/rings?from="+url.QueryEscape(ref), "")
	for _, x := range rings["rings"].([]any) {
		c.is(fmt.Sprint(say("ring"), " ", at(x, "hop")), at(x, "total"), reached+`SELECT count(*) FROM (SELECT id, min(depth) AS depth FROM (
			SELECT id, depth FROM reached UNION ALL SELECT e.to_id, r.depth + 1 FROM reached r JOIN edge e ON e.from_id = r.id WHERE e.`+now+` AND e.kind = 'can_access') GROUP BY id) WHERE depth = ?`, ref, at(x, "hop"))
	}
	c.lanes(ref)
}

// lanes compares what is drawn: only what is reached, and to one of these in as
// few steps as there are.
func (c *comparison) lanes(ref string) {
	ends := texts(c.t, c.db, reached+`SELECT r.ref FROM reached JOIN ref r ON r.id = reached.id GROUP BY r.ref`, ref)
	v := c.n.must("GET", "/graph/lanes?from="+url.QueryEscape(ref), "")
	for _, m := range v["marks"].([]any) {
		if name, ok := at(m, "node", "ref").(string); ok && !slices.Contains(ends, name) {
			c.t.Errorf("%s is drawn as reached from %s", name, ref)
		}
	}
	to := ends[c.n.dice.IntN(len(ends))]
	if to == ref {
		return
	}
	v = c.n.must("GET", "/graph/lanes?from="+url.QueryEscape(ref)+"&to="+url.QueryEscape(to), "")
	c.is("steps from "+ref+" to "+to, at(v, "ways", 0, "hops"), reached+`SELECT min(depth) FROM reached WHERE id = `+me, ref, to)
}

// unix is a time of an answer in seconds; 0 for none.
func unix(t *testing.T, v any) int {
	s, ok := v.(string)
	if !ok {
		return 0
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return int(at.Unix())
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// seedOf is what a test draws by: another one each time, or that of
// DROVER_TEST_SEED.
func seedOf(tb testing.TB) uint64 {
	seed := rand.Uint64()
	if s := os.Getenv("DROVER_TEST_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			tb.Fatalf("DROVER_TEST_SEED: %v", err)
		}
	}
	tb.Logf("seed %d: DROVER_TEST_SEED=%d repeats it", seed, seed)
	return seed
}
