package serve

import (
	"context"
	"net/http"

	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/web"
)

// mount makes what answers requests.
func (x *server) mount(_ context.Context, undo *closers) error {
	if err := x.openTraces(undo); err != nil {
		return err
	}
	x.metrics = newMetrics(x.Version, x.Commit, x.gauges)
	page, err := web.New()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", x.healthz)
	mux.HandleFunc("GET /readyz", x.readyz)
	mux.Handle("GET /metrics", x.metricsPage())
	x.addLocal(mux)
	mux.Handle("/", page)
	x.mounted = routed(mux)
	return nil
}

// routed tells the call which pattern it met.
func routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r)
		if c, ok := r.Context().Value(callKey{}).(*call); ok && c.route == "" {
			c.route = pathOf(r.Pattern)
		}
	})
}

// pathOf is a pattern without its method.
func pathOf(pattern string) string {
	for i := range pattern {
		if pattern[i] == ' ' {
			return pattern[i+1:]
		}
	}
	return pattern
}

// loginLink makes a link that signs in as the local administrator, once.
func (x *server) loginLink(context.Context) (*local.Link, error) {
	return &local.Link{URL: x.url}, nil
}

// signIn reports whether people or machines of other places can sign in.
func (x *server) signIn() bool { return x.Config.Auth != nil }
