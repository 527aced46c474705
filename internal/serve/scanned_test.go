package serve_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/demo"
	"github.com/droverhq/drover/internal/engine"
)

// scannedAsks are what a reader asks of one identity; ID is another one each time.
var scannedAsks = []struct{ name, path string }{
	{"one identity", "/identities/ID"},
	{"blast radius", "/identities/ID/blast-radius?limit=50"},
	{"blast radius, again", "/identities/ID/blast-radius?limit=50"},
	{"rings", "/graph/rings?from=ID"},
	{"lanes to tier 0", "/graph/lanes?to=tier0&from=ID"},
	{"ways to tier 0", "/paths?to=tier0&limit=20&from=ID"},
	{"what breaks", "/identities/ID/dependents"},
}

// BenchmarkScanned asks about each of the thousand riskiest identities of a random estate
// that came in through a scan of its files and answers: the handler's time by the clock,
// one request after another. DROVER_BENCH_N is its size; DROVER_BENCH_HOME and
// DROVER_BENCH_ESTATE name a data directory that is there already, with its estate.
func BenchmarkScanned(b *testing.B) {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("DROVER_BENCH_N"), "20000"))
	if err != nil {
		b.Fatal(err)
	}
	home, estate := os.Getenv("DROVER_BENCH_HOME"), os.Getenv("DROVER_BENCH_ESTATE")
	made := home == ""
	if made {
		home, estate = b.TempDir(), filepath.Join(b.TempDir(), "estate")
		if _, err := demo.Generate(demo.Options{Dir: estate, Now: time.Now(), Seed: 11, Identities: n, Faults: 300}); err != nil {
			b.Fatal(err)
		}
	}
	b.Chdir(estate)
	cfg, err := config.Load("drover.yaml", os.Environ())
	if err != nil {
		b.Fatal(err)
	}
	e, err := engine.Open(b.Context(), engine.Options{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Systems: builtin.Systems, Config: cfg, Home: home, User: "bench", Keep: true})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	if made {
		if _, err := e.Scan(b.Context(), engine.ScanRequest{}); err != nil {
			b.Fatal(err)
		}
	}
	h := api.New(api.Options{Engine: e, Rate: 1e6, Burst: 1e6, Authenticate: func(*http.Request) (authz.Caller, error) { return authz.Local("bench"), nil }})
	ids := riskiest(b, h, 1000)
	get(b, h, "/home")
	get(b, h, "/graph/lanes?to=tier0&from="+url.QueryEscape(ids[0])) // nothing works in the background once it is answered
	for _, a := range scannedAsks {
		b.Run(a.name, func(b *testing.B) {
			var wall []float64
			largest := 0
			for _, id := range ids {
				start := time.Now()
				body := get(b, h, replaceID(a.path, id))
				wall, largest = append(wall, time.Since(start).Seconds()*1e3), max(largest, len(body))
			}
			slices.Sort(wall)
			for _, p := range []int{50, 95, 99} {
				b.ReportMetric(wall[len(wall)*p/100], fmt.Sprintf("p%d-ms", p))
			}
			b.ReportMetric(wall[len(wall)-1], "worst-ms")
			b.ReportMetric(float64(largest)/1e3, "kB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func replaceID(path, id string) string {
	u, err := url.Parse(path)
	if err != nil {
		panic(err) // a constant
	}
	if q := u.Query(); q.Get("from") == "ID" {
		q.Set("from", id)
		u.RawQuery = q.Encode()
		return u.String()
	}
	return "/identities/" + url.PathEscape(id) + path[len("/identities/ID"):]
}

// riskiest are the identities of most risk.
func riskiest(b *testing.B, h http.Handler, n int) (ids []string) {
	for token := ""; len(ids) < n; {
		var page struct {
			Items []struct{ ID string }
			Next  string `json:"next_page_token"`
		}
		if err := json.Unmarshal(get(b, h, "/identities?page_size=200&order_by=-risk&fields=id&page_token="+url.QueryEscape(token)), &page); err != nil {
			b.Fatal(err)
		}
		for _, it := range page.Items {
			ids = append(ids, it.ID)
		}
		if token = page.Next; token == "" {
			break
		}
	}
	return ids[:min(n, len(ids))]
}

func get(b *testing.B, h http.Handler, path string) []byte {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), "GET", api.Base+path, nil))
	if w.Code != http.StatusOK {
		b.Fatalf("GET %s: %d %.500s", path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}
