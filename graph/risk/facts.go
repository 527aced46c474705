package risk

import (
	"fmt"
	"strconv"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/policy"
)

// facts are what a score is computed from. Everything below is a pure function of
// them; Model gathers them from the estate.
type facts struct {
	off string // why nothing can be done with it: "it is disabled in its system"; "": it works

	bounded bool // only a part of the estate was looked at

	reachKnown bool
	reach      int // what it holds or touches, itself apart
	exact      bool
	tier0      int  // of those, of tier 0
	self0      bool // it is of tier 0 itself

	credentials int
	leak        leak
	copies      int // places in which a working credential of it lies, stores apart
	leaked      []drover.Ref

	open      int // in percent: how far anybody outside can become it without a credential of it
	outsiders string

	old        time.Duration // age of the secret that is most overdue
	every      policy.Interval
	oldKnown   bool
	ageless    int // credentials of which nobody knows the age
	overdue    []drover.Ref
	overdueAll int

	use   use
	idle  time.Duration // since its last use, or the window in which none was seen
	owner owner

	dataClass  string
	regulation []string
	dataNear   bool // of what it touches, not its own

	env, criticality string

	worst drover.Severity // of its open findings
	asked bool            // findings were counted
}

// A leak is the worst place in which a working credential lies.
type leak int

const (
	notLeaked leak = iota
	inFile         // a file or a setting of one machine or workload
	inShared       // code, a build, a chat, a ticket, an image: what many people read
	inUnknown      // such a place, and whether the world reads it is not known
	inPublic       // what the world reads
)

var leakValue = [...]int{0, 30, 70, 85, 100}

var leakWords = [...]string{"", "lies in a file or setting outside a secret store", "lies in a place that many people read", "lies in a place of which nobody knows who reads it", "lies in a public place"}

// A use is what evidence says.
type use int

const (
	inUse use = iota
	isNew
	useUnknown
	isIdle
	isDormant
)

var useValue = [...]int{0, 0, 40, 50, 100}

// An owner is who answers.
type owner int

const (
	hasOwner owner = iota
	suggestedOwner
	leftOwner
	noOwner
)

var ownerValue = [...]int{0, 40, 100, 100}

var ownerWords = [...]string{"somebody answers for it", "its owner was suggested and never confirmed", "its owner has left", "nobody answers for it"}

var (
	dataValue = map[string]int{"restricted": 100, "confidential": 60, "internal": 20}
	critValue = map[string]int{"critical": 100, "high": 80, "medium": 30}
	envValue  = map[string]int{"prod": 100, "dr": 80, "": 40, "staging": 40, "uat": 40, "perf": 40, "sit": 30, "qa": 30}
)

// otherEnv is what any other environment counts.
const otherEnv = 10

var findingValue = map[drover.Severity]int{drover.Critical: 100, drover.High: 70, drover.Medium: 40, drover.Low: 15}

// measure turns facts into measures. Without words it makes no text.
func (f *facts) measure(words bool) (m measures) {
	if f.off != "" {
		if words {
			for i := range m {
				m[i].because = f.off + ", so nothing can be done with it"
			}
		}
		return m
	}
	m[0] = f.ofReach(words)
	m[1] = f.ofExposure(words)
	m[2] = f.ofAge(words)
	m[3] = measure{value: ownerValue[f.owner], because: ownerWords[f.owner]}
	m[4] = f.ofUse(words)
	m[5] = f.ofData(words)
	m[6] = f.ofEnv(words)
	m[7] = f.ofFindings()
	return m
}

func (f *facts) ofReach(words bool) measure {
	if !f.reachKnown && !f.self0 {
		return measure{unknown: true, because: "what it reaches was not computed: no points"}
	}
	tier0 := f.tier0
	if f.self0 {
		tier0++
	}
	m := measure{value: effective.Risk(f.reach, tier0), unknown: !f.reachKnown}
	if !words {
		return m
	}
	others := max(f.reach-f.tier0, 0)
	keys := "" // a blast radius counts resources and identities alone
	if others > 0 {
		keys = ", credentials counted"
	}
	about := ""
	if !f.exact && others > 0 {
		about = "about "
	}
	switch {
	case f.self0 && !f.reachKnown:
		m.because = "is of tier 0 itself; what it reaches was not computed"
	case f.self0:
		m.because = fmt.Sprintf("is of tier 0 itself, and reaches %d of tier 0 and %s%s", f.tier0, about, count(others, "other")+keys)
	case f.tier0 > 0:
		m.because = fmt.Sprintf("reaches %d of tier 0 and %s%s", f.tier0, about, count(others, "other")+keys)
	case f.reach > 0:
		m.because = fmt.Sprintf("reaches %s%s, none of tier 0", about, count(others, "thing")+keys)
	default:
		m.because = "reaches nothing that is known"
	}
	return f.within(m)
}

// within says of a measure that what the caller may not see was not looked at, so
// that it may be more.
func (f *facts) within(m measure) measure {
	if f.bounded {
		m.unknown = true
		if m.because != "" {
			m.because += ", among what you may see"
		}
	}
	return m
}

