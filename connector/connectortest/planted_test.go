package connectortest_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

const canary = "hunter2hunter2"

// faults are ways for a connector to be wrong, and what the contract says of
// each. Every one of them is planted into the connector below, which keeps the
// contract otherwise.
var faults = map[string]string{
	"":                "",
	"not-only-last":   "asked for section two alone, it saw something else",
	"not-only-first":  "asked for section one alone, other sections ran",
	"status-alone":    "asked for section two alone, other sections ran or ended otherwise",
	"sha256":          "came out as its SHA-256 in hex",
	"sha256-cut":      "came out as its SHA-256 in hex",
	"sha256-line":     "came out as its SHA-256 in hex",
	"sha256-base64":   "came out as its SHA-256 in base64",
	"md5":             "came out as its MD5",
	"basic":           "came out in base64",
	"log":             "came out as it is",
	"reads-dial":      "reads made 1 calls",
	"reads-http":      "reads made 1 calls",
	"reads-fail":      "reads: ",
	"reads-nothing":   "lists nothing",
	"probe":           "probe: ",
	"probe-writes":    "two scans of one source differ",
	"live":            "that is our own connection",
	"cancel-ok":       "claims to have been read to its end",
	"cancel-hidden":   "the scan reported success",
	"cancel-other":    "the scan ended with another error",
	"sink":            "the store refused every record",
	"unsorted":        "aliases are not sorted",
	"alias":           "neither shared",
	"wander":          "two scans of one source differ",
	"coverage":        "does not start with",
	"dangling":        "was not emitted",
	"section-twice":   "was run twice",
	"bad-record":      "emitted a bad record",
	"failed-section":  "section one is failed",
	"nothing-to-read": "a case must have something to see",
}

// TestPlanted runs the contract over a connector with one fault, in a process
// of its own, for a contract that finds it fails that process.
func TestPlanted(t *testing.T) {
	if fault, ok := os.LookupEnv("PLANTED_FAULT"); ok {
		planted(t, fault)
		return
	}
	for fault, want := range faults {
		t.Run("fault="+fault, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestPlanted$", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), "PLANTED_FAULT="+fault)
			out, err := cmd.CombinedOutput()
			switch {
			case fault == "" && err != nil:
				t.Errorf("the connector without a fault does not pass: %v\n%s", err, out)
			case fault != "" && err == nil:
				t.Error("the contract stayed green")
			case !strings.Contains(string(out), want):
				t.Errorf("the contract does not say %q:\n%s", want, out)
			case fault != "log" && strings.Contains(string(out), canary):
				t.Errorf("the contract printed the canary:\n%s", out)
			}
		})
	}
}

// planted runs the contract over a small honest connector, or one that is wrong
// in one way.
func planted(t *testing.T, fault string) {
	scans := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	t.Cleanup(srv.Close)
	is := func(f string) bool { return fault == f }
	get := func(ctx context.Context, s *connector.Session) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Config.Get("url"), nil)
		if err != nil {
			return err
		}
		resp, err := s.HTTP.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 100))
		return err
	}
	probed := 0
	c := &connector.Connector{
		Name: "planted", Title: "Planted", Doc: "A connector with a fault.", Verified: "documented fake: its own",
		Options: []connector.Option{{Name: "url", Help: "where"}},
		Scopes:  []connector.Scope{{Name: "none", Why: "nothing", Grant: "nothing"}},
		Reads: func(ctx context.Context, s *connector.Session, emit func(connector.Read)) error {
			switch {
			case is("reads-nothing"):
				return nil
			case is("reads-http"):
				_ = get(ctx, s)
			case is("reads-fail"):
				return fmt.Errorf("read: %w", drover.ErrTransient)
			case is("reads-dial"):
				u, err := url.Parse(s.Config.Get("url"))
				if err != nil {
					return err
				}
				if conn, err := net.Dial("tcp", u.Host); err == nil {
					conn.Close()
				}
			}
			emit(connector.Read{What: "things", Where: s.Config.Get("url")})
			return nil
		},
		Probe: func(ctx context.Context, s *connector.Session) error {
			probed++
			if is("probe") {
				return drover.ErrPermission
			}
			return get(ctx, s)
		},
	}
	c.Discover = func(ctx context.Context, s *connector.Scan) error {
		scans++
		if err := get(ctx, s.Session); err != nil && !strings.HasPrefix(fault, "cancel") {
			return err
		}
		return discover(ctx, s, fault, scans, probed)
	}
	connectortest.Run(t, connectortest.Case{Connector: c, Config: map[string][]string{"url": {srv.URL}}, Canaries: []string{"another-canary", canary},
		Self: drover.NewRef("planted", "1", "thing", "one-0")})
}

