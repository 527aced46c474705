package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// DefaultListen is where `drover up` and `drover serve` listen unless told.
const DefaultListen = "127.0.0.1:8765"

// A Server says how `drover serve` and `drover up` listen. The zero value is that
// of one person's machine: loopback, no TLS.
type Server struct {
	Listen       string `yaml:"listen"`        // host:port; "" is DefaultListen, port 0 is a free one
	PublicURL    string `yaml:"public_url"`    // what browsers call it, where that is not the address: https://drover.example.com
	TLS          TLS    `yaml:"tls"`           // both files, or neither
	MetricsToken string `yaml:"metrics_token"` // by reference; who shows it may read /metrics and what /readyz found. "": only loopback may
	OTLP         string `yaml:"otlp"`          // URL of an OpenTelemetry collector that traces are sent to; "": none are
	Log          string `yaml:"log"`           // debug, info, warn, error; "" is info
	Connections  int    `yaml:"connections"`   // at most so many at a time; 0 is 1024

	// TrustedProxies are addresses or networks (CIDR) of reverse proxies that are
	// believed about where a request came from, for limits and the audit log only.
	TrustedProxies []string `yaml:"trusted_proxies"`
}

// TLS names the certificate chain and the key, PEM files that are read again when
// they change.
type TLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// A Schedule bounds the scans that run by themselves, those of sources with
// `every`.
type Schedule struct {
	Concurrent int    `yaml:"concurrent"` // scans at a time; 0 is 2
	Longest    string `yaml:"longest"`    // how long one may take; "" is 1h
	Jitter     string `yaml:"jitter"`     // at most so much later than due, at random; "" is a tenth of `every`
	Disabled   bool   `yaml:"disabled"`   // nothing runs by itself
}

// A UI says how the page looks before a person chose otherwise.
type UI struct {
	Theme    string `yaml:"theme"`    // system, light, dark, contrast
	Density  string `yaml:"density"`  // compact, comfortable
	Timezone string `yaml:"timezone"` // local, or a name such as Europe/Paris
}

// A Notice is where something is told that a person should know.
type Notice struct {
	Kind   string `yaml:"kind"`   // webhook; others are for later versions
	URL    string `yaml:"url"`    // of a webhook; a reference where it holds a secret
	Secret string `yaml:"secret"` // of a webhook, by reference: whsec_ and base64, with which each message is signed
	Format string `yaml:"format"` // of a webhook: standard-webhooks
	Digest string `yaml:"digest"`
	To     string `yaml:"to"`
}

