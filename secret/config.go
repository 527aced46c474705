package secret

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/droverhq/drover"
)

// A Config is the .gitleaks.toml of a repository: what its people add to the
// default rules and what they allow.
type Config struct {
	Rules    *Rules   // changed, added, and the allow-lists for all
	Disabled []string // rules of the default set that do not hold
	Notes    []string // what in the file is not honoured, and why
}

type configFile struct {
	Extend struct {
		UseDefault    bool
		Path          string
		URL           string
		DisabledRules []string
	}
	Rules      []configRule
	Allowlist  *Allowlist
	Allowlists []Allowlist
}

type configRule struct {
	ruleEntry
	Required []any // of composite rules
}

const (
	maxConfigFile  = 1 << 20
	maxConfigRules = 1000
)

// ParseConfig reads a .gitleaks.toml (gitleaks README, "Configuration"). It is
// written by whoever may commit: where gitleaks takes a file without useDefault for
// all the rules there are, here the default rules hold beside it, unless
// disabledRules names them. Files that it extends are not read. What cannot be
// honoured is noted; a file that is no TOML, or too large, is drover.ErrInvalid.
func ParseConfig(data []byte) (*Config, error) {
	if len(data) > maxConfigFile {
		return nil, fmt.Errorf("secret rules of a repository: over %d bytes: %w", maxConfigFile, drover.ErrInvalid)
	}
	var f configFile
	if err := toml.NewDecoder(bytes.NewReader(data)).Decode(&f); err != nil {
		return nil, fmt.Errorf("secret rules of a repository: %w: %v", drover.ErrInvalid, err)
	}
	if len(f.Rules) > maxConfigRules {
		return nil, fmt.Errorf("secret rules of a repository: more than %d: %w", maxConfigRules, drover.ErrInvalid)
	}
	c := &Config{Rules: &Rules{}, Disabled: f.Extend.DisabledRules}
	if f.Extend.Path != "" || f.Extend.URL != "" {
		c.Notes = append(c.Notes, "[extend] of another file is not followed")
	}
	if !f.Extend.UseDefault && len(f.Rules) > 0 {
		c.Notes = append(c.Notes, "the default rules hold beside its own")
	}
	known := map[string]bool{}
	for _, r := range Gitleaks().Rules {
		known[r.ID] = true
	}
	for _, e := range f.Rules {
		if e.Allowlist != nil {
			e.Allowlists = append(e.Allowlists, *e.Allowlist)
		}
		if err := e.usable(known); err != nil {
			c.Notes = append(c.Notes, fmt.Sprintf("rule %.60q is left out: %v", e.ID, err))
			continue
		}
		known[e.ID] = true
		c.Rules.Rules = append(c.Rules.Rules, e.Rule)
	}
	if f.Allowlist != nil {
		f.Allowlists = append(f.Allowlists, *f.Allowlist)
	}
	for _, a := range f.Allowlists {
		if err := a.validate(); err != nil {
			c.Notes = append(c.Notes, "an allow-list is left out: "+err.Error())
			continue
		}
		c.Rules.Allowlists = append(c.Rules.Allowlists, a)
	}
	return c, nil
}

// usable reports why a rule cannot be used; known are rules that it may change.
func (e *configRule) usable(known map[string]bool) error {
	re, err := regexp.Compile(e.Regex)
	switch {
	case strings.TrimSpace(e.ID) == "":
		return fmt.Errorf("it has no id")
	case len(e.Required) > 0:
		return fmt.Errorf("it asks for another finding near it")
	case e.Regex == "" && e.Path == "" && !known[e.ID]:
		return fmt.Errorf("it has neither regex nor path")
	case err != nil:
		return fmt.Errorf("its regex does not compile")
	case e.Regex != "" && (e.SecretGroup < 0 || e.SecretGroup > re.NumSubexp()):
		return fmt.Errorf("secretGroup %d of %d", e.SecretGroup, re.NumSubexp())
	}
	if _, err := regexp.Compile(e.Path); err != nil {
		return fmt.Errorf("its path does not compile")
	}
	for _, a := range e.Allowlists {
		if err := a.validate(); err != nil {
			return err
		}
	}
	return nil
}

// Scanner compiles the default rules, our own, and what c makes of them. A rule of
// the same id as a default one changes what it says and adds keywords, tags and
// allow-lists, as with gitleaks.
func (c *Config) Scanner() (*Scanner, error) {
	base, own := Gitleaks(), Own()
	keep := func(rules []Rule) []Rule {
		return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return slices.Contains(c.Disabled, r.ID) })
	}
	ours := *own
	rules := keep(base.Rules)
	ours.Rules = keep(own.Rules)
	ours.Assigned = own.Assigned && !slices.Contains(c.Disabled, assignedRule)
	for _, r := range c.Rules.Rules {
		in := rules
		i := slices.IndexFunc(in, func(o Rule) bool { return o.ID == r.ID })
		if i < 0 {
			in = ours.Rules
			i = slices.IndexFunc(in, func(o Rule) bool { return o.ID == r.ID })
		}
		switch {
		case i >= 0:
			in[i] = changed(in[i], r)
		case r.Regex != "" || r.Path != "":
			rules = append(rules, r)
		}
	}
	there := func(id string) bool { return slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id }) }
	var lists []Allowlist
	for _, a := range c.Rules.Allowlists {
		if len(a.TargetRules) > 0 {
			if a.TargetRules = slices.DeleteFunc(slices.Clone(a.TargetRules), func(id string) bool { return !there(id) }); len(a.TargetRules) == 0 {
				continue
			}
		}
		lists = append(lists, a)
	}
	s, err := New(&Rules{Rules: rules, Allowlists: append(slices.Clone(base.Allowlists), lists...), Classes: own.Classes}, &ours)
	if err != nil {
		return nil, fmt.Errorf("secret rules of a repository: %w", err)
	}
	return s, nil
}

func changed(old, r Rule) Rule {
	old.Description, old.Regex, old.Path = cmp.Or(r.Description, old.Description), cmp.Or(r.Regex, old.Regex), cmp.Or(r.Path, old.Path)
	old.Entropy, old.SkipReport = cmp.Or(r.Entropy, old.Entropy), old.SkipReport || r.SkipReport
	if r.Regex != "" || r.SecretGroup != 0 {
		old.SecretGroup = r.SecretGroup
	}
	old.Keywords = append(slices.Clone(old.Keywords), r.Keywords...)
	old.Tags = append(slices.Clone(old.Tags), r.Tags...)
	old.Allowlists = append(slices.Clone(old.Allowlists), r.Allowlists...)
	return old
}
