package policy

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// policy reads the top level. A key that is nearly one of ours is left alone:
// the reader of the whole file knows all keys and suggests.
func (r *reader) policy(p *Policy, n ast.Node) {
	r.pairs("drover.yaml", n, nil, func(key string, v ast.Node) {
		switch key {
		case "thresholds":
			r.thresholds(&p.Thresholds, v)
		case "naming":
			r.naming(&p.Naming, v)
		case "classify":
			r.classify(&p.Classify, v)
		case "ownership":
			r.ownership(&p.Ownership, v)
		case "owners":
			r.list("owners", v, func(n ast.Node) { p.Owners = append(p.Owners, r.owner(n)) })
		case "exceptions":
			r.exceptions(p, v)
		case "windows":
			p.Windows, p.Freezes = r.windowsOf("windows", v)
		case "criticality":
			r.list("criticality", v, func(n ast.Node) { p.Criticality = append(p.Criticality, r.criticality(n)) })
		case "business_units":
			r.units(p, v)
		default:
			r.rules(p, key, v)
		}
	})
}

// rules reads the sections that say what is asked of the estate.
func (r *reader) rules(p *Policy, key string, v ast.Node) {
	switch key {
	case "rotation":
		r.rotation(&p.Rotation, v)
	case "risk":
		r.risk(&p.Risk, v)
	case "regulation":
		r.regulation(p, v)
	case "severity":
		r.severities(p, v)
	case "checks":
		r.list("checks", v, func(n ast.Node) { p.Checks = append(p.Checks, r.custom(n)) })
	case "assertions":
		r.list("assertions", v, func(n ast.Node) { p.Assertions = append(p.Assertions, r.assertion(n)) })
	case "policies":
		r.list("policies", v, func(n ast.Node) { p.Files = append(p.Files, r.match("policies", n)) })
	}
}

func (r *reader) thresholds(t *Thresholds, n ast.Node) {
	r.pairs("thresholds", n, []string{"idle", "dormant"}, func(key string, v ast.Node) {
		switch key {
		case "idle":
			t.Idle = r.duration("thresholds.idle", v)
		case "dormant":
			t.Dormant = r.duration("thresholds.dormant", v)
		}
	})
	if t.Idle > t.Dormant {
		r.fail(n, "thresholds: idle is longer than dormant")
	}
}

func (r *reader) naming(m *Naming, n ast.Node) {
	r.pairs("naming", n, []string{"pattern", "on_mismatch", "vocabulary", "prefixes"}, func(key string, v ast.Node) {
		switch key {
		case "pattern":
			m.Pattern, m.PatternPos = r.text("naming.pattern", v), r.pos(v)
			if strings.Count(m.Pattern, "{") == 0 || strings.Count(m.Pattern, "{") != strings.Count(m.Pattern, "}") {
				r.fail(v, "naming.pattern: want slots in braces, such as {type}-{env}-{function}")
			}
		case "on_mismatch":
			m.OnMismatch = r.choice("naming.on_mismatch", v, "finding", "ignore")
		case "prefixes":
			m.Prefixes = r.texts("naming.prefixes", v)
		case "vocabulary":
			m.Vocabulary = map[string][]string{}
			r.pairs("naming.vocabulary", v, nil, func(slot string, w ast.Node) {
				if !slotName.MatchString(slot) {
					r.fail(w, "naming.vocabulary: %q is no name of a slot", bound(slot))
					return
				}
				m.Vocabulary[slot] = r.texts("naming.vocabulary."+slot, w)
			})
		}
	})
}

func (r *reader) classify(c *Classify, n ast.Node) {
	r.pairs("classify", n, []string{"tier0", "regulated", "overrides", "unowned_is_orphan"}, func(key string, v ast.Node) {
		switch key {
		case "tier0":
			r.list("classify.tier0", v, func(n ast.Node) { c.Tier0 = append(c.Tier0, r.match("classify.tier0", n)) })
		case "regulated":
			c.Regulated = map[string][]Match{}
			r.pairs("classify.regulated", v, nil, func(reg string, w ast.Node) {
				r.list("classify.regulated."+bound(reg), w, func(n ast.Node) {
					up := strings.ToUpper(bound(reg))
					c.Regulated[up] = append(c.Regulated[up], r.match("classify.regulated", n))
				})
			})
		case "overrides":
			r.list("classify.overrides", v, func(n ast.Node) { c.Overrides = append(c.Overrides, r.override(n)) })
		case "unowned_is_orphan":
			c.UnownedIsOrphan = r.flag("classify.unowned_is_orphan", v)
		}
	})
}

