package demo

import (
	"strings"

	"github.com/droverhq/drover"
)

// An identity is one non-human identity as the estate thinks of it, before its
// platform writes it in its vendor's form. Days count backwards from now.
type identity struct {
	p        *platform
	id, name string
	ref      drover.Ref
	team     *team
	owner    *person // beside the team; nil: the team alone
	unowned  bool    // neither
	sole     bool    // the owner alone, not the team
	creator  *person
	env      string
	function string
	region   string
	born     float64 // days ago
	ended    float64 // days ago; 0: it is still there
	use      use
	purpose  string
	creds    []*credential
	aliases  []string
	attrs    map[string]any    // more, in the vendor's own words
	tags     map[string]string // more tags; "" takes one away
	manual   bool              // made by hand, not by the house's Terraform
	grants   []string          // what it may do, in words of its platform
	extra    func(w *world, out *file)
}

// A use is when something was last used.
type use struct {
	ago     float64 // days
	every   float64 // days between one use and the next; 0: this was the only one
	never   bool    // its source saw none since it was made
	unknown bool    // nobody looks
	word    string  // of the program or session that came with the last use
}

// A credential proves an identity.
type credential struct {
	id, typ, name string
	ref           drover.Ref
	born          float64 // days ago
	rotated       float64 // days ago; 0: when it was made
	every         float64 // days from one rotation to the next; 0: it was not rotated before
	expires       float64 // days from now; 0: see endless
	endless       bool    // it has no end
	use           use
	off           bool
	mute          bool // nothing says whether it still works
	attrs         map[string]any
	places        []place
	aliases       []string
}

// A place is where the secret of a credential lies.
type place struct {
	ref   drover.Ref
	typ   string
	name  string
	attrs map[string]any
	born  float64
	of    []drover.Ref // who reads it there: workloads, identities
}

func (c *credential) place(p place) { c.places = append(c.places, p) }

// tagged are the tags of an identity, as Terraform sets them in this house.
func (w *world) tagged(i *identity) map[string]string {
	m := map[string]string{"environment": i.env, "service": i.function, "purpose": i.purpose, "business-unit": i.team.unit}
	if !i.unowned {
		m["owner"] = i.team.mail(w.org)
		if i.owner != nil {
			m["owner"] = i.owner.mail(w.org)
		}
		if !i.sole {
			m["team"], m["team-email"] = i.team.name, i.team.mail(w.org)
		}
	}
	if !i.manual {
		m["managed-by"] = "terraform"
		m["repository"] = "https://github.com/" + w.org.slug + "/" + i.team.name + "-infra"
	}
	for k, v := range i.tags {
		if m[k] = v; v == "" {
			delete(m, k)
		}
	}
	return m
}

// owned writes who owns and who made an identity.
func (w *world) owned(out *file, i *identity) {
	if !i.unowned {
		if i.owner != nil {
			out.edge(i.owner.ref(), i.ref, drover.EdgeOwns, "tag owner")
		}
		if !i.sole {
			out.edge(i.team.ref, i.ref, drover.EdgeOwns, "tag team")
		}
	}
	if i.creator != nil {
		out.edge(i.creator.ref(), i.ref, drover.EdgeCreated, "audit log")
	}
}

// used writes what a source says of the use of a subject that was born so long ago.
func (w *world) used(out *file, subject drover.Ref, source string, u use, born float64) {
	if u.unknown || source == "" {
		return
	}
	if !u.never {
		if ago, ok := w.last(u.ago, u.every, born); ok {
			out.evidence(drover.Evidence{Subject: subject, Claim: drover.ClaimLastUsed, Source: source, At: w.ago(ago), Value: u.word})
			return
		}
	}
	// It was looked for since it was made, and for 400 days at most.
	window := min(born-w.age(), 400)
	out.evidence(drover.Evidence{Subject: subject, Claim: drover.ClaimNeverUsed, Source: source, Window: w.at.Sub(w.ago(window + w.age()))})
}

// credentials writes the credentials of an identity, and where they lie.
func (w *world) credentials(out *file, i *identity, source string) {
	for _, c := range i.creds {
		if !w.seen(c.born, 0) {
			continue
		}
		w.credential(out, c)
		out.edge(c.ref, i.ref, drover.EdgeAuthenticates, "")
		w.used(out, c.ref, source, c.use, c.born)
	}
}

// credential writes one, as the moment knew it: before its last rotation it had
// another one behind it, so many days earlier.
func (w *world) credential(out *file, c *credential) {
	n := drover.Node{Ref: c.ref, Kind: drover.KindCredential, Type: c.typ, Name: c.name, Aliases: c.aliases, Created: w.ago(c.born)}
	attrs := map[string]any{}
	for k, v := range c.attrs {
		attrs[k] = v
	}
	shift := 0.0
	if c.rotated > 0 {
		ago, ok := w.last(c.rotated, c.every, c.born)
		if ok {
			n.Rotated = w.ago(ago)
			shift = ago - c.rotated
		}
	}
	if c.expires != 0 {
		n.Expires = w.ago(-c.expires + shift)
	}
	if c.endless {
		attrs["no_expiry"] = true
	}
	if c.off {
		attrs["status"] = "disabled"
	} else if attrs["status"] == nil && !c.mute {
		attrs["status"] = "active"
	}
	n.Attrs = drover.NewAttrs(attrs)
	out.node(n)
	for _, p := range c.places {
		w.stored(c.ref, p)
	}
}

// stored writes a place and what lies there, into the file of the system whose
// place it is.
func (w *world) stored(c drover.Ref, p place) {
	if !w.seen(max(p.born, 0.001)+boolDays(p.born == 0), 0) {
		return
	}
	out := w.file("places")
	out.node(drover.Node{Ref: p.ref, Kind: drover.KindPlace, Type: p.typ, Name: p.name, Attrs: drover.NewAttrs(p.attrs)})
	out.edge(c, p.ref, drover.EdgeStoredIn, p.name)
	for _, r := range p.of {
		out.edge(r, p.ref, drover.EdgeReadsSecret, p.name)
	}
}

// boolDays makes of a place without a day of birth one that was always there.
func boolDays(always bool) float64 {
	if always {
		return 1e5
	}
	return 0
}

// environments of the house; most of what it has is in production.
func (w *world) env(d *dice) string {
	if w.fixed != "" {
		return w.fixed
	}
	return pick(d, []string{"prod", "prod", "prod", "prod", "staging", "dev"})
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