func discover(ctx context.Context, s *connector.Scan, fault string, scan, probed int) error {
	is := func(f string) bool { return fault == f }
	if is("log") {
		s.Log.Info("signed in", "password", canary)
	}
	names := []string{"one", "two", "three"}
	if is("not-only-first") && slices.Equal(s.Only, []string{"one"}) {
		s.Only = nil
	}
	seen := 0 // of section one, which only a faulty section two asks for
	for _, name := range names {
		coverage := "planted:1/" + name
		if is("coverage") {
			coverage = name
		}
		run := func(ctx context.Context, out *connector.Out) error {
			if is("failed-section") && name == "one" {
				return drover.ErrPermission
			}
			if is("nothing-to-read") {
				return nil
			}
			if is("status-alone") && name == "two" && seen == 0 {
				return drover.ErrNotFound
			}
			for i := range 5 {
				if err := ctx.Err(); err != nil && !strings.HasPrefix(fault, "cancel") {
					return err
				}
				n := node(fault, fmt.Sprintf("%s-%d", name, i), scan, probed)
				if is("not-only-last") && name == "two" && seen == 0 {
					n.Name = "unknown"
				}
				out.Node(n)
				if name == "one" {
					seen++
				}
			}
			if is("live") {
				out.Evidence(drover.Evidence{Subject: drover.NewRef("planted", "1", "thing", "one-0"), Claim: drover.ClaimLive, Source: "list", At: s.Now})
			}
			if is("dangling") {
				out.Edge(drover.Edge{From: drover.NewRef("planted", "1", "thing", "one-0"), To: drover.NewRef("planted", "1", "thing", "nine"), Kind: drover.EdgeOwns})
			}
			return nil
		}
		under := ctx
		if is("cancel-ok") {
			under = context.WithoutCancel(ctx)
		}
		err := s.Section(under, name, coverage, run)
		if is("section-twice") && err == nil {
			err = s.Section(under, name, coverage, run)
		}
		switch {
		case err == nil || is("sink") || is("cancel-hidden"):
		case is("cancel-other"):
			return fmt.Errorf("section %s did not go well", name)
		default:
			return err
		}
	}
	if is("cancel-ok") {
		return ctx.Err()
	}
	return nil
}

func node(fault, id string, scan, probed int) drover.Node {
	n := drover.Node{Ref: drover.NewRef("planted", "1", "thing", id), Kind: drover.KindIdentity, Type: "planted.thing", Name: id, Aliases: []string{"email:" + id, "planted-id:" + id}}
	attrs := map[string]any{}
	hash := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	switch fault {
	case "sha256":
		attrs["digest"] = strings.ToUpper(hash(canary))
	case "sha256-cut":
		attrs["digest"] = hash(canary)[:16]
	case "sha256-line":
		attrs["digest"] = hash(canary + "\n")
	case "sha256-base64":
		h := sha256.Sum256([]byte(canary))
		attrs["digest"] = base64.RawURLEncoding.EncodeToString(h[:])
	case "md5":
		attrs["digest"] = fmt.Sprintf("%x", md5.Sum([]byte(canary)))
	case "basic":
		attrs["header"] = base64.StdEncoding.EncodeToString([]byte("ci:" + canary + "@host"))
	case "wander":
		attrs["scan"] = scan
	case "probe-writes":
		attrs["probed"] = probed
	case "unsorted":
		n.Aliases = []string{"planted-id:" + id, "email:" + id}
	case "alias":
		n.Aliases = []string{"mail:" + id}
	case "bad-record":
		n.Kind = "gadget"
	}
	n.Attrs = drover.NewAttrs(attrs)
	return n
}
