package classify

import (
	"strconv"
	"time"

	"github.com/droverhq/drover"
)

// lifecycle says where an identity stands, with one sentence that names the
// evidence and how far it looks. Nothing unseen is called unused: idle and
// dormant need a source that covers the time in question, and a new identity
// that was never used is neither.
func (c *Classifier) lifecycle(in *Input, now time.Time) Value[drover.Lifecycle] {
	if l := find(in.User, "lifecycle"); l != nil {
		return Value[drover.Lifecycle]{Value: drover.Lifecycle(bound(l.Value)), Source: SourceUser, Grade: drover.GradeDeclared, Reason: "Said by " + bound(by(l)) + "."}
	}
	is := func(v drover.Lifecycle, g drover.Grade, why string) Value[drover.Lifecycle] {
		return Value[drover.Lifecycle]{Value: v, Source: SourceStructure, Grade: g, Reason: why}
	}
	switch {
	case in.Deleted == Yes:
		return is(drover.LifecycleRetired, drover.GradeProven, "Gone from its system.")
	case in.Disabled == Yes:
		return is(drover.LifecycleQuarantined, drover.GradeProven, "Disabled in its system.")
	case !in.Expires.IsZero() && in.Expires.Before(now):
		if in.Kind == drover.KindCredential {
			return is(drover.LifecycleRetired, drover.GradeProven, "Expired on "+day(in.Expires)+".")
		}
		return is(drover.LifecycleQuarantined, drover.GradeProven, "Expired on "+day(in.Expires)+"; it can be extended.")
	case in.Declared == Yes:
		return is(drover.LifecycleRequested, drover.GradeDeclared, "Announced by a person; no system has shown it yet.")
	case in.Rel.OwnerLeft == Yes:
		return is(drover.LifecycleOrphaned, drover.GradeInferred, "Its owner has left and nobody took over.")
	case c.set.UnownedIsOrphan && in.Rel.HasOwner == No:
		return is(drover.LifecycleOrphaned, drover.GradeInferred, "Owners were looked for and none was found.")
	}
	return c.byUse(in, now)
}

// byUse judges active, idle and dormant from the evidence of use.
func (c *Classifier) byUse(in *Input, now time.Time) Value[drover.Lifecycle] {
	u := &in.Use
	if age := now.Sub(u.Live); !u.Live.IsZero() && age < c.set.Idle {
		return c.used(drover.LifecycleActive, drover.GradeProven, "Seen running "+ago(age)+" by "+source(u.LiveSource)+".")
	}
	if !u.LastUsed.IsZero() {
		return c.byLastUse(in, now)
	}
	if u.NeverSource != "" && u.NeverWindow > 0 {
		return c.byNever(in, now)
	}
	return c.used(drover.LifecycleUnknown, drover.GradeUnknown, "No source of usage covers it: whether it is used is unknown.")
}

func (c *Classifier) byLastUse(in *Input, now time.Time) Value[drover.Lifecycle] {
	u := &in.Use
	grade := u.LastUsedGrade
	if grade == "" {
		grade = drover.GradeProven
	}
	age := max(now.Sub(u.LastUsed), 0)
	b := make([]byte, 0, 160)
	b = append(b, "Last used "...)
	b = u.LastUsed.UTC().AppendFormat(b, time.DateOnly)
	b = append(append(append(b, " ("...), ago(age)...), ") according to "...)
	b = append(append(append(b, source(u.LastUsedSource)...), ", "...), grade...)
	if u.Granularity >= time.Hour {
		b = append(append(b, ", true to "...), span(u.Granularity)...)
	}
	state := drover.LifecycleDormant
	switch {
	case age < c.set.Idle:
		return c.used(drover.LifecycleActive, grade, string(append(b, '.')))
	case !u.ObservedAt.IsZero() && now.Sub(u.ObservedAt) >= c.set.Idle:
		b = append(append(append(b, "; that source was last read "...), ago(now.Sub(u.ObservedAt))...), ": use since then is unknown."...)
		return c.used(drover.LifecycleUnknown, drover.GradeUnknown, string(b))
	case u.Partial:
		return c.used(drover.LifecycleUnknown, drover.GradeUnknown, string(append(b, "; use in other ways, which leave no trace there, is unknown."...)))
	case grade == drover.GradeUnknown:
		return c.used(drover.LifecycleUnknown, drover.GradeUnknown, string(append(b, ": no proof of anything later."...)))
	case age < c.set.Dormant:
		state = drover.LifecycleIdle
		b = append(append(append(b, "; idle after "...), span(c.set.Idle)...), '.')
	default:
		b = append(append(append(b, "; dormant after "...), span(c.set.Dormant)...), '.')
	}
	return c.used(state, grade, string(b))
}

func (c *Classifier) byNever(in *Input, now time.Time) Value[drover.Lifecycle] {
	u := &in.Use
	at := u.NeverAt
	if at.IsZero() || at.After(now) {
		at = now
	}
	said := "No use in the " + span(u.NeverWindow) + " that " + source(u.NeverSource) + " covers"
	if now.Sub(at) >= c.set.Idle {
		return c.used(drover.LifecycleUnknown, drover.GradeUnknown, said+"; it was last read "+ago(now.Sub(at))+".")
	}
	born, exact := in.Created, true
	if born.IsZero() {
		born, exact = in.FirstSeen, false
	}
	if born.IsZero() {
		return c.used(drover.LifecycleUnknown, drover.GradeUnknown, said+"; when it was created is unknown, so it may be new.")
	}
	age := at.Sub(born)
	said += ", and it is "
	if !exact {
		said += "at least "
	}
	said += span(max(age, 0)) + " old"
	proof := min(age, u.NeverWindow)
	switch {
	case proof >= c.set.Dormant:
		return c.used(drover.LifecycleDormant, drover.GradeProven, said+"; dormant after "+span(c.set.Dormant)+".")
	case proof >= c.set.Idle:
		return c.used(drover.LifecycleIdle, drover.GradeProven, said+"; idle after "+span(c.set.Idle)+".")
	case age < c.set.Idle:
		return c.used(drover.LifecycleUnknown, drover.GradeUnknown, said+": too new to call unused.")
	}
	return c.used(drover.LifecycleUnknown, drover.GradeUnknown, said+": the source looks back too short a time.")
}

func (c *Classifier) used(v drover.Lifecycle, g drover.Grade, why string) Value[drover.Lifecycle] {
	return Value[drover.Lifecycle]{Value: v, Source: SourceBehaviour, Grade: g, Reason: why}
}

func source(s string) string {
	if s == "" {
		return "an unnamed source"
	}
	return bound(s)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func ago(d time.Duration) string {
	if d < drover.Day {
		return "less than a day ago"
	}
	return span(d) + " ago"
}

// span prints whole days, or hours below two days.
func span(d time.Duration) string {
	switch n := int64(d / drover.Day); {
	case n >= 2:
		return strconv.FormatInt(n, 10) + " days"
	case d >= 2*time.Hour:
		return strconv.FormatInt(int64(d/time.Hour), 10) + " hours"
	}
	return strconv.FormatInt(int64(max(d, 0)/time.Minute), 10) + " minutes"
}
