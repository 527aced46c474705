package graph

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
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
	{Name: "env", Enum: true, Help: "prod, stage, test, dev"},
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
	{Name: "attrs", Type: filter.Attrs, Help: "the vendor's own field: attrs.rolsuper=true"},
}

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
	watched  []bool
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
	x.watched = append(x.watched, f.Monitored)
}

func (x *columns) facts(i int) Facts {
	d := func(col int) string { c := &x.dicts[col]; return c.words.words[c.codes[i]] }
	return Facts{Verdict: drover.Verdict(d(colVerdict)), NHIType: drover.NHIType(d(colNHIType)), Lifecycle: drover.Lifecycle(d(colLifecycle)), Env: d(colEnv), Purpose: d(colPurpose),
		Function: d(colFunction), Location: d(colLocation), Instance: d(colInstance), DataClass: d(colDataClass), Criticality: d(colCriticality), BusinessUnit: d(colBusinessUnit),
		Owner: d(colOwner), Status: d(colStatus), Identity: d(colIdentity), Regulation: x.lists[listRegulation].list(i), Tags: x.lists[listTags].list(i),
		Tier: x.tier[i], LastUsed: moment(x.lastUsed[i]), Credentials: int(x.creds[i]), Places: int(x.places[i]), Monitored: x.watched[i]}
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

// index makes the columns that filters read.
func (s *Snapshot) index() {
	t := s.BaseTable()
	c := t.Columns
	for i, name := range dictNames {
		d := &s.cols.dicts[i]
		d.words.codes = nil
		c[name] = &filter.Column{Dict: d.words.words, Codes: d.codes}
	}
	for i, name := range listNames {
		d := &s.cols.lists[i]
		d.words.codes = nil
		c[name] = &filter.Column{Dict: d.words.words, Codes: d.codes, Ends: d.ends}
	}
	c["owner"].None = true
	c["type"].Bare = s.dict(func(i int) string {
		d := &s.cols.dicts[colNHIType]
		if v := d.words.words[d.codes[i]]; v != "" {
			return v
		}
		return lastWord(s.Type(i))
	})
	for name, v := range map[string][]int64{"tier": s.cols.tier, "last_used": s.cols.lastUsed, "credentials": s.cols.creds, "places": s.cols.places} {
		c[name] = &filter.Column{Ints: v[:s.seen]}
	}
	s.table = t
}

func lastWord(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

// BaseTable returns the columns that hold before anything is concluded: what the
// sources say. It is what policies match on; Table has everything.
func (s *Snapshot) BaseTable() *filter.Table {
	t := &filter.Table{Rows: s.seen, Columns: map[string]*filter.Column{}, Attr: s.attr}
	t.Words = func(i int) []string {
		return append([]string{s.rows.names[i], s.rows.refs[i]}, s.rows.aliases.list(i)...)
	}
	c := t.Columns
	c["id"] = &filter.Column{Text: func(i int) string { return ShortID(s.Kind(i), s.rows.entities[i]) }}
	c["ref"] = &filter.Column{Text: func(i int) string { return s.rows.refs[i] }}
	c["name"] = &filter.Column{Text: func(i int) string { return s.rows.names[i] }}
	c["alias"] = &filter.Column{Texts: s.rows.aliases.list}
	c["kind"] = s.dict(func(i int) string { return string(s.Kind(i)) })
	c["system"] = s.dict(func(i int) string { sys, _, _ := strings.Cut(s.rows.refs[i], "/"); return sys })
	c["type"] = &filter.Column{Dict: s.rows.types.words, Codes: s.rows.typ[:s.seen], Bare: s.dict(func(i int) string { return lastWord(s.Type(i)) })}
	c["source"] = s.list(func(i int) []string { return s.rows.row(i).Sources })
	for name, v := range map[string][]int64{"created": s.rows.created, "age": s.rows.created, "rotated": s.rows.rotated, "expires": s.rows.expires, "first_seen": s.rows.firstSeen} {
		c[name] = &filter.Column{Ints: v[:s.seen]}
	}
	return t
}

func (s *Snapshot) dict(get func(i int) string) *filter.Column {
	var w words
	w.init()
	codes := make([]uint32, s.seen)
	for i := range codes {
		codes[i] = w.code(get(i))
	}
	return &filter.Column{Dict: w.words, Codes: codes}
}

func (s *Snapshot) list(get func(i int) []string) *filter.Column {
	var w words
	w.init()
	c := &filter.Column{Ends: make([]uint32, s.seen)}
	for i := range c.Ends {
		for _, v := range get(i) {
			c.Codes = append(c.Codes, w.code(v))
		}
		c.Ends[i] = uint32(len(c.Codes))
	}
	c.Dict = w.words
	return c
}
