//go:build unix

package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	root "github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/realtest"
)

// benchSize is how many identities a benchmark has; the figures of
// docs/performance.md are made with DROVER_BENCH_N=1000000.
func benchSize() int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_BENCH_N")); err == nil && n > 0 {
		return n
	}
	return 50_000
}

// crowd is a connector that says n identities with attributes of 400 bytes and an
// alias, two people for each hundred, and three edges each, half of the estate held
// from one identity.
func crowd(n int) *connector.Connector {
	envs := [3]string{"prod", "dev", "stage"}
	return &connector.Connector{Name: "crowd", Title: "Crowd", Doc: "Identities for benchmarks.", Verified: "made up", Scopes: []connector.Scope{{Name: "none", Why: "nothing is read", Grant: "none"}},
		Reads: func(context.Context, *connector.Session, func(connector.Read)) error { return nil },
		Probe: func(context.Context, *connector.Session) error { return nil },
		Discover: func(ctx context.Context, s *connector.Scan) error {
			return s.Section(ctx, "identities", "crowd:identities", func(ctx context.Context, out *connector.Out) error {
				pad := strings.Repeat("x", 220)
				ref := func(i int) root.Ref {
					return root.NewRef("crowd", "acme", "crowd.account", strconv.Itoa(i))
				}
				for i := range n {
					if i%4096 == 0 && ctx.Err() != nil {
						return ctx.Err()
					}
					attrs := fmt.Sprintf(`{"department":"d%d","description":"%s","enabled":true,"mail":"team%d@corp.test","number":%d,"owner":"u%d","tags":{"cost":"c%d","env":"%s"}}`, i%50, pad, i%200, i, i%500, i%30, envs[i%3])
					out.Node(root.Node{Ref: ref(i), Kind: root.KindIdentity, Type: "crowd.service_account", Name: fmt.Sprintf("svc-%s-app%d-%d", envs[i%3], i%977, i), Aliases: []string{"acme:" + strconv.Itoa(i)},
						Created: time.Date(2025, 1, 1+i%300, 0, 0, 0, 0, time.UTC), Attrs: root.Attrs(attrs)})
					for k, kind := range []root.EdgeKind{root.EdgeAuthenticates, root.EdgeMemberOf, root.EdgeCanAssume} {
						out.Edge(root.Edge{From: ref(i), To: ref((i*(7+k) + k) % n), Kind: kind, Proof: "row"})
					}
				}
				return nil
			})
		}}
}

// asks are what a page asks for; NUMBER is another number each time.
var asks = []struct{ name, path string }{
	{"list", "/identities?page_size=50"},
	{"list by last use", "/identities?page_size=50&order_by=-last_used"},
	{"list by risk", "/identities?page_size=50&order_by=-risk"},
	{"reach, use and due of a page", "/identities?page_size=50&order_by=-risk&fields=id,reach,activity,next_due"},
	{"reach, use and due, never asked before", "/identities?page_size=50&order_by=-last_used&fields=id,reach,activity,next_due&filter=" + url.QueryEscape("env=prod age>NUMBERd")},
	{"filter, never asked before", "/identities?page_size=50&filter=" + url.QueryEscape("env=prod age>NUMBERd")},
	{"facets, never asked before", "/identities?page_size=50&facets=env,type,owner,lifecycle,source,risk&filter=" + url.QueryEscape("env=dev age>NUMBERd")},
	{"facets of all", "/identities?page_size=50&facets=env,type,owner,lifecycle,source,risk"},
	{"part of a name, never asked before", "/identities?page_size=50&filter=" + url.QueryEscape("name:appNUMBER")},
	{"word, never asked before", "/identities?page_size=50&filter=" + url.QueryEscape("prod-appNUMBER")},
	{"search box", "/search?q=appNUMBER"},
	{"show", "/identities/" + url.PathEscape("crowd/acme/crowd.account/NUMBER")},
	{"show by alias", "/identities/acme:NUMBER"},
	{"summary", "/summary"},
	{"home", "/home"},
	{"risks", "/risks?page_size=50"},
	{"what nobody owns", "/owner-items?page_size=50"},
}

// BenchmarkServe measures what a reader of the page waits for, through the whole
// handler: CPU of the process for each request, what works in the background
// included, and by the clock.
func BenchmarkServe(b *testing.B) {
	for _, driver := range []string{"sqlite", "postgres"} {
		b.Run(driver, func(b *testing.B) { benchServe(b, driver) })
	}
}

