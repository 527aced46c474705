package secret

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/droverhq/drover"
)

// Rules is one rule file in the gitleaks format. The zero value has no rules.
type Rules struct {
	Rules      []Rule
	Allowlists []Allowlist       // these apply to every rule of the scanner
	Classes    map[string]string // rule id -> class, where they differ
	Assigned   bool              // find secrets by the name that they are given to, too; see assign.go
}

// A Rule describes one kind of secret. Fields mean what the gitleaks
// configuration reference says.
type Rule struct {
	ID          string
	Description string
	Regex       string // empty: the path alone decides
	Path        string
	SecretGroup int     // 0: the first group that took part, else the whole match
	Entropy     float64 // 0: not asked; else Shannon entropy must be above it
	Keywords    []string
	Tags        []string
	SkipReport  bool
	Allowlists  []Allowlist
	Examples    []string // what the rule must find; ours, not in the gitleaks format
}

// An Allowlist says what is not a secret. With condition AND all of its parts
// that are set must agree; otherwise one is enough.
type Allowlist struct {
	Description string
	Condition   string
	Commits     []string
	Paths       []string
	Regexes     []string
	RegexTarget string // "" or "secret", "match", "line"
	StopWords   []string
	TargetRules []string
}

type ruleFile struct {
	Title       string
	Description string
	MinVersion  string
	Rules       []ruleEntry
	Allowlist   *Allowlist
	Allowlists  []Allowlist
	Classes     map[string]string
	Assigned    bool
}

type ruleEntry struct {
	Rule
	Allowlist *Allowlist // the older spelling of one entry
}

// ParseRules reads a rule file. It fails with drover.ErrInvalid on what it
// does not understand, so that a refreshed rule set cannot lose meaning
// silently: unknown fields, composite rules, [extend], expressions that do not
// compile, allow-lists with nothing in them.
func ParseRules(data []byte) (*Rules, error) {
	var f ruleFile
	d := toml.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("parse secret rules: %w: %v", drover.ErrInvalid, err)
	}
	r := &Rules{Allowlists: f.Allowlists, Classes: f.Classes, Assigned: f.Assigned}
	if f.Allowlist != nil {
		r.Allowlists = append(r.Allowlists, *f.Allowlist)
	}
	for _, e := range f.Rules {
		rule := e.Rule
		if e.Allowlist != nil {
			rule.Allowlists = append(rule.Allowlists, *e.Allowlist)
		}
		r.Rules = append(r.Rules, rule)
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("parse secret rules: %w: %v", drover.ErrInvalid, err)
	}
	return r, nil
}

func (r *Rules) validate() error {
	seen := map[string]bool{}
	for i, rule := range r.Rules {
		if strings.TrimSpace(rule.ID) == "" {
			return fmt.Errorf("rule %d has no id", i+1)
		}
		if seen[rule.ID] {
			return fmt.Errorf("rule %q is there twice", rule.ID)
		}
		seen[rule.ID] = true
		if rule.Regex == "" && rule.Path == "" {
			return fmt.Errorf("rule %q has neither regex nor path", rule.ID)
		}
		re, err := regexp.Compile(rule.Regex)
		if err != nil {
			return fmt.Errorf("rule %q: %v", rule.ID, err)
		}
		if rule.SecretGroup < 0 || rule.SecretGroup > re.NumSubexp() {
			return fmt.Errorf("rule %q: secretGroup %d of %d", rule.ID, rule.SecretGroup, re.NumSubexp())
		}
		if _, err := regexp.Compile(rule.Path); err != nil {
			return fmt.Errorf("rule %q: path: %v", rule.ID, err)
		}
		for _, a := range rule.Allowlists {
			if err := a.validate(); err != nil {
				return fmt.Errorf("rule %q: %v", rule.ID, err)
			}
		}
	}
	for _, a := range r.Allowlists {
		if err := a.validate(); err != nil {
			return err
		}
		for _, id := range a.TargetRules {
			if !seen[id] {
				return fmt.Errorf("allow-list targets rule %q, which is not there", id)
			}
		}
	}
	return nil
}

func (a *Allowlist) validate() error {
	if len(a.Commits)+len(a.Paths)+len(a.Regexes)+len(a.StopWords) == 0 {
		return fmt.Errorf("allow-list %q is empty", a.Description)
	}
	switch strings.ToUpper(a.Condition) {
	case "", "OR", "||", "AND", "&&":
	default:
		return fmt.Errorf("allow-list %q: condition %q is neither AND nor OR", a.Description, a.Condition)
	}
	switch a.RegexTarget {
	case "", "secret", "match", "line":
	default:
		return fmt.Errorf("allow-list %q: regexTarget %q is none of secret, match, line", a.Description, a.RegexTarget)
	}
	for _, p := range [][]string{a.Paths, a.Regexes} {
		if _, err := joinOr(p); err != nil {
			return fmt.Errorf("allow-list %q: %v", a.Description, err)
		}
	}
	return nil
}

// joinOr compiles the alternation of patterns the way gitleaks does: a flag such
// as (?i) holds for the patterns that follow it too. nil for no patterns.
func joinOr(patterns []string) (*regexp.Regexp, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	return regexp.Compile("(?:" + strings.Join(patterns, "|") + ")")
}
