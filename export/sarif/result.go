package sarif

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

type resultJSON struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      message           `json:"message"`
	Locations    []location        `json:"locations"`
	CodeFlows    []codeFlow        `json:"codeFlows,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	Baseline     string            `json:"baselineState"`
	Rank         float64           `json:"rank"`
	Suppressions []suppression     `json:"suppressions,omitempty"`
	Provenance   *provenance       `json:"provenance,omitempty"`
	Properties   properties        `json:"properties"`
}

type message struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type location struct {
	Physical   *physical         `json:"physicalLocation,omitempty"`
	Logical    []logical         `json:"logicalLocations,omitempty"`
	Properties map[string]string `json:"properties,omitempty"`
}

type physical struct {
	Artifact artifact `json:"artifactLocation"`
	Region   *region  `json:"region,omitempty"`
}

type artifact struct {
	URI  string `json:"uri,omitempty"`
	Base string `json:"uriBaseId,omitempty"`
}

type region struct {
	StartLine int `json:"startLine"`
}

type logical struct {
	Name     string `json:"name,omitempty"`
	FullName string `json:"fullyQualifiedName"`
	Kind     string `json:"kind,omitempty"`
}

type codeFlow struct {
	ThreadFlows []threadFlow `json:"threadFlows"`
}

type threadFlow struct {
	Locations []threadLocation `json:"locations"`
}

type threadLocation struct {
	Location location `json:"location"`
}

type suppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification,omitempty"`
}

type provenance struct {
	First string `json:"firstDetectionTimeUtc,omitempty"`
	Last  string `json:"lastDetectionTimeUtc,omitempty"`
}

// properties are what SARIF has no field for, in the words of our own JSON.
type properties struct {
	ID        string                `json:"id"`
	Severity  drover.Severity       `json:"severity"`
	State     drover.FindingState   `json:"state"`
	Why       string                `json:"why,omitempty"`
	Evidence  []drover.FindingProof `json:"evidence"`
	Fix       drover.Fix            `json:"fix"`
	Breaks    drover.Breaks         `json:"breaks"`
	Controls  []string              `json:"controls"`
	Risk      int                   `json:"risk"`
	Owner     string                `json:"owner,omitempty"`
	Assignee  string                `json:"assignee,omitempty"`
	FixedBy   string                `json:"fixed_by,omitempty"`
	Exception string                `json:"exception,omitempty"`
}

func result(f *drover.Finding, rules *rules, seen repositories) resultJSON {
	r := resultJSON{RuleID: f.Check, RuleIndex: rules.at(f.Check), Level: level(f.Severity), Message: message{Text: literal(export.Line(f.What)), Markdown: parts(f)},
		Fingerprints: map[string]string{"droverFinding/v1": f.Fingerprint()}, Baseline: baseline(f), Rank: float64(min(max(f.Risk, 0), 100)), Properties: props(f)}
	at := location{Logical: []logical{logicalOf(f.Subject)}}
	if p, ok := export.PlaceOf(f); ok {
		at.Physical = &physical{Artifact: artifact{uri(p), seen.add(p)}}
		if p.Line > 0 {
			at.Physical.Region = &region{p.Line}
		}
		at.Properties = map[string]string{}
		for key, v := range map[string]string{"repository": p.Repository, "commit": p.Commit} {
			if v != "" {
				at.Properties[key] = export.Line(v)
			}
		}
	}
	r.Locations = []location{at}
	if len(f.Path) > 1 {
		var flow threadFlow
		for _, ref := range f.Path {
			flow.Locations = append(flow.Locations, threadLocation{location{Logical: []logical{{FullName: string(ref)}}}})
		}
		r.CodeFlows = []codeFlow{{[]threadFlow{flow}}}
	}
	if f.State == drover.FindingAccepted {
		r.Suppressions = []suppression{{Kind: "external", Status: "accepted", Justification: export.Line(f.Exception)}}
	}
	if !f.FirstSeen.IsZero() || !f.LastSeen.IsZero() {
		r.Provenance = &provenance{stamp(f.FirstSeen), stamp(f.LastSeen)}
	}
	return r
}

// baseline compares with the run before the last: see the Doc of Format.
func baseline(f *drover.Finding) string {
	switch {
	case f.State == drover.FindingFixed:
		return "absent"
	case f.State == drover.FindingRegressed, f.FirstSeen.Equal(f.LastSeen): // both zero: nothing is known of it before
		return "new"
	}
	return "unchanged"
}

func logicalOf(s drover.Subject) logical {
	return logical{Name: export.Line(s.Name), FullName: string(s.Ref), Kind: export.Line(s.Type)}
}

