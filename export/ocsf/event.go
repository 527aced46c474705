package ocsf

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// The names are those of the schema: https://schema.ocsf.io.
type eventJSON struct {
	ActivityID   int             `json:"activity_id"`
	ActivityName string          `json:"activity_name"`
	CategoryUID  int             `json:"category_uid"`
	CategoryName string          `json:"category_name"`
	ClassUID     int             `json:"class_uid"`
	ClassName    string          `json:"class_name"`
	TypeUID      int             `json:"type_uid"`
	TypeName     string          `json:"type_name"`
	Time         int64           `json:"time"`
	Start        int64           `json:"start_time,omitempty"`
	End          int64           `json:"end_time,omitempty"`
	SeverityID   int             `json:"severity_id"`
	Severity     string          `json:"severity"`
	StatusID     int             `json:"status_id"`
	Status       string          `json:"status"`
	ConfidenceID int             `json:"confidence_id,omitempty"`
	Confidence   string          `json:"confidence,omitempty"`
	Message      string          `json:"message"`
	Metadata     metadata        `json:"metadata"`
	FindingInfo  findingInfo     `json:"finding_info"`
	Compliance   *compliance     `json:"compliance,omitempty"` // of class 2003
	RiskScore    *int            `json:"risk_score,omitempty"` // of class 2004
	Evidences    []evidence      `json:"evidences,omitempty"`
	Resources    []resource      `json:"resources"`
	Remediation  *remediation    `json:"remediation,omitempty"`
	Unmapped     map[string]rest `json:"unmapped"`
}

type metadata struct {
	Version string  `json:"version"`
	Product product `json:"product"`
}

type product struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor_name"`
	Version string `json:"version,omitempty"`
}

type findingInfo struct {
	UID         string   `json:"uid"`
	Title       string   `json:"title"`
	Desc        string   `json:"desc,omitempty"`
	Analytic    analytic `json:"analytic"`
	DataSources []string `json:"data_sources,omitempty"`
	Types       []string `json:"types,omitempty"`
	Created     int64    `json:"created_time,omitempty"`
	FirstSeen   int64    `json:"first_seen_time,omitempty"`
	LastSeen    int64    `json:"last_seen_time,omitempty"`
	Modified    int64    `json:"modified_time,omitempty"`
	URL         string   `json:"src_url,omitempty"`
}

type analytic struct {
	UID    string `json:"uid"`
	Name   string `json:"name"`
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
}

type compliance struct {
	Standards    []string `json:"standards"`
	Requirements []string `json:"requirements"`
	Control      string   `json:"control"`
	StatusID     int      `json:"status_id"`
	Status       string   `json:"status"`
}

type evidence struct {
	Name string         `json:"name"`
	Data map[string]any `json:"data"`
}

type resource struct {
	UID   string `json:"uid"`
	Name  string `json:"name,omitempty"`
	Type  string `json:"type,omitempty"`
	Owner *owner `json:"owner,omitempty"`
}

// owner is a user object. Whether it is a person or a team is not said here, so
// its type is Unknown; readers that were generated from the schema want account
// and uid too.
type owner struct {
	Name    string  `json:"name"`
	UID     string  `json:"uid"`
	TypeID  int     `json:"type_id"`
	Type    string  `json:"type"`
	Account account `json:"account"`
}

type account struct {
	Name   string `json:"name"`
	UID    string `json:"uid"`
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
}

type remediation struct {
	Desc       string   `json:"desc"`
	References []string `json:"references,omitempty"`
}

// rest is what OCSF has no field for.
type rest struct {
	ID         string              `json:"id"`
	Key        string              `json:"key"`
	State      drover.FindingState `json:"state"`
	Risk       int                 `json:"risk"`
	FixAction  string              `json:"fix_action,omitempty"`
	FixCommand string              `json:"fix_command,omitempty"`
	FixGroup   string              `json:"fix_group,omitempty"`
	Breaks     string              `json:"breaks,omitempty"`
	Dependents int                 `json:"dependents"`
	Unknowns   []string            `json:"unknowns"`
	Assignee   string              `json:"assignee,omitempty"`
	FixedBy    string              `json:"fixed_by,omitempty"`
	Exception  string              `json:"exception,omitempty"`
	Path       []drover.Ref        `json:"path,omitempty"`
}

func event(f *drover.Finding, rule *export.Rule, head *export.Head) eventJSON {
	e := eventJSON{CategoryUID: 2, CategoryName: "Findings", ClassUID: 2004, ClassName: "Detection Finding", Message: export.Line(f.What), FindingInfo: info(f, rule),
		Metadata:  metadata{version, product{"Drover", "Drover", head.Tool}},
		Resources: []resource{{UID: string(f.Subject.Ref), Name: export.Line(f.Subject.Name), Type: export.Line(f.Subject.Type)}}}
	if len(f.Controls) > 0 && (rule == nil || !rule.Detection) {
		e.ClassUID, e.ClassName, e.Compliance = 2003, "Compliance Finding", complied(f)
	} else {
		e.RiskScore = &f.Risk
	}
	e.ActivityID, e.ActivityName = activity(f)
	e.TypeUID, e.TypeName = e.ClassUID*100+e.ActivityID, e.ClassName+": "+e.ActivityName
	e.Time, e.Start = moment(f, head), max(millis(f.FirstSeen), 0)
	if f.State == drover.FindingFixed {
		e.End = e.Time
	}
	e.SeverityID, e.Severity = severity(f.Severity)
	e.StatusID, e.Status = status(f)
	e.ConfidenceID, e.Confidence = confidence(f)
	if f.Owner != "" {
		name := export.Line(f.Owner)
		e.Resources[0].Owner = &owner{Name: name, UID: name, Type: "Unknown", Account: account{Name: name, UID: name, Type: "Unknown"}}
	}
	for _, p := range f.Evidence {
		data := map[string]any{"text": export.Line(p.Text), "source": export.Line(p.Source), "grade": cmp.Or(p.Grade, drover.GradeProven)}
		if !p.At.IsZero() {
			data["at"] = p.At.UTC().Format(time.RFC3339)
		}
		e.Evidences = append(e.Evidences, evidence{export.Line(p.Text), data})
	}
	if f.Fix.Text != "" {
		e.Remediation = &remediation{Desc: strings.TrimSpace(export.Line(f.Fix.Text) + " " + export.Line(f.Fix.Command))}
		if rule != nil {
			e.Remediation.References = rule.References
		}
	}
	e.Unmapped = map[string]rest{"drover": unmapped(f)}
	return e
}

