package engine

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/droverhq/drover"
)

// guesses counts the wrong links, tokens and sessions that an address shows. What it
// shows is always looked at first, and what is right is never refused: a value has
// 256 random bits, so that no number of guesses finds one, and a limit that refused
// right ones would let whoever shares an address (an office, a proxy, a computer)
// lock its others out. The count decides how a wrong one is answered, and how often
// the audit log hears of it. Values without our checksum are none of ours: they cost
// no look and are not counted. A wrong value is remembered for a while, so that a
// browser that goes on showing a session that has ended costs one look.
type guesses struct {
	mu  sync.Mutex
	at  map[string]*guesser
	bad map[[32]byte]time.Time // hashes of values that were wrong, and when

	told   *rate.Limiter // how often the audit log hears of any address
	untold int           // refusals since it last did
}

type guesser struct {
	budget *rate.Limiter
	asks   *rate.Limiter // what an identity provider is asked for it
	told   *rate.Limiter // how often the audit log hears of it
	last   time.Time
}

// ErrGuessing says that a value is wrong, and that many of them came from its address.
// It wraps drover.ErrTransient.
var ErrGuessing = fmt.Errorf("this is not known here, and many wrong links, sessions or tokens came from this address: %w", drover.ErrTransient)

const (
	guessesAtOnce = 20
	guessesEach   = 3 * time.Minute // one more in this time
	mostAddresses = 20_000          // that are remembered; the longest silent is forgotten first
	mostValues    = 20_000          // wrong ones that are remembered
	badFor        = time.Minute
	asksAtOnce    = 200
	asksASecond   = 50
	toldAtOnce    = 60
)

func newGuesses() *guesses {
	return &guesses{at: map[string]*guesser{}, bad: map[[32]byte]time.Time{}, told: rate.NewLimiter(rate.Every(time.Minute), toldAtOnce)}
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
		x = &guesser{budget: rate.NewLimiter(rate.Every(guessesEach), guessesAtOnce), asks: rate.NewLimiter(asksASecond, asksAtOnce), told: rate.NewLimiter(rate.Every(time.Minute), 1)}
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

// ask returns ErrGuessing where so much was asked of an identity provider for an
// address that it would be flooded. Nothing else tells a right answer from a wrong one.
func (g *guesses) ask(address string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.of(address, now).asks.AllowN(now, 1) {
		return ErrGuessing
	}
	return nil
}

// failed counts a wrong value, and returns what is answered: err, or ErrGuessing
// where the address has shown many.
func (g *guesses) failed(address string, now time.Time, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.of(address, now).budget.AllowN(now, 1) {
		return ErrGuessing
	}
	return err
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

// wasWrong reports whether a hash was that of no value lately; wrong remembers that
// it is. A session that has ended never comes back, nor does a token.
func (g *guesses) wasWrong(hash []byte, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, ok := g.bad[[32]byte(hash)]
	return ok && now.Sub(at) < badFor
}

func (g *guesses) wrong(hash []byte, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.bad) >= mostValues {
		clear(g.bad)
	}
	g.bad[[32]byte(hash)] = now
}
