package api

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits hold how many calls each caller may still make. Callers that have not
// called for a while are forgotten, and at most mostCallers are remembered.
type limits struct {
	rate  rate.Limit
	burst int
	now   func() time.Time

	mu    sync.Mutex
	each  map[string]*allowance
	swept time.Time
}

type allowance struct {
	*rate.Limiter
	last time.Time
}

func newLimits(perSecond float64, burst int, now func() time.Time) *limits {
	const calls, most = 50, 200
	return &limits{rate: rate.Limit(cmp.Or(perSecond, calls)), burst: cmp.Or(burst, most), now: now, each: map[string]*allowance{}}
}

// allow takes one call from what its caller may make, says in headers what is left
// (draft-ietf-httpapi-ratelimit-headers), and refuses what is too much.
func (l *limits) allow(x *exchange) bool {
	a, now := l.of(who(x)), l.now()
	ok := a.AllowN(now, 1)
	left := max(0, math.Floor(a.TokensAt(now)))
	full := math.Ceil((float64(l.burst) - left) / float64(l.rate))
	x.Header().Set("RateLimit-Policy", fmt.Sprintf(`"caller";q=%d;w=%d`, l.burst, int(math.Ceil(float64(l.burst)/float64(l.rate)))))
	x.Header().Set("RateLimit", fmt.Sprintf(`"caller";r=%d;t=%d`, int(left), int(full)))
	if ok {
		return true
	}
	p := refuse("rate_limited", fmt.Sprintf("more than %d calls at once, or %.0f a second", l.burst, float64(l.rate)))
	p.retryAfter = int(math.Ceil(1 / float64(l.rate)))
	x.problem(p)
	return false
}

// mostCallers bounds what is remembered, so that who calls from ever new addresses
// fills no memory.
const mostCallers = 20_000

// who is what calls are counted by: the caller, else the address; an IPv6 host has
// the whole of a /64.
func who(x *exchange) string {
	if c := x.caller; c.ID != "" {
		return c.ID + "\x00" + c.Token
	}
	a, err := netip.ParseAddr(x.from)
	if err != nil || a.Is4() {
		return x.from
	}
	p, err := a.Prefix(64)
	if err != nil {
		return x.from
	}
	return p.String()
}

func (l *limits) of(key string) *allowance {
	const kept = 10 * time.Minute
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.swept) > kept {
		for k, a := range l.each {
			if now.Sub(a.last) > kept {
				delete(l.each, k)
			}
		}
		l.swept = now
	}
	a := l.each[key]
	if a == nil {
		for k := range l.each { // anybody: who had used their share up gains one more
			if len(l.each) < mostCallers {
				break
			}
			delete(l.each, k)
		}
		a = &allowance{Limiter: rate.NewLimiter(l.rate, l.burst)}
		l.each[key] = a
	}
	a.last = now
	return a
}