func info(f *drover.Finding, rule *export.Rule) findingInfo {
	v := findingInfo{UID: f.Fingerprint(), Title: export.Line(f.What), Desc: export.Words(f.Why), Analytic: analytic{f.Check, f.Check, 1, "Rule"}, Created: millis(f.FirstSeen), FirstSeen: millis(f.FirstSeen), LastSeen: millis(f.LastSeen), Modified: millis(f.FixedAt)}
	if rule != nil {
		v.URL, v.Analytic.Name = rule.URL, cmp.Or(rule.Title, f.Check)
		if rule.Area != "" {
			v.Types = []string{rule.Area}
		}
	}
	for _, p := range f.Evidence {
		if s := export.Line(p.Source); s != "" && !slices.Contains(v.DataSources, s) {
			v.DataSources = append(v.DataSources, s)
		}
	}
	return v
}

func complied(f *drover.Finding) *compliance {
	c := &compliance{Control: f.Check, StatusID: 3, Status: "Fail"}
	switch f.State {
	case drover.FindingFixed:
		c.StatusID, c.Status = 1, "Pass"
	case drover.FindingUnchecked:
		c.StatusID, c.Status = 0, "Unknown"
	}
	for _, control := range f.Controls {
		if s := standard(control); !slices.Contains(c.Standards, s) {
			c.Standards = append(c.Standards, s)
		}
		if !slices.Contains(c.Requirements, control) {
			c.Requirements = append(c.Requirements, control)
		}
	}
	return c
}

// standard is the part of a control's id that names its standard: "NIST-800-53"
// of "NIST-800-53:AC-2(3)". The OWASP list numbers its entries before its year.
func standard(control string) string {
	name, year, _ := strings.Cut(control, ":")
	if strings.HasPrefix(name, "OWASP-NHI") {
		return "OWASP-NHI-" + year
	}
	return name
}

// moment is when the event happened, and not when the finding began: when it was
// seen fixed, else when it was last seen. What was never stored is found now.
func moment(f *drover.Finding, head *export.Head) int64 {
	t := f.LastSeen
	if f.State == drover.FindingFixed && !f.FixedAt.IsZero() {
		t = f.FixedAt
	}
	if t.IsZero() {
		t = head.Now
	}
	return max(millis(t), 0)
}

// fresh reports whether the last look was the first that found it.
func fresh(f *drover.Finding) bool { return f.FirstSeen.Equal(f.LastSeen) }

// activity is what became of the finding at its moment; status is how it stands
// since. Only what is open, and was found for the first time, is created.
func activity(f *drover.Finding) (int, string) {
	switch {
	case f.State == drover.FindingFixed:
		return 3, "Close"
	case fresh(f) && (f.State == "" || f.State == drover.FindingOpen):
		return 1, "Create"
	}
	return 2, "Update"
}

func severity(s drover.Severity) (int, string) {
	switch s {
	case drover.Info:
		return 1, "Informational"
	case drover.Low:
		return 2, "Low"
	case drover.Medium:
		return 3, "Medium"
	case drover.High:
		return 4, "High"
	case drover.Critical:
		return 5, "Critical"
	}
	return 0, "Unknown"
}

func status(f *drover.Finding) (int, string) {
	switch {
	case f.State == drover.FindingAccepted:
		return 3, "Suppressed"
	case f.State == drover.FindingFixed:
		return 4, "Resolved"
	case f.State == drover.FindingUnchecked:
		return 0, "Unknown"
	case fresh(f):
		return 1, "New"
	}
	return 2, "In Progress"
}

// confidence is that of the weakest fact; no fact, no word about it.
func confidence(f *drover.Finding) (int, string) {
	weakest := -1
	for _, p := range f.Evidence {
		weakest = max(weakest, slices.Index(drover.Grades, cmp.Or(p.Grade, drover.GradeProven)))
	}
	switch weakest {
	case -1:
		return 0, ""
	case 0:
		return 3, "High"
	case 1:
		return 2, "Medium"
	}
	return 1, "Low"
}

func unmapped(f *drover.Finding) rest {
	r := rest{ID: f.ID(), Key: export.Line(f.Key()), State: cmp.Or(f.State, drover.FindingOpen), Risk: f.Risk, FixAction: f.Fix.Action, FixCommand: export.Line(f.Fix.Command), FixGroup: export.Line(f.Fix.Group), Breaks: export.Words(f.Breaks.Text),
		Dependents: f.Breaks.Dependents, Unknowns: []string{}, Assignee: export.Line(f.Assignee), FixedBy: export.Line(f.FixedBy), Exception: export.Line(f.Exception), Path: f.Path}
	for _, u := range f.Breaks.Unknowns {
		r.Unknowns = append(r.Unknowns, export.Line(u))
	}
	return r
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
