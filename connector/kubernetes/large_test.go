package kubernetes

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

// A cluster of many objects is read in bounded memory: what is held of one is its
// name, not its contents. The server is a fake that knows lists only.
func TestManyObjects(t *testing.T) {
	n := 3000
	if os.Getenv("DROVER_TEST_FULL") != "" {
		n = 100_000
	}
	padding := strings.Repeat("x", 4<<10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch path := r.URL.Path; {
		case path == "/apis":
			_, _ = io.WriteString(w, `{"kind":"APIGroupList","groups":[]}`)
		case path == "/api/v1":
			_, _ = io.WriteString(w, `{"kind":"APIResourceList","resources":[{"name":"namespaces"},{"name":"serviceaccounts"},{"name":"pods"},{"name":"secrets"},{"name":"nodes"}]}`)
		case path == "/version":
			_, _ = io.WriteString(w, `{"gitVersion":"v1.36.3"}`)
		case strings.HasSuffix(path, "/kube-system"):
			_, _ = io.WriteString(w, `{"metadata":{"name":"kube-system","uid":"cluster"}}`)
		case strings.HasSuffix(path, "/pods") && q.Get("limit") != "":
			from, _ := strconv.Atoi(q.Get("continue"))
			limit, _ := strconv.Atoi(q.Get("limit"))
			to := min(n, from+limit)
			next := ""
			if to < n {
				next = strconv.Itoa(to)
			}
			fmt.Fprintf(w, `{"kind":"PodList","metadata":{"resourceVersion":"7","continue":%q},"items":[`, next)
			for i := from; i < to; i++ {
				if i > from {
					_, _ = io.WriteString(w, ",")
				}
				fmt.Fprintf(w, `{"metadata":{"name":"p-%d","namespace":"n","uid":"u-%d","annotations":{"a":%q}},"spec":{"serviceAccountName":"s","containers":[{"name":"c","image":"i"}]}}`, i, i, padding)
			}
			_, _ = io.WriteString(w, `]}`)
		case strings.HasPrefix(path, "/api/v1/"):
			_, _ = io.WriteString(w, `{"kind":"List","metadata":{"resourceVersion":"7"},"items":[]}`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	s := &connector.Scan{Session: connectortest.Session(t, Connector, map[string][]string{"server": {server.URL}}, new(bytes.Buffer)), Only: []string{"pods"}}
	var count int
	var peak uint64
	s.Open = func(context.Context, string, string) (connector.Sink, error) {
		return watch{t, func(r drover.Record) {
			if r.Node == nil || r.Node.Type != "kubernetes.pod" {
				return
			}
			if count++; count%(n/10) == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}}, nil
	}
	if err := Connector.Discover(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if count != n {
		t.Errorf("%d pods of %d", count, n)
	}
	most := uint64(64<<20 + 1024*n)
	if peak > most {
		t.Errorf("%d MiB were held, more than %d", peak>>20, most>>20)
	}
	t.Logf("%d pods of 4 KiB, at most %d MiB held", n, peak>>20)
}

// A watch is a sink that looks at records.
type watch struct {
	t   *testing.T
	put func(drover.Record)
}

func (c watch) Put(_ string, r drover.Record) error { c.put(r); return r.Valid() }
func (watch) Keep(string) error                     { return nil }
func (c watch) Close(s drover.Section) error {
	if s.Status != drover.StatusOK {
		c.t.Errorf("section %s is %s: %s %v", s.Name, s.Status, s.Error, s.Notes)
	}
	return nil
}