func (r *reader) override(n ast.Node) Override {
	o := Override{Set: map[string]string{}}
	r.pairs("classify.overrides", n, append([]string{"match"}, TagKeys...), func(key string, v ast.Node) {
		if key == "match" {
			o.Match = r.match("classify.overrides.match", v)
			return
		}
		s := r.text("classify.overrides."+key, v)
		if err := ValidTag(key, s); err != nil {
			r.failErr(v, err)
		}
		o.Set[key] = s
	})
	if o.Match.Text == "" {
		r.fail(n, "classify.overrides: match is missing")
	} else if len(o.Set) == 0 {
		r.fail(n, "classify.overrides: it sets nothing; add verdict, env, tier or the like")
	}
	return o
}

func (r *reader) ownership(o *Ownership, n ast.Node) {
	r.pairs("ownership", n, []string{"required", "sources", "confirm_every", "on_leaver"}, func(key string, v ast.Node) {
		switch key {
		case "required":
			o.Required = r.flag("ownership.required", v)
		case "sources":
			r.list("ownership.sources", v, func(n ast.Node) {
				o.Sources = append(o.Sources, r.choice("ownership.sources", n, "codeowners", "git_blame", "cloud_tags", "k8s_labels", "creator", "workload", "hr", "name"))
			})
		case "confirm_every":
			o.ConfirmEvery = r.duration("ownership.confirm_every", v)
		case "on_leaver":
			o.OnLeaver = r.choice("ownership.on_leaver", v, "manager", "team", "orphan")
		}
	})
}

func (r *reader) owner(n ast.Node) (o Owner) {
	r.pairs("owners", n, []string{"match", "owner"}, func(key string, v ast.Node) {
		if key == "match" {
			o.Match = r.match("owners.match", v)
		} else {
			o.Owner = r.text("owners.owner", v)
		}
	})
	if o.Match.Text == "" || o.Owner == "" {
		r.fail(n, "owners: want match and owner")
	}
	return o
}

func (r *reader) exceptions(p *Policy, n ast.Node) {
	seen := map[string]bool{}
	r.list("exceptions", n, func(n ast.Node) {
		e := r.exception(n)
		if seen[e.ID] {
			r.fail(n, "exceptions: id %q stands twice", bound(e.ID))
		}
		seen[e.ID] = true
		p.Exceptions = append(p.Exceptions, e)
	})
}

func (r *reader) exception(n ast.Node) (e Exception) {
	r.pairs("exceptions", n, []string{"id", "match", "rule", "reason", "approved_by", "until"}, func(key string, v ast.Node) {
		switch key {
		case "id":
			e.ID = r.text("exceptions.id", v)
		case "match":
			e.Match = r.match("exceptions.match", v)
		case "rule":
			e.Rule = r.text("exceptions.rule", v)
		case "reason":
			e.Reason = r.text("exceptions.reason", v)
		case "approved_by":
			e.ApprovedBy = r.text("exceptions.approved_by", v)
		case "until":
			e.Until = r.day("exceptions.until", v)
		}
	})
	for _, f := range [...]struct {
		name  string
		empty bool
	}{{"id", e.ID == ""}, {"match", e.Match.Text == ""}, {"rule", e.Rule == ""}, {"reason", e.Reason == ""}, {"until (no exception is for ever)", e.Until.IsZero()}} {
		if f.empty {
			r.fail(n, "exceptions: %s is missing", f.name)
		}
	}
	return e
}

func (r *reader) windowsOf(what string, n ast.Node) (open map[string]Window, shut []Freeze) {
	open = map[string]Window{}
	r.pairs(what, n, nil, func(key string, v ast.Node) {
		if key == "freeze" {
			r.list(what+".freeze", v, func(n ast.Node) {
				f, err := parseFreeze(r.text(what+".freeze", n))
				if err != nil {
					r.failErr(n, err)
				}
				shut = append(shut, f)
			})
			return
		}
		w, err := ParseWindow(r.text(what+"."+bound(key), v))
		if err != nil {
			r.failErr(v, err)
		}
		open[key] = w
	})
	return open, shut
}

func (r *reader) criticality(n ast.Node) (c Rule) {
	r.pairs("criticality", n, []string{"match", "level"}, func(key string, v ast.Node) {
		if key == "match" {
			c.Match = r.match("criticality.match", v)
		} else {
			c.Value = r.choice("criticality.level", v, closed["criticality"]...)
		}
	})
	if c.Match.Text == "" || c.Value == "" {
		r.fail(n, "criticality: want match and level")
	}
	return c
}

func (r *reader) units(p *Policy, n ast.Node) {
	r.pairs("business_units", n, nil, func(name string, v ast.Node) {
		u := Unit{Name: name}
		r.pairs("business_units."+bound(name), v, []string{"departments", "cost_centers"}, func(key string, w ast.Node) {
			if key == "departments" {
				u.Departments = r.texts("departments", w)
			} else {
				u.CostCenters = r.texts("cost_centers", w)
			}
		})
		p.BusinessUnits = append(p.BusinessUnits, u)
	})
}
