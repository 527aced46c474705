// Package kubescript changes a real Kubernetes API server at random and knows
// what should be in it afterwards: namespaces, service accounts, roles, bindings,
// workloads and secrets. It is the independent replay that a history of scans is
// compared with, so it shares no code with any connector: it speaks plain HTTP,
// follows the meaning of each request, and asks the server for nothing but the
// uids of what it has made.
//
// A World is the model. Step invents the requests of one change and Apply makes
// them; Nodes and Edges say what an inventory should have now.
package kubescript

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A World is what the scripts have made so far in one cluster. Its names bear a
// prefix, for a cluster has others.
type World struct {
	prefix     string
	made       int
	kinds      map[string]string   // uid -> kind, of all that were ever made
	graves     map[string][]string // kind and namespace -> names that were deleted
	namespaces []*object
	accounts   []*account
	roles      []*role
	bindings   []*binding
	workloads  []*workload
	secrets    []*secret
}

// An object is what all objects have. A namespace of "" is a cluster's own.
type object struct {
	kind     string // the word in refs: "service_account"
	ns, name string
	uid      string // as the server answered
	rev      int    // in the label "rev", changed to change something
}

type account struct {
	object
	automount *bool
	cloud     string // IAM role that an annotation declares
	pull      string // image pull secret
}

type role struct {
	object
	rules int
}

type binding struct {
	object
	roleKind, role string // by name: it may not be there, or be another by now
	subjects       []subject
}

type subject struct{ kind, ns, name string }

type workload struct {
	object
	account string // by name
	env     string // secret, by name; "" none
	pull    string // of a pod: the image pull secret that the account had when it was made
}

type secret struct {
	object
	account string // whose token it holds, by name; "": it holds none
}

// New returns an empty world. The prefix, of lower-case letters, sets its names
// apart.
func New(prefix string) *World {
	return &World{prefix: prefix, kinds: map[string]string{}, graves: map[string][]string{}}
}

// spice makes names of RBAC, users and groups that lines, terminals, paths and
// encodings stumble over. Path segments take no "/" and no "%".
var spice = []string{"", "", ":admin", " space", `"quote`, "'tick", "\nline", "\x1b[31m", "\u202Ebidi", "Üñí€", `\back`, "?q=1&x#f", "+", ";--", strings.Repeat("x", 200)}

// plain are what names of other objects may end in (RFC 1123, subdomain).
var plain = []string{"", "", "-svc", ".dots.example.com", "-prod-api", "." + strings.Repeat("y", 63)}

// name invents a name, or takes that of an object of the kind that is no more.
func (w *World) name(rng *rand.Rand, kind, ns string, ends []string) string {
	key := kind + "/" + ns
	if dead := w.graves[key]; len(dead) > 0 && rng.IntN(2) == 0 {
		i := rng.IntN(len(dead))
		name := dead[i]
		w.graves[key] = append(dead[:i:i], dead[i+1:]...)
		return name
	}
	w.made++
	return fmt.Sprintf("%s-%d%s", w.prefix, w.made, ends[rng.IntN(len(ends))])
}

func (w *World) bury(o *object) {
	key := o.kind + "/" + o.ns
	w.graves[key] = append(w.graves[key], o.name)
}

// Step changes the model and returns the requests, of one to six changes, that
// bring a server in the world's state to the new one. They must be applied at
// once.
func (w *World) Step(rng *rand.Rand) []Request {
	var out []Request
	for range 1 + rng.IntN(6) {
		out = append(out, w.change(rng)...)
	}
	return out
}

// change picks one kind of change that is possible now. The weights let a world
// grow to some dozens of objects and stay there.
func (w *World) change(rng *rand.Rand) []Request {
	for {
		var r []Request
		switch n := rng.IntN(100); {
		case len(w.namespaces) < 2 || n < 3 && len(w.namespaces) < 6:
			r = w.createNamespace(rng)
		case n < 5:
			r = w.changeNamespace(rng)
		case n < 7:
			r = w.deleteNamespace(rng)
		case n < 17 && len(w.accounts) < 40:
			r = w.createAccount(rng)
		case n < 25:
			r = w.changeAccount(rng)
		case n < 31:
			r = w.deleteAccount(rng)
		case n < 39 && len(w.roles) < 30:
			r = w.createRole(rng)
		case n < 43:
			r = w.changeRole(rng)
		case n < 48:
			r = w.deleteRole(rng)
		case n < 58 && len(w.bindings) < 40:
			r = w.createBinding(rng)
		case n < 65:
			r = w.changeBinding(rng)
		case n < 71:
			r = w.deleteBinding(rng)
		case n < 79 && len(w.workloads) < 30:
			r = w.createWorkload(rng)
		case n < 84:
			r = w.changeWorkload(rng)
		case n < 89:
			r = w.deleteWorkload(rng)
		case n < 96 && len(w.secrets) < 25:
			r = w.createSecret(rng)
		default:
			r = w.deleteSecret(rng)
		}
		if len(r) > 0 {
			return r
		}
	}
}

// Kind is the kind of an object that the scripts made at any time, by its uid:
// "service_account", "role_binding"; "" of others.
func (w *World) Kind(uid string) string { return w.kinds[uid] }

// Apply makes the requests of the last Step and learns the uids of what they
// made. An error means that server and world no longer agree.
func (w *World) Apply(ctx context.Context, s *Server, step []Request) error {
	for _, r := range step {
		if err := s.do(ctx, r); err != nil {
			return err
		}
		if r.made != nil {
			w.kinds[r.made.uid] = r.made.kind
		}
	}
	return nil
}

// Clear returns the requests that remove everything of the world.
func (w *World) Clear() []Request {
	var out []Request
	for len(w.namespaces) > 0 {
		out = append(out, w.dropNamespace(0)...)
	}
	for len(w.bindings) > 0 {
		out = append(out, w.dropBinding(0)...)
	}
	for len(w.roles) > 0 {
		out = append(out, w.dropRole(0)...)
	}
	return out
}
