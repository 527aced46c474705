// Package check defines posture checks: questions asked of the whole estate at
// one moment. A check is a value in a folder of its own; [Run] asks all of them
// in one walk over the estate, and turns what they hit into findings with all
// five parts.
package check

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/droverhq/drover"
)

// A Check is one question.
type Check struct {
	ID       string // folder, package and page: "stalekey". Never changes.
	Title    string // what is wrong: no capital, no full stop, at most 60 letters
	Area     Area
	Severity drover.Severity // of a finding whose Hit does not say
	Controls []string        // where it truly maps: "OWASP-NHI7:2025", "CIS-AWS-3.0:1.14", "NIST-800-53:AC-2(3)", "PCI-DSS-4.0:8.6.3"
	Fix      []string        // ids of the remedies that cure it, the best first: names of check/remedy

	// The page of the check, in Markdown sentences.
	Why        string   // what it may lead to, in words of the business; the default of a finding's Why
	How        string   // how we know: which facts of which sources; when it stays silent because something is unknown
	False      string   // when it fires although all is well, and what to do then
	References []string // URLs

	Systems []string // first segments of the refs that it applies to; empty: all

	// Kinds and Each ask row by row: Each is called for every head of an entity
	// of these kinds that a source asserts. Run is called once, before that. A
	// check has Each, Run, or both. Neither may keep the Pass.
	Kinds []drover.Kind
	Each  func(p *Pass, row int)
	Run   func(p *Pass) error
}

// An Area is what a check is about.
type Area string

const (
	Lifecycle   Area = "lifecycle"   // off-boarding, zombies, shadow, naming
	Ownership   Area = "ownership"   // nobody answers for it
	Secrets     Area = "secrets"     // leaked, copied, in the wrong place
	Credentials Area = "credentials" // age, expiry, strength, number
	Sign        Area = "sign_in"     // how it authenticates, and who does so
	Privilege   Area = "privilege"   // what it may do
	Isolation   Area = "isolation"   // environments, tenants, sharing
	Trust       Area = "trust"       // who is let in from outside: federation, third parties
	Agents      Area = "agents"      // AI agents and their tools
	Data        Area = "data"        // personal and regulated data
	Custom      Area = "custom"      // what our users wrote
)

// Areas lists every Area, in the order in which they are shown.
var Areas = []Area{Lifecycle, Ownership, Secrets, Credentials, Sign, Privilege, Isolation, Trust, Agents, Data, Custom}

var idShape = regexp.MustCompile(`^[a-z][a-z0-9]{2,39}$`)

// Validate reports what is wrong with the values of a list of checks.
func Validate(list []*Check) error {
	seen := map[string]bool{}
	var errs []error
	bad := func(c *Check, format string, args ...any) {
		errs = append(errs, fmt.Errorf("check %q: "+format+": %w", append(append([]any{c.ID}, args...), drover.ErrInvalid)...))
	}
	for _, c := range list {
		switch {
		case !idShape.MatchString(c.ID) && c.Area != Custom:
			bad(c, "the id is not 3 to 40 lower-case letters and digits")
		case c.Title == "" || c.Why == "" || c.How == "" || c.False == "" && c.Area != Custom || c.Severity == 0 || c.Area == "":
			bad(c, "title, area, severity, why, how or false is missing")
		case c.Each == nil && c.Run == nil:
			bad(c, "it asks nothing: neither Each nor Run")
		case c.Each != nil && len(c.Kinds) == 0:
			bad(c, "Each without Kinds is never called")
		case len(c.Title) > 60:
			bad(c, "the title is longer than 60 letters")
		case len(c.Controls) == 0 && c.Area != Custom:
			bad(c, "it maps to no control")
		case seen[c.ID]:
			bad(c, "it is listed twice")
		}
		seen[c.ID] = true
	}
	return errors.Join(errs...)
}
