package serve

import (
	"context"
	"net/http"

	"github.com/droverhq/drover/internal/api"
	"github.com/droverhq/drover/internal/authz"
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
	door := &api.Door{Engine: x.engine, Log: x.Log, URL: x.url, Peer: x.peer, Proxies: x.Config.Server.Proxies()}
	door.Handle(mux)
	a, err := x.api(door)
	if err != nil {
		return err
	}
	undo.add(a.Close)
	mux.Handle("/api/", a)
	mux.Handle("/", page)
	x.mounted = routed(mux)
	return nil
}

// api is the API, which learns from us who calls.
func (x *server) api(door *api.Door) (*api.Server, error) {
	key, err := x.engine.DerivedKey("page tokens")
	if err != nil {
		return nil, err
	}
	return api.New(api.Options{
		Engine: x.engine, Log: x.Log, Now: x.Now, Version: x.Version, Commit: x.Commit, Date: x.Date, PublicURL: x.url, Proxies: x.Config.Server.Proxies(), PageKey: key, Authenticate: door.Authenticate,
		Observe: func(o api.Observed) {
			if c, ok := x.calls.Load(o.RequestID); ok {
				c.(*call).route = o.Route
			}
		},
	}), nil
}

// peer says who makes a call by the socket: whoever owns this data directory.
func (x *server) peer(r *http.Request) (authz.Caller, bool) {
	return authz.Local(x.User), bySocket(r)
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

// loginLink makes a link that signs in a user once; "" is the local administrator.
func (x *server) loginLink(ctx context.Context, who string) (*local.Link, error) {
	link, err := x.engine.LoginLink(ctx, who)
	if err != nil {
		return nil, err
	}
	return &local.Link{URL: x.url + "/login?token=" + link.Value.Reveal(), Expires: link.Expires}, nil
}

// signIn reports whether people or machines of other places can sign in.
func (x *server) signIn() bool {
	return x.Config.Auth.OIDC.Issuer != "" || len(x.Config.Auth.Workload) > 0
}