// ofExposure is the worse of what lies about and of who is let in.
func (f *facts) ofExposure(words bool) measure {
	m := f.ofLeak(words)
	if f.open <= 0 {
		return m
	}
	because := "can be become by " + clean(f.outsiders)
	switch {
	case !words:
	case f.leak == notLeaked:
		m.because = because
	default:
		m.because += "; it " + because
	}
	if f.open > m.value {
		m.value, m.unknown = min(f.open, 100), false
	}
	return m
}

func (f *facts) ofLeak(words bool) measure {
	if f.leak == notLeaked {
		if f.credentials == 0 {
			return f.within(measure{because: "has no credential of its own that is known"})
		}
		return f.within(measure{because: "no working credential of it was found outside a secret store"})
	}
	m := measure{value: min(100, leakValue[f.leak]+5*min(max(f.copies-1, 0), 4)), about: f.leaked}
	m.unknown = f.leak == inUnknown
	if words {
		m.because = "a working credential of it " + leakWords[f.leak]
		if f.copies > 1 {
			m.because += ", in " + strconv.Itoa(f.copies) + " places in all"
		}
	}
	return m
}

// ofAge is nothing within the interval, 40 percent as soon as it is over, and all
// of it at four times the interval.
func (f *facts) ofAge(words bool) measure {
	switch {
	case !f.oldKnown && f.ageless == 0:
		return measure{because: "has no secret that could grow old"}
	case !f.oldKnown:
		return measure{value: unknownAge, unknown: true, because: "when its secret was last changed is not known"}
	}
	m := measure{value: overdue(f.old, f.every.Every), about: f.overdue}
	if f.ageless > 0 && m.value < unknownAge {
		m.value, m.unknown = unknownAge, true
	}
	if !words {
		return m
	}
	switch {
	case f.every.Every == 0:
		m.because = "its secret is not rotated: " + f.every.Why
	case f.old <= f.every.Every:
		m.because = fmt.Sprintf("its oldest secret is %s old, within %s", days(f.old), f.every.Why)
	default:
		m.because = fmt.Sprintf("its secret is %s old, over %s", days(f.old), f.every.Why)
		if f.overdueAll > 1 {
			m.because += fmt.Sprintf("; %d are overdue", f.overdueAll)
		}
	}
	if f.ageless > 0 {
		m.because += fmt.Sprintf("; of %s nobody knows the age", count(f.ageless, "other"))
	}
	return m
}

// unknownAge is what it costs not to know how old a secret is.
const unknownAge = 30

// overdue is how far over its interval a secret is, in percent.
func overdue(age, every time.Duration) int {
	switch {
	case every <= 0:
		return notRotated
	case age <= every:
		return 0
	case age >= 4*every:
		return 100
	}
	return 40 + int(60*(age-every)/(3*every))
}

// notRotated is what it costs that the house never rotates a secret, whatever it
// does instead.
const notRotated = 50

func (f *facts) ofUse(words bool) measure {
	m := measure{value: useValue[f.use], unknown: f.use == useUnknown}
	if !words {
		return m
	}
	switch f.use {
	case inUse:
		m.because = "is in use"
		if f.idle > 0 {
			m.because = "was last seen used " + days(f.idle) + " ago"
		}
	case isNew:
		m.because = "is new, and was not used yet"
	case useUnknown:
		m.because = "its use is not visible here"
	case isIdle:
		m.because = "was not seen used for " + days(f.idle)
	case isDormant:
		m.because = "was not seen used for " + days(f.idle) + ", so nobody would miss it"
	}
	return m
}

func (f *facts) ofData(words bool) measure {
	m := measure{value: dataValue[f.dataClass]}
	if n := len(f.regulation); n > 0 {
		m.value = max(m.value, min(100, 70+10*(n-1)))
	}
	if f.dataClass == "" && len(f.regulation) == 0 {
		m.unknown = true
	}
	if !words {
		return m
	}
	what := "holds"
	if f.dataNear {
		what = "opens"
	}
	switch {
	case m.unknown:
		m.because = "what data it opens is not known: no points"
	case len(f.regulation) > 0:
		m.because = fmt.Sprintf("is in the scope of %s", list(f.regulation))
		if f.dataClass != "" {
			m.because = fmt.Sprintf("%s %s data, and %s", what, clean(f.dataClass), m.because)
		}
	default:
		m.because = what + " " + clean(f.dataClass) + " data"
	}
	return m
}

func (f *facts) ofEnv(words bool) measure {
	v, known := envValue[f.env]
	if !known {
		v = otherEnv
	}
	m := measure{value: max(v, critValue[f.criticality]), unknown: f.env == "" && critValue[f.criticality] <= v}
	if !words {
		return m
	}
	if m.because = "works in " + clean(f.env); f.env == "" {
		m.because = "its environment is not known"
	}
	if f.criticality != "" {
		m.because += ", criticality " + clean(f.criticality)
	}
	return m
}

func (f *facts) ofFindings() measure {
	m := measure{value: findingValue[f.worst]}
	switch {
	case !f.asked:
		m.because = "findings were not counted here: no points"
	case f.worst == 0:
		m.because = "nothing was found wrong with it"
	default:
		m.because = "its worst open finding is " + f.worst.String()
	}
	return m
}
