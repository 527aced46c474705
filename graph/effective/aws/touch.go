package aws

import (
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// touches yields what a profile reaches among the things of the snapshot. It is
// found on the first call and kept.
func (x *engine) touches(number uint32) iter.Seq[effective.Touch] {
	if int(number) >= len(x.profiles) {
		return func(func(effective.Touch) bool) {}
	}
	f := x.profiles[number]
	f.touchOnce.Do(func() { f.touched = x.findTouches(f) })
	return slices.Values(f.touched)
}

func (x *engine) findTouches(f *profile) []effective.Touch {
	var out []effective.Touch
	who := f.members[0]
	acts := x.actions(f)
	for _, t := range x.e.things {
		if t.account != f.account && t.policy == nil {
			continue
		}
		for _, l := range x.levelsOf(t) {
			grade := drover.Grade("")
			for _, act := range l.actions {
				if !acts.Has(act.id) && t.policy == nil && who.sort != "root" {
					continue
				}
				v := x.touch(f, who, t, act)
				if v == access.Allow {
					grade = drover.GradeProven
					break
				}
				if v == access.Conditional {
					grade = drover.GradeInferred
				}
			}
			if grade != "" {
				out = append(out, effective.Touch{Row: t.row, Level: l.level, Grade: grade})
			}
		}
	}
	return out
}

// touch asks for one action on a thing, or on something in it.
func (x *engine) touch(f *profile, who *principal, t *thing, act levelAction) access.Verdict {
	best := access.Deny
	for _, arn := range x.within(f, t, act) {
		r := x.aboutThing(who, act.name, arn, t)
		switch v := f.rules.Decide(&r); {
		case v == access.Allow:
			return v
		case v == access.Conditional:
			best = v
		}
	}
	return best
}

// aboutThing is a request for an action on a thing or on what lies in it.
func (x *engine) aboutThing(who *principal, action, arn string, t *thing) awsiam.Request {
	r := who.request(action, arn)
	r.Context = x.context(who, action, arn)
	if t != nil {
		r.ResourcePolicy, r.ResourceAccount = t.policy, t.account.id
		if t.account != who.account {
			r.RCPs = t.account.rcps
		}
	}
	return r
}

// within is what an action on a thing names: itself, or a name in it, such as an
// object in a bucket, as far as the profile's statements tell those apart.
func (x *engine) within(f *profile, t *thing, act levelAction) []string {
	if act.suffix == "" {
		return []string{t.arn}
	}
	template := t.arn + act.suffix
	y := try{v: &view{pol: f.policies}}
	return instances(template, []place{{t.account.partition, t.region(), t.account.id}}, x.patterns(&y, []need{{action: act.name}}))
}

// A level of a thing, and the actions that give it.
type thingLevel struct {
	level   access.Level
	actions []levelAction
}

type levelAction struct {
	name   string
	id     int
	suffix string // what the ARN that is asked for has behind the thing's
}

// levelsOf are the levels of a thing, strongest first: what the Service
// Authorization Reference says takes a resource of this ARN, or of one in it.
func (x *engine) levelsOf(t *thing) []thingLevel {
	key := t.typ
	if l, ok := x.levels.Load(key); ok {
		return l.([]thingLevel)
	}
	byLevel := map[access.Level][]levelAction{}
	service := segment(t.arn, 2)
	for id := range awsiam.Actions() {
		act := awsiam.ActionAt(id)
		if prefix, _, _ := strings.Cut(act.Name, ":"); prefix != service || act.Level == "" {
			continue
		}
		for _, r := range act.Resources {
			suffix, ok := suffixOf(r.ARN, t.arn)
			if !ok {
				continue
			}
			byLevel[levelOf(act)] = append(byLevel[levelOf(act)], levelAction{act.Name, id, suffix})
			break
		}
	}
	var out []thingLevel
	for _, l := range slices.Backward(access.Levels) {
		if list := byLevel[l]; len(list) > 0 {
			out = append(out, thingLevel{l, list})
		}
	}
	x.levels.Store(key, out)
	return out
}

// levelOf is the level of an action; reading what is a secret is more than reading.
func levelOf(a awsiam.Action) access.Level {
	for _, s := range secretTypes {
		if a.Name == s.action {
			return access.LevelSecrets
		}
	}
	return a.Level
}

// suffixOf tells whether a template of the reference is of this ARN ("") or of
// something in it ("/*").
func suffixOf(template, arn string) (string, bool) {
	pattern := placeholders(template)
	if glob(pattern, arn) {
		// arn:aws:s3:::*/* is of objects, and matches no bucket.
		return "", true
	}
	if glob(pattern, arn+"/drover") && strings.HasSuffix(pattern, "/*") && strings.Count(pattern, "/") == strings.Count(arn, "/")+1 {
		return "/*", true
	}
	return "", false
}

// placeholders makes a pattern of a template: "${Region}" becomes a star.
func placeholders(template string) string {
	var b strings.Builder
	for template != "" {
		before, rest, ok := strings.Cut(template, "${")
		b.WriteString(before)
		if !ok {
			break
		}
		_, template, _ = strings.Cut(rest, "}")
		b.WriteByte('*')
	}
	return b.String()
}

// actions are all actions that some Allow of a profile names. It is not to be written.
func (x *engine) actions(f *profile) awsiam.Bitset {
	var out awsiam.Bitset
	shared := true // out is that of a document
	for _, at := range f.policies.Identity {
		if at.Doc == nil {
			continue
		}
		one := x.allowed(at.Doc)
		if out == nil {
			out = one
			continue
		}
		if shared {
			out, shared = slices.Clone(out), false
		}
		for i, w := range one {
			out[i] |= w
		}
	}
	if out == nil {
		return make(awsiam.Bitset, (awsiam.Actions()+63)/64)
	}
	return out
}

// allowed are the actions that the Allow statements of a document name.
func (x *engine) allowed(d *awsiam.Document) awsiam.Bitset {
	if b, ok := x.allows.Load(d); ok {
		return b.(awsiam.Bitset)
	}
	out := make(awsiam.Bitset, (awsiam.Actions()+63)/64)
	for _, s := range d.Statements() {
		if s.Effect != "Allow" {
			continue
		}
		set := make(awsiam.Bitset, len(out))
		list := s.Actions
		if len(s.NotActions) > 0 {
			list = s.NotActions
		}
		for _, p := range list {
			for i, w := range awsiam.Expand(p) {
				set[i] |= w
			}
		}
		for i := range out {
			if len(s.NotActions) > 0 {
				out[i] |= ^set[i]
			} else {
				out[i] |= set[i]
			}
		}
	}
	out = x.sets.one(out)
	x.allows.Store(d, out)
	return out
}

// actionSets keeps equal sets once: a set takes kilobytes, and of a hundred thousand
// documents most name the same actions on different things.
type actionSets struct {
	mu   sync.Mutex
	sets map[uint64][]awsiam.Bitset // by hash
}

func (a *actionSets) one(b awsiam.Bitset) awsiam.Bitset {
	sum := uint64(14695981039346656037) // FNV-1a over words; sets are compared whole
	for _, w := range b {
		sum = (sum ^ w) * 1099511628211
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, known := range a.sets[sum] {
		if slices.Equal(known, b) {
			return known
		}
	}
	if a.sets == nil {
		a.sets = map[uint64][]awsiam.Bitset{}
	}
	a.sets[sum] = append(a.sets[sum], b)
	return b
}
