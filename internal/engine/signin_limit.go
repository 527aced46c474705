package engine

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/droverhq/drover"
)

// guesses bounds how many wrong links and tokens an address may show: 20 at once
// and 20 an hour. Nothing is ever locked for others, so that nobody can lock a
// person out, and values that were right before are not counted. Sessions that are
// not known are looked for 200 at once and 50 a second: a browser may go on showing
// one that has ended, so that the wrong ones are remembered and cost nothing more.
type guesses struct {
	mu   sync.Mutex
	at   map[string]*guesser
	good map[[32]byte]time.Time // hashes of values that were right, and when
	bad  map[[32]byte]time.Time // hashes of sessions that were wrong, and when

	told   *rate.Limiter // how often the audit log hears of any address
	untold int           // refusals since it last did
}

type guesser struct {
	budget *rate.Limiter
	looks  *rate.Limiter // for sessions
	told   *rate.Limiter // how often the audit log hears of it
	last   time.Time
}

// ErrGuessing says that too many wrong values came from an address for more of them
// to be looked at. It wraps drover.ErrTransient.
var ErrGuessing = fmt.Errorf("too many wrong links, sessions or tokens came from this address; wait some minutes: %w", drover.ErrTransient)

const (
	guessesAtOnce = 20
	guessesEach   = 3 * time.Minute // one more in this time
	mostAddresses = 20_000          // that are remembered; the longest silent is forgotten first
	mostValues    = 20_000          // right ones that are remembered, and as many wrong ones
	goodFor       = time.Hour
	badFor        = time.Minute
	looksAtOnce   = 200
	looksASecond  = 50
	toldAtOnce    = 60
)

func newGuesses() *guesses {
	return &guesses{at: map[string]*guesser{}, good: map[[32]byte]time.Time{}, bad: map[[32]byte]time.Time{}, told: rate.NewLimiter(rate.Every(time.Minute), toldAtOnce)}
}

// network is what counts as one address: an IPv6 host has the whole of a /64.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return p.String()
}

func (g *guesses) of(address string, now time.Time) *guesser {
	key := network(address)
	x, ok := g.at[key]
	if !ok {
		if len(g.at) >= mostAddresses {
			g.forget(now)
		}
		x = &guesser{budget: rate.NewLimiter(rate.Every(guessesEach), guessesAtOnce), looks: rate.NewLimiter(looksASecond, looksAtOnce), told: rate.NewLimiter(rate.Every(time.Minute), 1)}
		g.at[key] = x
	}
	x.last = now
	return x
}

// forget drops who has been silent long enough to have a whole budget again, or
// failing that anybody: an attacker with 20,000 addresses gains what they have.
func (g *guesses) forget(now time.Time) {
	for key, x := range g.at {
		if now.Sub(x.last) > guessesAtOnce*guessesEach {
			delete(g.at, key)
		}
	}
	for key := range g.at {
		if len(g.at) < mostAddresses {
			return
		}
		delete(g.at, key)
	}
}

// may returns ErrGuessing where an address has guessed too often.
func (g *guesses) may(address string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of(address, now).budget.TokensAt(now) < 1 {
		return ErrGuessing
	}
	return nil
}

// look returns ErrGuessing where an address has shown too many sessions that are not
// known to be right.
func (g *guesses) look(address string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.of(address, now).looks.AllowN(now, 1) {
		return ErrGuessing
	}
	return nil
}

func (g *guesses) failed(address string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.of(address, now).budget.AllowN(now, 1)
}

// tell reports whether a refusal is recorded: one a minute of each address, and of
// all of them 60 at once and one a minute, so that who guesses does not fill the log.
// more are those that were not recorded since the last one.
func (g *guesses) tell(address string, now time.Time) (ok bool, more int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.of(address, now).told.AllowN(now, 1) || !g.told.AllowN(now, 1) {
		g.untold++
		return false, 0
	}
	more, g.untold = g.untold, 0
	return true, more
}

// wasRight reports whether a hash was that of a right value lately; right
// remembers that it is.
func (g *guesses) wasRight(hash []byte, now time.Time) bool {
	return g.lately(g.good, hash, now, goodFor)
}

func (g *guesses) right(hash []byte, now time.Time) { g.remember(g.good, hash, now) }

// wasWrong reports whether a hash was that of no session lately; wrong remembers
// that it is. A session that has ended never comes back.
func (g *guesses) wasWrong(hash []byte, now time.Time) bool {
	return g.lately(g.bad, hash, now, badFor)
}

func (g *guesses) wrong(hash []byte, now time.Time) { g.remember(g.bad, hash, now) }

func (g *guesses) lately(known map[[32]byte]time.Time, hash []byte, now time.Time, long time.Duration) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, ok := known[[32]byte(hash)]
	return ok && now.Sub(at) < long
}

func (g *guesses) remember(known map[[32]byte]time.Time, hash []byte, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(known) >= mostValues {
		clear(known)
	}
	known[[32]byte(hash)] = now
}
