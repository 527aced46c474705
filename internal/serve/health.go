package serve

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// probes are the paths that answer whoever asks, by whatever name.
var probes = map[string]bool{"/healthz": true, "/readyz": true}

// healthz says that the process answers.
func (x *server) healthz(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") }

// A Readiness is /readyz for those who may see more than one word.
type readiness struct {
	Ready      bool   `json:"ready"`
	Store      string `json:"store"`    // ok, or what is wrong
	Snapshot   string `json:"snapshot"` // loaded, loading
	Generation int64  `json:"generation"`
	Disk       string `json:"disk"`      // of the data directory: ok, low, full; "": not known
	DiskFree   int64  `json:"disk_free"` // bytes
}

// readyz says whether requests can be answered: the store is reached and the
// snapshot is loaded. Strangers learn no more than that, and whether the disk is full:
// then what is there can be read and nothing can be written, so that a server which is
// taken out of service for it would serve less.
func (x *server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	v := readiness{Store: "ok", Snapshot: "loading"}
	gen, err := x.engine.Store().Latest(ctx)
	if err != nil {
		v.Store = "cannot be reached"
		x.Log.ErrorContext(ctx, "not ready: the store cannot be reached", "err", err)
	}
	if x.ready.Load() {
		v.Snapshot = "loaded"
	}
	v.Generation = gen.ID
	v.Ready = err == nil && x.ready.Load() && x.stopping.Err() == nil
	room := x.engine.Room()
	v.Disk, v.DiskFree = room.State, room.Free
	x.tellRoom(ctx, room)
	status, word := http.StatusOK, "ready"
	if room.State == "full" {
		word = "ready to read; the disk is full"
	}
	if !v.Ready {
		status, word = http.StatusServiceUnavailable, "not ready"
	}
	if !x.trusted(r) {
		say(w, status, word)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// tellRoom logs when the disk gets full, and when it has room again.
func (x *server) tellRoom(ctx context.Context, r engine.Room) {
	if before, _ := x.room.Swap(r.State).(string); before == r.State || before == "" && r.State == "ok" {
		return
	}
	switch r.State {
	case "full":
		x.Log.ErrorContext(ctx, "the disk of the data directory is full: nothing can be written, nobody can sign in", "free", r.Free)
	case "low":
		x.Log.WarnContext(ctx, "the disk of the data directory is nearly full", "free", r.Free)
	default:
		x.Log.InfoContext(ctx, "the disk of the data directory has room", "free", r.Free)
	}
}

func say(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(word + "\n"))
}

// trusted reports whether a request may see how the server is: by the socket,
// with the metrics token, or from this machine and not through a proxy on it.
func (x *server) trusted(r *http.Request) bool {
	if bySocket(r) {
		return true
	}
	if shown := r.Header.Get("Authorization"); shown != "" {
		given, _ := strings.CutPrefix(shown, "Bearer ")
		return x.metricsToken != "" && subtle.ConstantTimeCompare([]byte(given), []byte(x.metricsToken)) == 1
	}
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && a.Addr().Unmap().IsLoopback() && loopbackHosts.allow(r.Host)
}

var loopbackHosts = hosts{"localhost": true}

// tokens resolves what the configuration refers to.
func (x *server) tokens() (err error) {
	x.metricsToken, err = config.Resolve(x.Config.Server.MetricsToken)
	return err
}
