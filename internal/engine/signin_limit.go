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
// person out, and values that were right before are not counted.
type guesses struct {
	mu   sync.Mutex
	at   map[string]*guesser
	good map[[32]byte]time.Time // hashes of tokens that were right, and when
}

type guesser struct {
	budget *rate.Limiter
	told   *rate.Limiter // how often the audit log hears of it
	last   time.Time
}

const (
	guessesAtOnce = 20
	guessesEach   = 3 * time.Minute // one more in this time
	mostAddresses = 20_000          // that are remembered; the longest silent is forgotten first
	goodFor       = time.Hour
)

func newGuesses() *guesses {
	return &guesses{at: map[string]*guesser{}, good: map[[32]byte]time.Time{}}
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
		x = &guesser{budget: rate.NewLimiter(rate.Every(guessesEach), guessesAtOnce), told: rate.NewLimiter(rate.Every(time.Minute), 1)}
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

// may returns an error wrapping drover.ErrTransient where an address has guessed
// too often.
func (g *guesses) may(address string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of(address, now).budget.TokensAt(now) < 1 {
		return fmt.Errorf("too many wrong links or tokens came from this address; wait some minutes: %w", drover.ErrTransient)
	}
	return nil
}

func (g *guesses) failed(address string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.of(address, now).budget.AllowN(now, 1)
}

// tell reports whether a refusal is recorded: one a minute of each address, so
// that who guesses does not fill the log.
func (g *guesses) tell(address string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.of(address, now).told.AllowN(now, 1)
}

// wasRight reports whether a hash was that of a right value lately; right
// remembers that it is.
func (g *guesses) wasRight(hash []byte, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, ok := g.good[[32]byte(hash)]
	return ok && now.Sub(at) < goodFor
}

func (g *guesses) right(hash []byte, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.good) > mostAddresses {
		clear(g.good)
	}
	g.good[[32]byte(hash)] = now
}