// Levels are the words of server.log.
var Levels = map[string]slog.Level{"debug": slog.LevelDebug, "": slog.LevelInfo, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

// Defaults of Schedule and Server.
const (
	DefaultConcurrent  = 2
	DefaultLongest     = time.Hour
	DefaultConnections = 1024
)

// Limits returns the schedule with its defaults: how many scans run at a time,
// how long one may take. The configuration is checked when it is loaded.
func (s Schedule) Limits() (concurrent int, longest time.Duration) {
	concurrent, longest = s.Concurrent, DefaultLongest
	if concurrent == 0 {
		concurrent = DefaultConcurrent
	}
	if d, err := drover.ParseDuration(s.Longest); err == nil && s.Longest != "" {
		longest = d
	}
	return concurrent, longest
}

// JitterOf is how much later than due a scan of a source that is due so often
// may begin.
func (s Schedule) JitterOf(every time.Duration) time.Duration {
	if d, err := drover.ParseDuration(s.Jitter); err == nil && s.Jitter != "" {
		return d
	}
	return every / 10
}

// Loopback reports whether an address to listen on is reached from this machine
// only. A host that is no address, but for localhost, is not.
func Loopback(listen string) bool {
	host, _, ok := splitHostPort(listen)
	if !ok {
		return false
	}
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// Proxies returns TrustedProxies as networks. The configuration is checked when it
// is loaded: what is none is left out here.
func (s Server) Proxies() (list []netip.Prefix) {
	for _, text := range s.TrustedProxies {
		if p, err := network(text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// network reads an address, or a network in CIDR notation.
func network(text string) (netip.Prefix, error) {
	bad := fmt.Errorf("%q is no address and no network such as 10.1.0.0/24: %w", text, drover.ErrInvalid)
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, bad
	}
	if p.Addr().Is4In6() {
		return p, fmt.Errorf("%q: write an IPv4 network as such, 10.1.0.0/24: %w", text, drover.ErrInvalid)
	}
	if p.Bits() == 0 {
		return p, fmt.Errorf("%q is everybody: anybody could write any address into X-Forwarded-For: %w", text, drover.ErrInvalid)
	}
	return p.Masked(), nil
}

func (c *Config) checkServer() error {
	s := c.Server
	for i, text := range s.TrustedProxies {
		if _, err := network(text); err != nil {
			return fmt.Errorf("server.trusted_proxies[%d]: %w", i, err)
		}
	}
	if s.Listen != "" {
		if err := CheckListen(s.Listen); err != nil {
			return fmt.Errorf("server.listen: %w", err)
		}
	}
	if _, ok := Levels[s.Log]; !ok {
		return fmt.Errorf("server.log %q is none of debug, info, warn, error: %w", s.Log, drover.ErrInvalid)
	}
	if (s.TLS.Cert == "") != (s.TLS.Key == "") {
		return fmt.Errorf("server.tls needs both cert and key: %w", drover.ErrInvalid)
	}
	if s.MetricsToken != "" && !IsReference(s.MetricsToken) {
		return fmt.Errorf("server.metrics_token is a secret; keep it out of the file: write ${env:NAME} or ${file:PATH}: %w", drover.ErrInvalid)
	}
	if s.Connections < 0 || s.Connections > 1_000_000 {
		return fmt.Errorf("server.connections %d: write 1 to 1000000: %w", s.Connections, drover.ErrInvalid)
	}
	for name, raw := range map[string]string{"public_url": s.PublicURL, "otlp": s.OTLP} {
		if raw == "" || strings.Contains(raw, "${") {
			continue
		}
		if err := webURL(raw); err != nil {
			return fmt.Errorf("server.%s: %w", name, err)
		}
	}
	return c.checkSchedule()
}

// CheckListen returns an error wrapping drover.ErrInvalid for what is not
// host:port.
func CheckListen(listen string) error {
	_, port, ok := splitHostPort(listen)
	_, err := strconv.ParseUint(port, 10, 16)
	if !ok || err != nil {
		return fmt.Errorf("%q is no address to listen on; write host:port, such as %s, or port 0 for a free one: %w", listen, DefaultListen, drover.ErrInvalid)
	}
	return nil
}

// splitHostPort takes host:port apart; an IPv6 address stands in brackets.
func splitHostPort(listen string) (host, port string, ok bool) {
	i := strings.LastIndexByte(listen, ':')
	if i < 0 {
		return "", "", false
	}
	host, port = listen[:i], listen[i+1:]
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return inner, port, ok
	}
	return host, port, !strings.Contains(host, ":")
}

func webURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("want a URL such as https://drover.example.com, without user, query and fragment: %w", drover.ErrInvalid)
	}
	return nil
}

func (c *Config) checkSchedule() error {
	if n := c.Schedule.Concurrent; n < 0 || n > 64 {
		return fmt.Errorf("schedule.concurrent %d: write 1 to 64: %w", n, drover.ErrInvalid)
	}
	for name, text := range map[string]string{"longest": c.Schedule.Longest, "jitter": c.Schedule.Jitter} {
		if text == "" {
			continue
		}
		if d, err := drover.ParseDuration(text); err != nil || d < 0 || name == "longest" && d == 0 {
			return fmt.Errorf("schedule.%s %q: write a duration such as 30m: %w", name, text, drover.ErrInvalid)
		}
	}
	for name, of := range map[string]struct {
		value string
		known []string
	}{"theme": {c.UI.Theme, []string{"", "system", "light", "dark", "contrast"}}, "density": {c.UI.Density, []string{"", "compact", "comfortable"}}} {
		if !slices.Contains(of.known, of.value) {
			return fmt.Errorf("ui.%s %q is none of %s: %w", name, of.value, strings.Join(of.known[1:], ", "), drover.ErrInvalid)
		}
	}
	for i, n := range c.Notify {
		switch {
		case n.Kind == "":
			return fmt.Errorf("notify[%d]: kind must be set, such as webhook: %w", i, drover.ErrInvalid)
		case n.Kind == "webhook" && n.URL == "":
			return fmt.Errorf("notify[%d]: a webhook needs a url: %w", i, drover.ErrInvalid)
		case n.Format != "" && n.Format != "standard-webhooks":
			return fmt.Errorf("notify[%d].format %q is not standard-webhooks: %w", i, n.Format, drover.ErrInvalid)
		case n.Secret != "" && !IsReference(n.Secret):
			return fmt.Errorf("notify[%d].secret: keep it out of the file: write ${env:NAME} or ${file:PATH}: %w", i, drover.ErrInvalid)
		}
	}
	return nil
}
