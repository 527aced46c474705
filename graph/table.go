package graph

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/policy"
)

// Fields are the fields that every list can be filtered by.
var Fields = []filter.Field{
	{Name: "id", Help: "short id"},
	{Name: "ref", Help: "the whole ref"},
	{Name: "name", Help: "name, as the vendor shows it"},
	{Name: "alias", Type: filter.List, Help: "any global name: ARN, key id, fingerprint, mail address"},
	{Name: "kind", Enum: true, Help: "identity, credential, human, group, role, resource, workload, policy, vendor, place"},
	{Name: "type", Enum: true, Help: "vendor type such as postgres.role; nhi_type where it has no dot"},
	{Name: "nhi_type", Enum: true, Help: "service_account, api_client, certificate, bot, application, iot_device, container, ai_agent, machine"},
	{Name: "verdict", Enum: true, Help: "nhi, human, shared, unknown"},
	{Name: "lifecycle", Enum: true, Help: "active, idle, dormant, orphaned, quarantined, retired, unknown"},
	{Name: "source", Type: filter.List, Enum: true, Help: "id of a source that asserts it"},
	{Name: "system", Enum: true, Help: "first segment of the ref: aws, postgres, machine"},
	{Name: "naming", Enum: true, Help: "conforms, mismatch: does the name follow the pattern of drover.yaml"},
	{Name: "env", Enum: true, Canon: classify.Env, Help: "prod, staging, uat, qa, test, sit, dev, sandbox, lab, poc, demo, perf, dr, nonprod; production, prd, stage, stg and the like mean the same"},
	{Name: "purpose", Help: "what it is for"},
	{Name: "function", Help: "the function in its name"},
	{Name: "location", Help: "region, zone or site"},
	{Name: "instance", Help: "instance in its name"},
	{Name: "data_class", Enum: true, Help: "public, internal, confidential, restricted"},
	{Name: "criticality", Enum: true, Help: "low, medium, high, critical"},
	{Name: "regulation", Type: filter.List, Enum: true, Help: "PCI, HIPAA, SOX, GDPR"},
	{Name: "business_unit", Enum: true, Help: "from HR input or policy"},
	{Name: "tier", Type: filter.Number, Help: "0: if it falls, everything falls"},
	{Name: "tag", Type: filter.List, Help: "tags set with drover tag"},
	{Name: "owner", Help: "name of the owner; none"},
	{Name: "owned", Enum: true, Closed: []string{"yes", "never", "left", "empty", "unconfirmed"}, Help: "yes: somebody who is still there answers for it, and it was confirmed in time; else why not: never, left, empty, unconfirmed"},
	{Name: "monitored", Enum: true, Help: "yes, no: does a source that would see its use cover it; of identities and credentials"},
	{Name: "created", Type: filter.Time, Help: "when it was made"},
	{Name: "age", Type: filter.Time, Help: "time since it was made: age>90d"},
	{Name: "rotated", Type: filter.Time, Help: "when its secret was last changed"},
	{Name: "last_used", Type: filter.Time, Help: "when it was last seen used: last_used<90d is used less than 90 days ago"},
	{Name: "expires", Type: filter.Future, Help: "time left: expires<30d, also what has expired"},
	{Name: "first_seen", Type: filter.Time, Help: "when Drover first knew it"},
	{Name: "status", Enum: true, Help: "of a credential: active, expired, disabled"},
	{Name: "identity", Help: "of a credential: the ref that it authenticates"},
	{Name: "credentials", Type: filter.Number, Help: "how many credentials it has"},
	{Name: "places", Type: filter.Number, Help: "in how many places it was found"},
	{Name: "risk", Type: filter.Number, Words: riskWords, Help: "0 to 100, of an identity what it scores: risk>=70; also low, medium, high and critical, as shipped: risk>=high"},
	{Name: "attrs", Type: filter.Attrs, Help: "the vendor's own field: attrs.rolsuper=true"},
}

// riskWords are the shipped levels of risk.
var riskWords = func() map[string][2]int64 {
	l := policy.DefaultLevels
	return map[string][2]int64{"low": {0, int64(l.Medium)}, "medium": {int64(l.Medium), int64(l.High)}, "high": {int64(l.High), int64(l.Critical)}, "critical": {int64(l.Critical), 101}}
}()

// Table returns the rows that a source asserts as columns for filters.
func (s *Snapshot) Table() *filter.Table { return s.table }

// columns holds the facts of all rows, field by field: a Facts of its own per
// row would cost ten times the memory.
type columns struct {
	dicts    [nDicts]dictColumn
	lists    [nLists]dictColumn
	tier     []int64
	lastUsed []int64
	creds    []int64
	places   []int64
	watched  []uint8
	until    []int64 // when lifecycle or status may change by time alone
}

