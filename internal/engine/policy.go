package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/custom"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/graph/risk"
	"github.com/droverhq/drover/policy"
)

// readPolicy parses the sections of drover.yaml that are the house's own, and the
// policy files beside it.
func (e *Engine) readPolicy() error {
	p, err := policy.Parse(e.o.Config.Path, e.o.Config.Raw)
	if err != nil {
		return err
	}
	if err := e.readPolicyFiles(p); err != nil {
		return err
	}
	sources := map[string]judge.Source{}
	for _, c := range e.o.Config.Sources {
		if c.BusinessUnit != "" || c.Env != "" {
			sources[c.ID] = judge.Source{BusinessUnit: c.BusinessUnit, Env: c.Env}
		}
	}
	e.policy = p
	if err := e.readRules(); err != nil {
		return err
	}
	e.settings, err = judge.NewSettings(p, sources, e.o.Now())
	return err
}

// maxPolicyFiles bounds how many policy files are read.
const maxPolicyFiles = 1000

// readPolicyFiles adds the files that `policies` names, relative to drover.yaml,
// and those of the command line.
func (e *Engine) readPolicyFiles(p *policy.Policy) error {
	var files []string
	for _, m := range p.Files {
		pattern := m.Text
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(e.o.Config.Path), pattern)
		}
		list, err := policyFiles(pattern)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Pos, err)
		}
		files = append(files, list...)
	}
	for _, pattern := range e.o.Policies {
		list, err := policyFiles(pattern)
		if err != nil {
			return fmt.Errorf("--policy %s: %w", pattern, err)
		}
		files = append(files, list...)
	}
	slices.Sort(files)
	files = slices.Compact(files)
	if len(files) > maxPolicyFiles {
		return fmt.Errorf("%d policy files are over the limit of %d: %w", len(files), maxPolicyFiles, drover.ErrInvalid)
	}
	var errs []error
	for _, f := range files {
		body, err := readFile(f, policy.MaxFile)
		if err == nil {
			err = p.Add(f, body)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// policyFiles are the files that a pattern means: those of a folder, those that
// match, or the one of that name. None is an error, for what is not read is not
// asked.
func policyFiles(pattern string) ([]string, error) {
	if info, err := os.Stat(pattern); err == nil && info.IsDir() {
		pattern = filepath.Join(pattern, "*.y*ml")
	}
	list, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("%q is no pattern of files: %w", pattern, drover.ErrInvalid)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no policy file matches %q: %w", pattern, drover.ErrInvalid)
	}
	return list, nil
}

// readRules compiles the checks and assertions of the house, and checks what it
// says of those that are built in.
func (e *Engine) readRules() error {
	var errs []error
	ids := make([]string, 0, len(e.o.Checks))
	for _, c := range e.o.Checks {
		ids = append(ids, c.ID)
	}
	for id, s := range e.policy.Severity {
		if !slices.Contains(ids, id) {
			errs = append(errs, fmt.Errorf("%s: severity: there is no built-in check %q%s: %w", s.Pos, id, nearest(id, e.o.Checks), drover.ErrInvalid))
		}
	}
	rules, err := custom.Compile(e.policy, custom.Options{Now: e.o.Now(), Builtin: func(id string) bool { return slices.Contains(ids, id) }, Tally: e.tally, Risk: e.rowRisk})
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	e.rules = rules
	return check.Validate(custom.Checks(rules))
}

// rowRisk is the risk that expressions ask for.
func (e *Engine) rowRisk(estate *check.Estate) func(row int) int {
	m := risk.New(risk.Input{Graph: estate.Graph, Policy: estate.Policy, Now: estate.Now, Standing: estate.Standing, Rule: estate.Rule})
	return m.Total
}

// Checks lists the checks that a run asks: those of this binary that the policy
// does not switch off, then what users wrote.
func (e *Engine) Checks() ([]*check.Check, error) {
	var out []*check.Check
	for _, c := range e.o.Checks {
		if _, on := e.policy.Of(c.ID, c.Severity); on {
			out = append(out, c)
		}
	}
	return append(out, custom.Checks(e.rules)...), nil
}

// switchedOff says why a check of this binary is not asked; "" where it is.
func (e *Engine) switchedOff(id string) string {
	if s, ok := e.policy.Severity[id]; ok && s.Off {
		return fmt.Sprintf("switched off by %s: %s", s.Pos, s.Reason)
	}
	return ""
}

// judged gives a finding the severity that the house gives its check.
func (e *Engine) judged(f *drover.Finding) {
	if s, ok := e.policy.Severity[f.Check]; ok && s.Level != 0 {
		f.Severity = s.Level
	}
}

// tally keeps what a rule came to in the run under way.
func (e *Engine) tally(t custom.Tally) {
	e.tallies.mu.Lock()
	defer e.tallies.mu.Unlock()
	e.tallies.by[t.Rule.ID] = t
}

func (e *Engine) tallyOf(id string) (custom.Tally, bool) {
	e.tallies.mu.Lock()
	defer e.tallies.mu.Unlock()
	t, ok := e.tallies.by[id]
	return t, ok
}

// undecided says of which nodes the rules of the house could not be decided.
func (e *Engine) undecided() (out []string) {
	for _, r := range e.rules {
		if t, ok := e.tallyOf(r.ID); ok && t.Unknown > 0 {
			out = append(out, fmt.Sprintf("%s: undecided for %d of %d (%s)", r.ID, t.Unknown, t.Asked, lacks(t)))
		}
	}
	return out
}

// lacks names what was missing most: "env of 12, owner of 3".
func lacks(t custom.Tally) string {
	var names []string
	for n := range t.Missing {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		if t.Missing[a] != t.Missing[b] {
			return t.Missing[b] - t.Missing[a]
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for i, n := range names {
		if i == 3 {
			parts = append(parts, fmt.Sprintf("%d more", len(names)-3))
			break
		}
		parts = append(parts, fmt.Sprintf("%s not known of %d", check.Clean(n), t.Missing[n]))
	}
	if t.Failed > 0 {
		parts = append(parts, fmt.Sprintf("failed for %d: %s", t.Failed, check.Clean(t.Failure)))
	}
	return strings.Join(parts, ", ")
}