func benchServe(b *testing.B, driver string) {
	n := benchSize()
	cfg := &config.Config{Version: 1, Sources: []config.Source{{ID: "crowd", Kind: "crowd"}}}
	if driver == "postgres" {
		pg := realtest.Postgres(b, "18")
		b.Setenv("DROVER_BENCH_STORE", pg.DSN(pg.NewDatabase(b)))
		cfg.Store = config.Store{Driver: "postgres", DSN: "${env:DROVER_BENCH_STORE}"}
	}
	home := b.TempDir()
	open := func(keep bool) *engine.Engine {
		e, err := engine.Open(b.Context(), engine.Options{Connectors: []*connector.Connector{crowd(n)}, Config: cfg, Home: home, User: "tester", Keep: keep})
		if err != nil {
			b.Fatal(err)
		}
		return e
	}
	e := open(false)
	if _, err := e.Scan(b.Context(), engine.ScanRequest{}); err != nil {
		b.Fatal(err)
	}
	if _, err := e.Effects(b.Context(), time.Time{}); err != nil { // writes the files
		b.Fatal(err)
	}
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	runtime.GC()

	var h http.Handler
	b.Run("boot", func(b *testing.B) {
		start, used := time.Now(), cpuTime()
		e = open(true)
		h = api.New(api.Options{Engine: e, Rate: 1e6, Burst: 1e6, Authenticate: func(*http.Request) (authz.Caller, error) { return authz.Local("tester"), nil }})
		ask(b, h, "/identities?page_size=50")
		b.ReportMetric(time.Since(start).Seconds(), "first-answer-s")
		b.ReportMetric((cpuTime() - used).Seconds(), "cpu-s")
		b.ReportMetric(0, "ns/op")
	})
	defer e.Close()
	ask(b, h, "/identities?page_size=1&order_by=-risk") // what is warmed up in the background
	ask(b, h, "/home")                                  // the last of it
	for _, a := range asks {
		b.Run(strings.ReplaceAll(a.name, " ", "_"), func(b *testing.B) {
			next := 0
			measure(b, h, func() string {
				next++
				return strings.ReplaceAll(a.path, "NUMBER", strconv.Itoa(next*3%n))
			})
		})
	}
	b.Run("deep_pages", func(b *testing.B) {
		token := ""
		measure(b, h, func() string {
			return "/identities?page_size=50&order_by=-last_used&page_token=" + url.QueryEscape(token)
		}, func(body []byte) { token = between(body, `"next_page_token":"`, `"`) })
	})
	b.Run("blast_radius", func(b *testing.B) {
		var cpu []float64
		for i := range 20 {
			used := cpuTime()
			if _, err := e.Blast(b.Context(), fmt.Sprintf("crowd/acme/crowd.account/%d", i*37), time.Time{}, engine.ReachOptions{Limit: 50}); err != nil {
				b.Fatal(err)
			}
			cpu = append(cpu, (cpuTime()-used).Seconds()*1e3)
		}
		slices.Sort(cpu)
		b.ReportMetric(cpu[len(cpu)/2], "p50-cpu-ms")
		b.ReportMetric(cpu[len(cpu)-1], "worst-cpu-ms")
		b.ReportMetric(0, "ns/op")
	})
	b.Run("flat", func(b *testing.B) { flat(b, h, n) })
	b.Run("swap", func(b *testing.B) { swap(b, e, h, n) })
}

const requests = 200

// measure makes requests one after another.
func measure(b *testing.B, h http.Handler, path func() string, see ...func([]byte)) {
	var cpu, wall []float64
	bytes, began := 0, cpuTime()
	for i := range requests + 1 {
		start, used := time.Now(), cpuTime()
		body := ask(b, h, path())
		if i == 0 {
			b.ReportMetric((cpuTime()-used).Seconds()*1e3, "first-cpu-ms")
		} else {
			cpu = append(cpu, (cpuTime()-used).Seconds()*1e3)
			wall = append(wall, time.Since(start).Seconds()*1e3)
		}
		bytes = max(bytes, len(body))
		for _, f := range see {
			f(body)
		}
		if i >= 20 && cpuTime()-began > 20*time.Second {
			break // it costs a second each; twenty say as much
		}
	}
	slices.Sort(cpu)
	slices.Sort(wall)
	for _, p := range []int{50, 95, 99} {
		b.ReportMetric(cpu[len(cpu)*p/100], fmt.Sprintf("p%d-cpu-ms", p))
	}
	b.ReportMetric(wall[len(wall)*50/100], "p50-ms")
	b.ReportMetric(wall[len(wall)*99/100], "p99-ms")
	b.ReportMetric(float64(bytes)/1e3, "kB")
	b.ReportMetric(0, "ns/op")
}

// flat makes ten thousand requests of every sort and says how memory grew.
func flat(b *testing.B, h http.Handler, n int) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	light := slices.DeleteFunc(slices.Clone(asks), func(a struct{ name, path string }) bool {
		return a.name == "show by alias"
	})
	used := cpuTime()
	for i := range 10_000 {
		ask(b, h, strings.ReplaceAll(light[i%len(light)].path, "NUMBER", strconv.Itoa(i*7%n)))
	}
	b.ReportMetric((cpuTime()-used).Seconds()*1e3/10_000, "cpu-ms/request")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(before.HeapAlloc)/1e6, "heap-before-MB")
	b.ReportMetric(float64(after.HeapAlloc)/1e6, "heap-after-MB")
	b.ReportMetric(0, "ns/op")
}

// swap writes while somebody reads: nobody waits for what is made.
func swap(b *testing.B, e *engine.Engine, h http.Handler, n int) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	var worst, count atomic.Int64
	wg.Go(func() {
		for i := 0; !stop.Load(); i++ {
			start := time.Now()
			ask(b, h, strings.ReplaceAll(asks[i%4].path, "NUMBER", strconv.Itoa(i%300)))
			if d := int64(time.Since(start)); d > worst.Load() {
				worst.Store(d)
			}
			count.Add(1)
			time.Sleep(5 * time.Millisecond)
		}
	})
	start, used := time.Now(), cpuTime()
	if _, err := e.SetTags(b.Context(), fmt.Sprintf("crowd/acme/crowd.account/%d", n/2), map[string]string{"x": "y"}, nil); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), "write-s")
	if err := e.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), "shown-s")
	b.ReportMetric((cpuTime() - used).Seconds(), "cpu-s")
	stop.Store(true)
	wg.Wait()
	b.ReportMetric(float64(worst.Load())/1e6, "worst-read-ms")
	b.ReportMetric(float64(count.Load()), "reads")
	b.ReportMetric(0, "ns/op")
}

func ask(b *testing.B, h http.Handler, path string) []byte {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), "GET", api.Base+path, nil))
	if w.Code != http.StatusOK {
		b.Fatalf("GET %s: %d %.500s", path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func between(body []byte, from, to string) string {
	_, rest, _ := strings.Cut(string(body), from)
	text, _, _ := strings.Cut(rest, to)
	return text
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