const (
	colVerdict = iota
	colNHIType
	colLifecycle
	colEnv
	colPurpose
	colFunction
	colLocation
	colInstance
	colDataClass
	colCriticality
	colBusinessUnit
	colOwner
	colStatus
	colIdentity
	nDicts
)

const (
	listRegulation = iota
	listTags
	nLists
)

var dictNames = [nDicts]string{"verdict", "nhi_type", "lifecycle", "env", "purpose", "function", "location", "instance", "data_class", "criticality", "business_unit", "owner", "status", "identity"}
var listNames = [nLists]string{"regulation", "tag"}

type dictColumn struct {
	words words
	codes []uint32
	ends  []uint32 // of a list
}

func (x *columns) init(n int) {
	for i := range x.dicts {
		x.dicts[i].words.init()
		x.dicts[i].codes = make([]uint32, 0, n)
	}
	for i := range x.lists {
		x.lists[i].words.init()
		x.lists[i].ends = make([]uint32, 0, n)
	}
}

func (x *columns) add(f Facts) {
	for i, v := range [nDicts]string{string(f.Verdict), string(f.NHIType), string(f.Lifecycle), f.Env, f.Purpose, f.Function, f.Location, f.Instance, f.DataClass,
		f.Criticality, f.BusinessUnit, f.Owner, f.Status, f.Identity} {
		d := &x.dicts[i]
		d.codes = append(d.codes, d.words.code(v))
	}
	for i, list := range [nLists][]string{f.Regulation, f.Tags} {
		d := &x.lists[i]
		for _, v := range list {
			d.codes = append(d.codes, d.words.code(v))
		}
		d.ends = append(d.ends, uint32(len(d.codes)))
	}
	x.tier = append(x.tier, f.Tier)
	x.lastUsed = append(x.lastUsed, unix(f.LastUsed))
	x.creds = append(x.creds, int64(f.Credentials))
	x.places = append(x.places, int64(f.Places))
	x.watched = append(x.watched, 0)
	if f.Monitored {
		x.watched[len(x.watched)-1] = 1
	}
	x.until = append(x.until, unix(f.Until))
}

func (x *columns) facts(i int) Facts {
	d := func(col int) string { c := &x.dicts[col]; return c.words.words[c.codes[i]] }
	return Facts{Verdict: drover.Verdict(d(colVerdict)), NHIType: drover.NHIType(d(colNHIType)), Lifecycle: drover.Lifecycle(d(colLifecycle)), Env: d(colEnv), Purpose: d(colPurpose),
		Function: d(colFunction), Location: d(colLocation), Instance: d(colInstance), DataClass: d(colDataClass), Criticality: d(colCriticality), BusinessUnit: d(colBusinessUnit),
		Owner: d(colOwner), Status: d(colStatus), Identity: d(colIdentity), Regulation: x.lists[listRegulation].list(i), Tags: x.lists[listTags].list(i),
		Tier: x.tier[i], LastUsed: moment(x.lastUsed[i]), Credentials: int(x.creds[i]), Places: int(x.places[i]), Monitored: x.watched[i] == 1, Until: moment(x.until[i])}
}

func (d *dictColumn) list(i int) []string {
	from := uint32(0)
	if i > 0 {
		from = d.ends[i-1]
	}
	var out []string
	for _, code := range d.codes[from:d.ends[i]] {
		out = append(out, d.words.words[code])
	}
	return out
}

// done forgets what only building needs.
func (x *columns) done() {
	for i := range x.dicts {
		x.dicts[i].words.codes = nil
	}
	for i := range x.lists {
		x.lists[i].words.codes = nil
	}
}

// index makes the columns that filters read.
func (s *Snapshot) index() {
	t := s.BaseTable()
	c := t.Columns
	for i, name := range dictNames {
		d := &s.cols.dicts[i]
		c[name] = &filter.Column{Dict: d.words.words, Codes: d.codes}
	}
	for i, name := range listNames {
		d := &s.cols.lists[i]
		c[name] = &filter.Column{Dict: d.words.words, Codes: d.codes, Ends: d.ends}
	}
	c["owner"].None = true
	c["monitored"] = s.monitored()
	c["type"].Bare = s.bareTypes()
	for name, v := range map[string][]int64{"tier": s.cols.tier, "last_used": s.cols.lastUsed, "credentials": s.cols.creds, "places": s.cols.places} {
		c[name] = &filter.Column{Ints: v[:s.seen]}
	}
	s.table = t
}

// monitored says of what can be used whether a source that would see it covers it.
func (s *Snapshot) monitored() *filter.Column {
	c := &filter.Column{Dict: []string{"", "no", "yes"}, Codes: make([]uint32, s.seen)}
	for i := range c.Codes {
		if k := s.Kind(i); k == drover.KindIdentity || k == drover.KindCredential {
			c.Codes[i] = 1 + uint32(s.cols.watched[i])
		}
	}
	return c
}

