package serve_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// A crmEstate is a source that changes: people, accounts of programs with keys,
// and what they reach.
type crmEstate struct {
	mu   sync.Mutex
	dice *rand.Rand
	n    int
	day  time.Time // from which days are counted
	team []int     // of each account: who owns it, whom else it may become
	gone []bool
}

func newCRM(seed uint64, n int) *crmEstate {
	e := &crmEstate{dice: rand.New(rand.NewPCG(seed, 1)), n: n, day: time.Now().UTC().Truncate(24 * time.Hour), team: make([]int, n), gone: make([]bool, n)}
	for i := range e.team {
		e.team[i] = e.dice.IntN(20)
	}
	return e
}

// change changes a few accounts, and takes away or brings back one of the last
// tenth.
func (e *crmEstate) change() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for range 5 {
		e.team[e.dice.IntN(e.n)] = e.dice.IntN(20)
	}
	i := e.n - 1 - e.dice.IntN(e.n/10)
	e.gone[i] = !e.gone[i]
}

// lasting are the accounts that are never taken away.
func (e *crmEstate) lasting() int { return e.n - e.n/10 }

func crmRef(kind string, i int) string { return fmt.Sprintf("crm/-/%s/%d", kind, i) }

// text is the source as JSON lines.
func (e *crmEstate) text() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var b strings.Builder
	objects := 0
	put := func(format string, args ...any) {
		objects++
		fmt.Fprintf(&b, format+"\n", args...)
	}
	for i := range 20 {
		put(`{"node":{"ref":%q,"kind":"human","type":"crm.person","name":"Person %d","aliases":["email:p%d@corp.test"],"attrs":{"mail":"p%d@corp.test"}}}`, crmRef("person", i), i, i, i)
	}
	envs := [3]string{"prod", "dev", "staging"}
	for i := range e.n {
		if e.gone[i] {
			continue
		}
		put(`{"node":{"ref":%q,"kind":"identity","type":"crm.service_account","name":"svc-%s-mailer-%d","created":"2024-%02d-01T00:00:00Z","attrs":{"enabled":true,"number":%d,"tags":{"env":%q,"room":"%d"}}}}`,
			crmRef("account", i), envs[i%3], i, 1+i%12, e.team[i], envs[i%3], e.team[i])
		if i%9 == 0 { // is new, and ends soon
			put(`{"node":{"ref":%q,"kind":"credential","type":"crm.api_key","name":"key %d","created":%q,"expires":%q}}`, crmRef("key", i), i, e.at(-10), e.at(1+(i/9+e.team[i])%12))
		} else {
			put(`{"node":{"ref":%q,"kind":"credential","type":"crm.api_key","name":"key %d","created":"2020-01-01T00:00:00Z"}}`, crmRef("key", i), i)
		}
		put(`{"edge":{"from":%q,"to":%q,"kind":"authenticates","proof":"list of keys"}}`, crmRef("key", i), crmRef("account", i))
		if i%4 != 0 {
			put(`{"edge":{"from":%q,"to":%q,"kind":"owns","proof":"list of owners"}}`, crmRef("person", e.team[i]), crmRef("account", i))
		}
		if i%3 == 0 {
			put(`{"edge":{"from":%q,"to":%q,"kind":"stored_in","proof":"line 3"}}`, crmRef("key", i), crmRef("file", i%7))
		}
		e.delegates(i, put)
		put(`{"edge":{"from":%q,"to":%q,"kind":"can_access","proof":"role reader"}}`, crmRef("account", i), crmRef("base", i%30))
		if i%5 != 0 {
			put(`{"evidence":{"subject":%q,"claim":"last_used","source":"crm log","at":%q,"grade":"proven"}}`, crmRef("account", i), e.at(-3-10*(i%30)-e.team[i]))
		}
	}
	for i := range 7 {
		put(`{"node":{"ref":%q,"kind":"place","type":"crm.file","name":"file %d"}}`, crmRef("file", i), i)
	}
	for i := range 30 {
		put(`{"node":{"ref":%q,"kind":"resource","type":"crm.database","name":"base %d"}}`, crmRef("base", i), i)
	}
	fmt.Fprintf(&b, `{"section":{"name":"all","coverage":"crm/all","status":"ok","objects":%d}}`+"\n", objects)
	return b.String()
}

// at is a day as JSON spells it.
func (e *crmEstate) at(day int) string {
	return e.day.AddDate(0, 0, day).Add(3 * time.Hour).Format(time.RFC3339)
}

// delegates writes whom an account may become: within its twelve, so that chains
// have an end, and some meet.
func (e *crmEstate) delegates(i int, put func(format string, args ...any)) {
	for k, step := range []int{1, 3} {
		to := i + step
		if to/12 == i/12 && to < e.n && !e.gone[to] && (e.team[i]+k)%3 != 0 {
			put(`{"edge":{"from":%q,"to":%q,"kind":"can_assume","proof":"delegation"}}`, crmRef("account", i), crmRef("account", to))
		}
	}
}
