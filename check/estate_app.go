package check

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

var appWord = NewWord([]string{"app", "part-of", "part_of", "partof", "instance", "service"},
	"partof", "app", "application", "appname", "applicationname", "instance", "service", "servicename")

// AppOf names the application that something which uses credentials belongs to, so
// that the parts and copies of one application count once: its own label (part-of,
// app, service), the application that owns or contains it, what made it, its
// computer. Where nothing says, it is an application of its own.
func (e *Estate) AppOf(row int) string {
	return e.appOf(row, 0)
}

// maxMade is over how many makers an application is looked for.
const maxMade = 3

func (e *Estate) appOf(row, depth int) string {
	if m, ok := e.Mark(row, appWord); ok {
		return "app " + strings.ToLower(m.Value)
	}
	ref := e.Graph.Ref(row)
	for h := range e.Graph.In(row) {
		switch h.Kind {
		case drover.EdgeOwns, drover.EdgeContains:
			if isApplication(e.Graph.Type(h.Row)) || e.Graph.Kind(h.Row) == drover.KindWorkload || isComputer(e.Graph.Type(h.Row)) {
				return string(e.Graph.Ref(h.Row))
			}
		case drover.EdgeCreated:
			if depth < maxMade && h.Row != row && e.Graph.Kind(h.Row) != drover.KindHuman && e.Graph.Kind(h.Row) != drover.KindIdentity {
				return e.appOf(h.Row, depth+1)
			}
		}
	}
	if ref.System() == "machine" || ref.System() == "systemd" || ref.System() == "cron" {
		return ref.System() + "/" + ref.Tenant()
	}
	return string(ref)
}

func isApplication(typ string) bool {
	switch typ[strings.LastIndexByte(typ, '.')+1:] {
	case "application", "app", "component", "system", "product", "project", "business_application", "application_service":
		return true
	}
	return false
}

func isComputer(typ string) bool {
	switch typ[strings.LastIndexByte(typ, '.')+1:] {
	case "host", "computer", "machine":
		return true
	}
	return false
}

// Apps sorts rows by the application that they belong to: the first of each, in the
// order of rows.
func (e *Estate) Apps(rows []int) (firsts []int) {
	seen := map[string]bool{}
	for _, r := range rows {
		if a := e.AppOf(r); !seen[a] {
			seen[a] = true
			firsts = append(firsts, r)
		}
	}
	return firsts
}

// Opens reports whether a credential is a secret that whoever reads it can use: no
// certificate, public key or trust.
func (e *Estate) Opens(credential int) bool {
	typ := e.Graph.Type(credential)
	for _, w := range []string{"certificate", "public_key", "authorized_key", "federat", "oidc"} {
		if strings.Contains(typ, w) {
			return false
		}
	}
	return true
}

// Synced reports whether a place was filled by a tool that copies secrets from a
// vault to where they are needed, so that both change together.
func (e *Estate) Synced(place int) bool {
	for h := range e.Graph.In(place) {
		if h.Kind != drover.EdgeCreated {
			continue
		}
		typ := e.Graph.Type(h.Row)
		switch typ[strings.LastIndexByte(typ, '.')+1:] {
		case "external_secret", "cluster_external_secret", "push_secret", "secret_provider_class", "vault_static_secret", "vault_dynamic_secret", "sealed_secret", "infisical_secret", "onepassword_item", "replicator", "certificate":
			return true
		}
	}
	return false
}

// Stopped reports whether a workload is scaled to nothing, suspended or disabled.
func (e *Estate) Stopped(workload int) bool {
	a := e.Graph.Attrs(workload)
	if n, ok := a.Int("replicas"); ok && n == 0 {
		return true
	}
	for _, f := range []string{"suspend", "suspended", "paused", "disabled"} {
		if on, _ := a.Bool(f); on {
			return true
		}
	}
	return false
}

// Computer names the computer that a row lies on: the host that contains it, what
// its source says of it, its tenant where that is a machine's id. "" where it lies
// on none.
func (e *Estate) Computer(row int) string {
	for h := range e.Graph.In(row) {
		if h.Kind == drover.EdgeContains && isComputer(e.Graph.Type(h.Row)) {
			return e.Graph.Name(h.Row)
		}
	}
	for _, f := range []string{"machine", "host", "hostname"} {
		if v := e.Graph.Str(row, f); v != "" {
			return v
		}
	}
	if ref := e.Graph.Ref(row); ref.System() == "machine" {
		return ref.Tenant()
	}
	return ""
}

// Sides sorts what a credential is for by environment: the accounts that it proves,
// the places that it lies in and who reads it, of production and of development and
// test. Nothing is returned for a credential that is on one side only.
func (e *Estate) Sides(credential int) (prod, lower []int) {
	if !e.mixed(credential) {
		return nil, nil
	}
	e.eachSide(credential, func(row int, production bool) {
		if production && !slices.Contains(prod, row) {
			prod = append(prod, row)
		} else if !production && !slices.Contains(lower, row) {
			lower = append(lower, row)
		}
	})
	return prod, lower
}

func (e *Estate) mixed(credential int) bool {
	prod, lower := false, false
	e.eachSide(credential, func(_ int, production bool) {
		prod, lower = prod || production, lower || !production
	})
	return prod && lower
}

func (e *Estate) eachSide(credential int, take func(row int, production bool)) {
	sort := func(row int) {
		if env := e.Env(row); Production(env) {
			take(row, true)
		} else if Lower(env) {
			take(row, false)
		}
	}
	readers := func(of int) {
		for h := range e.Graph.In(of) {
			if h.Kind == drover.EdgeReadsSecret {
				sort(h.Row)
			}
		}
	}
	readers(credential)
	for h := range e.Graph.Out(credential) {
		switch h.Kind {
		case drover.EdgeAuthenticates:
			sort(h.Row)
		case drover.EdgeStoredIn:
			sort(h.Row)
			readers(h.Row)
		}
	}
}