// bareTypes is what `type=bot` compares: the nhi_type, and the last word of the
// vendor's type where it is not known.
func (s *Snapshot) bareTypes() *filter.Column {
	nhi := &s.cols.dicts[colNHIType]
	var w words
	w.init()
	types := make([]uint32, len(nhi.words.words))
	for i, v := range nhi.words.words {
		types[i] = w.code(v)
	}
	last := make([]uint32, len(s.rows.types.words))
	for i, typ := range s.rows.types.words {
		last[i] = w.code(lastWord(typ))
	}
	c := &filter.Column{Dict: w.words, Codes: make([]uint32, s.seen)}
	for i, code := range nhi.codes {
		if c.Codes[i] = types[code]; code == 0 {
			c.Codes[i] = last[s.rows.typ[i]]
		}
	}
	return c
}

// lastWords are the last words of the vendors' types, with the code of each type.
func (s *Snapshot) lastWords() (dict []string, codes []uint32) {
	var w words
	w.init()
	codes = make([]uint32, len(s.rows.types.words))
	for i, typ := range s.rows.types.words {
		codes[i] = w.code(lastWord(typ))
	}
	return w.words, codes
}

func lastWord(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

// BaseTable returns the columns that hold before anything is concluded: what the
// sources say. It is what policies match on; Table has everything.
func (s *Snapshot) BaseTable() *filter.Table {
	x := &s.rows
	t := &filter.Table{Rows: s.seen, Columns: map[string]*filter.Column{}, Attr: s.attr}
	t.Words = func(i int) []string {
		return append([]string{s.Name(i), x.ref(i)}, s.Aliases(i)...)
	}
	c := t.Columns
	c["id"] = &filter.Column{Text: func(i int) string { return ShortID(s.Kind(i), x.entities[i]) }}
	if s.folds == nil {
		s.folds = s.newFolds()
	}
	c["ref"] = &filter.Column{Text: x.ref, Folded: s.folds.refs}
	c["name"] = &filter.Column{Text: s.Name, Folded: s.folds.names}
	c["alias"] = &filter.Column{Texts: s.Aliases, Folded: s.folds.aliases}
	t.Searched = []string{"name", "ref", "alias"}
	c["kind"] = s.kinds()
	c["system"] = &filter.Column{Dict: x.systems.words, Codes: x.system[:s.seen]}
	last, codes := s.lastWords()
	bare := make([]uint32, s.seen)
	for i := range bare {
		bare[i] = codes[x.typ[i]]
	}
	c["type"] = &filter.Column{Dict: x.types.words, Codes: x.typ[:s.seen], Bare: &filter.Column{Dict: last, Codes: bare}}
	c["source"] = s.sources()
	for name, v := range map[string][]int64{"created": x.created, "age": x.created, "rotated": x.rotated, "expires": x.expires, "first_seen": x.firstSeen} {
		c[name] = &filter.Column{Ints: v[:s.seen]}
	}
	return t
}

// folds are the texts that searches go over, each made when it is first asked for.
// Snapshots of the same rows share them.
type folds struct{ names, refs, aliases func() *filter.Folded }

func (s *Snapshot) newFolds() *folds {
	x := &s.rows
	return &folds{
		names: s.folded(func(i int, add func(string)) { add(x.text.at(x.names[i])) }),
		refs:  s.folded(func(i int, add func(string)) { add(x.ref(i)) }),
		aliases: s.folded(func(i int, add func(string)) {
			for _, a := range x.aliases.spans(i) {
				add(x.text.at(a))
			}
		}),
	}
}

func (s *Snapshot) folded(texts func(i int, add func(string))) func() *filter.Folded {
	return filter.Lazily(func() *filter.Folded { return filter.NewFolded(s.seen, texts) })
}

func (s *Snapshot) kinds() *filter.Column {
	c := &filter.Column{Dict: []string{""}, Codes: make([]uint32, s.seen)}
	for _, k := range drover.Kinds {
		c.Dict = append(c.Dict, string(k))
	}
	for i, k := range s.rows.kinds[:s.seen] {
		c.Codes[i] = uint32(k) + 1
	}
	return c
}

// sources lists the sources of each row. Rows share few sets of sources, so the
// sets are split once.
func (s *Snapshot) sources() *filter.Column {
	var w words
	w.init()
	sets := make([][]uint32, len(s.rows.sourceSets.words))
	for i, set := range s.rows.sourceSets.words {
		if set == "" {
			continue
		}
		for _, src := range strings.Split(set, "\x00") {
			sets[i] = append(sets[i], w.code(src))
		}
	}
	c := &filter.Column{Codes: make([]uint32, 0, s.seen), Ends: make([]uint32, s.seen)}
	for i, set := range s.rows.sources[:s.seen] {
		c.Codes = append(c.Codes, sets[set]...)
		c.Ends[i] = uint32(len(c.Codes))
	}
	c.Dict = w.words
	return c
}