func props(f *drover.Finding) properties {
	p := properties{ID: f.ID(), Severity: f.Severity, State: cmp.Or(f.State, drover.FindingOpen), Why: export.Words(f.Why), Evidence: []drover.FindingProof{}, Controls: f.Controls, Risk: f.Risk, Owner: export.Line(f.Owner),
		Assignee: export.Line(f.Assignee), FixedBy: export.Line(f.FixedBy), Exception: export.Line(f.Exception),
		Fix:    drover.Fix{Text: export.Line(f.Fix.Text), Command: export.Words(f.Fix.Command), Action: f.Fix.Action, Object: f.Fix.Object, Group: export.Line(f.Fix.Group)},
		Breaks: drover.Breaks{Text: export.Words(f.Breaks.Text), Dependents: f.Breaks.Dependents, Unknowns: []string{}}}
	for _, e := range f.Evidence {
		p.Evidence = append(p.Evidence, drover.FindingProof{Text: export.Line(e.Text), Source: export.Line(e.Source), At: e.At, Grade: e.Grade})
	}
	for _, u := range f.Breaks.Unknowns {
		p.Breaks.Unknowns = append(p.Breaks.Unknowns, export.Line(u))
	}
	if p.Controls == nil {
		p.Controls = []string{}
	}
	return p
}

// parts are the five parts as Markdown.
func parts(f *drover.Finding) string {
	var b strings.Builder
	b.WriteString("**" + export.Markdown(f.What) + "**\n\n")
	if f.Why != "" {
		b.WriteString(export.Markdown(f.Why) + "\n\n")
	}
	for _, e := range f.Evidence {
		b.WriteString("* " + export.Markdown(e.Text) + " (" + export.Markdown(e.Source) + ", " + string(cmp.Or(e.Grade, drover.GradeProven)) + ")\n")
	}
	b.WriteString("\n**Fix**: " + export.Markdown(f.Fix.Text))
	if f.Fix.Command != "" {
		b.WriteString(" " + export.Code(f.Fix.Command))
	}
	b.WriteString("\n\n**What breaks**: " + export.Markdown(f.Breaks.Text))
	for _, u := range f.Breaks.Unknowns {
		b.WriteString(" Unknown: " + export.Markdown(u) + ".")
	}
	return b.String()
}

func plain(s string) message { return message{Text: literal(export.Line(s))} }

// literal escapes what SARIF takes for markup in plain text: links (3.11.6) and
// placeholders (3.11.5).
func literal(s string) string {
	if strings.Contains(s, "](") {
		s = strings.NewReplacer("[", `\[`, "]", `\]`).Replace(s)
	}
	if strings.ContainsAny(s, "{}") {
		s = strings.NewReplacer("{", "{{", "}", "}}").Replace(s)
	}
	return s
}

// uri is a relative one in a repository, and file:// of an absolute path.
func uri(p export.Place) string {
	u := url.URL{Path: p.File}
	if strings.HasPrefix(p.File, "/") {
		u.Scheme = "file"
	}
	return u.String()
}

// repositories are those that results lie in.
type repositories map[string]*repository

type repository struct {
	base   string // stands for its root: "%SRCROOT%" is the one that readers expect
	commit string // the first that was met
}

// most is how many are listed; a run over more is of no one repository.
const most = 1_000

// add returns what stands for the root of a place's repository; "": it lies in
// none that is listed.
func (r repositories) add(p export.Place) string {
	if p.Repository == "" {
		return ""
	}
	x := r[p.Repository]
	if x == nil {
		switch n := len(r); {
		case n >= most:
			return ""
		case n == 0:
			x = &repository{base: "%SRCROOT%"}
		default:
			x = &repository{base: "%SRCROOT" + strconv.Itoa(n+1) + "%"}
		}
		r[p.Repository] = x
	}
	x.commit = cmp.Or(x.commit, p.Commit)
	return x.base
}

// bases are the roots by what stands for them: which folder they are is the
// reader's to know.
func (r repositories) bases() map[string]any {
	list := map[string]any{}
	for name, x := range r {
		list[x.base] = map[string]any{"description": plain("The root of repository " + name + ".")}
	}
	return list
}

type versionControl struct {
	URI      string   `json:"repositoryUri"`
	Revision string   `json:"revisionId,omitempty"`
	MappedTo artifact `json:"mappedTo"`
}

func (r repositories) list() (list []versionControl) {
	for name, x := range r {
		u := url.URL{Scheme: "https", Path: name}
		if host, path, ok := strings.Cut(name, "/"); ok && strings.Contains(host, ".") {
			u.Host, u.Path = host, "/"+path
		} else {
			u.Scheme, u.Path = "file", "/"+strings.TrimPrefix(name, "/")
		}
		list = append(list, versionControl{u.String(), x.commit, artifact{Base: x.base}})
	}
	slices.SortFunc(list, func(a, b versionControl) int {
		return cmp.Or(cmp.Compare(a.URI, b.URI), cmp.Compare(a.MappedTo.Base, b.MappedTo.Base))
	})
	return list
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
