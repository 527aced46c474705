package classify

import (
	"math"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// threshold is the log-odds past which a verdict is given: about 82 in 100.
const threshold = 1.5

// prior is the weight from which on a rule of the type table against a service
// is no observation but a rate: most accounts of that type are people's.
const prior = -2

// tally collects signals by group.
type tally struct {
	reasons []Reason
	sum     [6]float64
	prior   float64 // the part of the group "type" that is only how often such accounts are people
	full    bool    // its name is a person's of two words
	marked  bool    // the name bears an explicit mark of service accounts
	rated   float64 // the like towards a service: most accounts of a database
	person  bool    // its display name is a person's
	service bool    // its name speaks of a service
	shared  string  // why it is shared; "": no sign
	sharedG Group
}

var groups = [6]Group{GroupType, GroupCredential, GroupBehaviour, GroupDirectory, GroupName, GroupRelations}

func (t *tally) add(g Group, weight float64, text, detail string) {
	if t.reasons == nil {
		t.reasons = make([]Reason, 0, 8)
	}
	t.reasons = append(t.reasons, Reason{Text: text, Detail: bound(detail), Group: g, Weight: weight})
	for i := range groups {
		if groups[i] == g {
			t.sum[i] += weight
		}
	}
}

func (t *tally) share(g Group, text, detail string) {
	if t.shared == "" {
		t.shared, t.sharedG = text, g
	}
	t.add(g, 0, text, detail)
}

// verdict weighs all signals. Groups are independent, signals inside one are not.
func (c *Classifier) verdict(in *Input, x *fields, rules []compiledRule, p *NameParts) (Verdict, drover.NHIType, string) {
	var t tally
	nhi, why := t.structure(in, x, rules)
	t.credentials(in, x)
	t.behaviour(&in.Behaviour)
	c.directory(&t, in, x)
	t.relations(&in.Rel)
	c.names(&t, in, x, p)
	v := t.conclude()
	if l := find(in.User, "verdict"); l != nil && validVerdict(l.Value) {
		v.Value = Value[drover.Verdict]{Value: drover.Verdict(l.Value), Source: SourceUser, Grade: drover.GradeDeclared, Reason: "said by " + bound(by(l))}
		v.Confidence, v.Automatable = 1, true
		v.Reasons = append([]Reason{{Text: v.Value.Reason, Group: GroupUser}}, v.Reasons...)
	}
	return v, nhi, why
}

func validVerdict(s string) bool {
	switch drover.Verdict(s) {
	case drover.VerdictNHI, drover.VerdictHuman, drover.VerdictShared, drover.VerdictUnknown:
		return true
	}
	return false
}

// structure reads the type table: the first rule with a weight and the first
// with an nhi_type that hold; a rule of shared accounts counts wherever it stands.
func (t *tally) structure(in *Input, x *fields, rules []compiledRule) (nhi drover.NHIType, why string) {
	weighed := false
	if in.Kind == drover.KindHuman {
		t.add(GroupType, -decisive, "is a record of a person", "")
		weighed = true
	}
	for i := range rules {
		r := &rules[i]
		if r.weight == 0 && r.nhi == "" && r.verdict == "" || !r.holds(in, x) {
			continue
		}
		if r.verdict == drover.VerdictShared {
			t.share(GroupType, r.text, "")
			weighed = true
		}
		if r.weight != 0 && !weighed {
			t.add(GroupType, r.weight, r.text, "")
			weighed = true
			switch {
			case r.weight < 0 && r.weight >= prior:
				t.prior = r.weight
			case r.weight > 0 && r.weight < 0.5:
				t.rated = r.weight
			}
		}
		if r.nhi != "" && nhi == "" {
			nhi, why = r.nhi, r.text
		}
	}
	return nhi, why
}

func (t *tally) credentials(in *Input, x *fields) {
	cr := &in.Creds
	mfa := cr.MFA == Yes || scalar(x.get("mfa_active")) == "true" || scalar(x.get("mfa_enabled")) == "true" || scalar(x.get("two_factor_enabled")) == "true"
	if mfa {
		t.add(GroupCredential, -3, "has a second factor or passkey", "")
	}
	if cr.Interactive == Yes {
		t.add(GroupCredential, -1.5, "can sign in interactively", "")
	}
	if cr.Interactive == No && cr.Keys+cr.Certificates+cr.Federations > 0 {
		t.add(GroupCredential, 2, "has keys and cannot sign in interactively", "")
	} else if cr.Keys > 0 && cr.Interactive != Yes && !mfa {
		t.add(GroupCredential, 1, "has long-lived keys and no second factor is known", "")
	}
	if cr.Federations > 0 {
		t.add(GroupCredential, 2, "is trusted by workload federation", "")
	}
	if cr.Certificates > 0 && cr.Interactive != Yes {
		t.add(GroupCredential, 1, "signs in by certificate or key", "")
	}
	if containsFold(cap4k(x.get("passwordPolicies")), "disablepasswordexpiration") {
		t.add(GroupCredential, 0.7, "has a password that never expires", "")
	}
	if cr.NeverExpires == Yes || scalar(x.get("pwdneverexpires")) == "true" || scalar(x.get("PasswordNeverExpires")) == "true" {
		t.add(GroupCredential, 0.5, "has a password that never expires", "")
	}
}

func (t *tally) behaviour(b *Behaviour) {
	if b.Days < 7 {
		return
	}
	if b.HoursPerDay >= 20 {
		t.add(GroupBehaviour, 2, "is active nearly every hour of a day", "")
	} else if b.HoursPerDay > 0 && b.HoursPerDay <= 10 && b.WeekendRatio >= 0 && b.WeekendRatio < 0.08 {
		t.add(GroupBehaviour, -2, "keeps office hours", "")
	}
	if b.HoursPerDay > 10 && b.WeekendRatio > 0.22 && b.WeekendRatio < 0.36 {
		t.add(GroupBehaviour, 1, "is as active at weekends as on any day", "")
	}
	if b.RegularGaps == Yes {
		t.add(GroupBehaviour, 1.5, "calls at regular intervals", "")
	}
	if b.SDKAgents == Yes { // weak: people run tools too
		t.add(GroupBehaviour, 1, "calls only through SDKs and tools", "")
	}
	if b.Browsers == Yes {
		t.add(GroupBehaviour, -2, "uses a browser", "")
	}
	if b.SeveralDevices == Yes {
		t.add(GroupBehaviour, -1, "is used from several devices or places", "")
	}
}

func (c *Classifier) directory(t *tally, in *Input, x *fields) {
	if strings.IndexByte(in.Name, '=') > 0 && strings.IndexByte(in.Name, ',') > 0 {
		unit(t, []byte(in.Name[:min(len(in.Name), MaxName)]))
	}
	if x.n == 0 {
		return
	}
	for i := range directory {
		d := &directory[i]
		for _, a := range d.attrs {
			if v := x.get(a); !empty(v) && string(v) != "false" {
				t.add(GroupDirectory, d.weight, d.text, "")
				break
			}
		}
	}
	c.personFields(t, x)
	v := firstOf(x, "distinguishedName", "distinguishedname", "dn", "distinguished_name", "orgUnitPath")
	unit(t, v)
	t.accountControl(x, t.described(x))
}

// unit reads the place in a directory tree.
func unit(t *tally, v []byte) {
	if w := anyWord(v, serviceUnits); w != "" {
		t.add(GroupDirectory, 2, "lies in a unit of service accounts", w)
	} else if w := anyWord(v, peopleUnits); w != "" {
		t.add(GroupDirectory, -1, "lies in a unit of people", w)
	}
}

// Bits of userAccountControl ([MS-ADTS] 2.2.16).
const (
	uacTrusts       = 0x0800 | 0x1000 | 0x2000 // interdomain, workstation and server trust accounts
	uacNeverExpires = 0x10000
	uacSmartcard    = 0x40000
	uacDelegates    = 0x80000 | 0x1000000
)

// accountControl reads the flags of a directory account, and what is missing: a
// directory keeps at least the name of a person, so an account that was read and
// has none is more often a service's.
func (t *tally) accountControl(x *fields, described bool) {
	v := firstOf(x, "userAccountControl", "useraccountcontrol")
	if v == nil {
		return
	}
	flags, err := strconv.ParseInt(scalar(v), 10, 64)
	if err != nil {
		return
	}
	if flags&uacTrusts != 0 {
		t.add(GroupCredential, 2.5, "is an account of a computer or a trust", "")
		return
	}
	if flags&uacSmartcard != 0 {
		t.add(GroupCredential, -2, "must sign in with a smart card", "")
	}
	if flags&uacDelegates != 0 {
		t.add(GroupCredential, 2, "may act for the users that call it", "")
	}
	if flags&uacNeverExpires != 0 {
		t.add(GroupCredential, 0.7, "has a password that never expires", "")
	}
	if !described && firstOf(x, "givenName", "sn", "displayName", "mail", "manager", "department", "employeeID", "employeeNumber", "company", "title") == nil {
		t.add(GroupDirectory, 1, "has no name, address, manager or department of a person", "")
	}
}

// personFields weighs given and family name, unless they are no names of people
// ("sql" "service", "Terraform" "Automation").
func (c *Classifier) personFields(t *tally, x *fields) {
	g, f := scalar(firstOf(x, givenAttrs...)), scalar(firstOf(x, familyAttrs...))
	if g == "" || f == "" || f == "-" || len(g) > 64 || len(f) > 64 {
		return
	}
	given, family := strings.ToLower(g), strings.ToLower(f)
	switch {
	case !personWord(g) || !personWord(f) && !c.vocab.given[given]:
	case c.technical(given) && (c.vocab.family[family] || c.vocab.given[given]): // Robot Smith
		t.add(GroupDirectory, -0.7, "has what may be a given and a family name", "")
	case c.display(g) == notPerson && !c.vocab.family[family]:
		t.service = true
		t.add(GroupDirectory, 1, "its fields for given and family name hold words of a service", "")
	default:
		t.person = true
		t.add(GroupDirectory, -1.5, "has a given and a family name", "")
	}
}

// personWord refuses what is written where a name is demanded and there is none.
func personWord(s string) bool {
	for _, w := range [...]string{"service", "svc", "account", "bot", "system", "application", "admin", "api", "test", "daemon", "glass", "room", "team", "user", "integration", "automation", "kiosk"} {
		if strings.EqualFold(s, w) {
			return false
		}
	}
	return true
}

// described reads free text; it reports whether that speaks of a person.
func (t *tally) described(x *fields) bool {
	for _, a := range describedAs {
		v := x.get(a)
		if len(v) < 4 {
			continue
		}
		if w := anyWord(v, sharedWords); w != "" {
			t.share(GroupDirectory, "is described as shared", w)
			return false
		}
		if w := anyWord(v, serviceWords); w != "" {
			t.add(GroupDirectory, 2, "is described with words of a service", w)
			return false
		}
		if w := anyWord(v, personWords); w != "" {
			t.add(GroupDirectory, -1.5, "is described as a person's account", w)
			return true
		}
	}
	return false
}

func (t *tally) relations(r *Relations) {
	if r.HRMatch {
		t.add(GroupRelations, -4, "is joined to a person in the HR system", "")
	}
	if r.PrimaryOf != "" {
		t.add(GroupRelations, -3, "is a second account of a person", r.PrimaryOf)
	}
	if len(r.RunsBy) > 0 {
		t.add(GroupRelations, 2, "a workload runs as it", r.RunsBy[0])
	}
	if r.OwnedByTeam {
		t.add(GroupRelations, 1, "is owned by a team or application", "")
	}
	if r.InVault {
		t.add(GroupRelations, 1, "its secret lies in a vault", "")
	}
	if r.CreatedByTool {
		t.add(GroupRelations, 1, "was made by a tool", "")
	}
	if r.OwnsOthers > 0 {
		t.add(GroupRelations, -1, "owns other identities", "")
	}
	if r.UsedByPeople >= 2 {
		t.share(GroupRelations, "is used by several people", "")
	}
}

// conclude adds up the bounded groups.
func (t *tally) conclude() Verdict {
	v := Verdict{Reasons: t.reasons}
	nhi, human, hard := 0, 0, false
	var best Group
	most := 0.0
	if t.marked || t.service && !t.person {
		t.sum[0] -= t.prior // "svc-x" outweighs that most users of a directory are people
	}
	if t.full || t.person && !t.service {
		t.sum[0] -= t.rated
	}
	for i, s := range t.sum {
		l := limits[groups[i]]
		s = min(max(s, l[0]), l[1])
		v.Score += s
		if s >= 1 {
			nhi++
		} else if s <= -1 {
			human++
		}
		if math.Abs(s) > most {
			best, most = groups[i], math.Abs(s)
		}
		hard = hard || groups[i] == GroupType && math.Abs(s) >= decisive
	}
	v.Confidence = 1 / (1 + math.Exp(-math.Abs(v.Score)))
	v.Grade = drover.GradeInferred
	if hard {
		v.Grade = drover.GradeProven
	}
	v.Source = sourceOf(best)
	switch {
	case t.shared != "" && !hard:
		v.Value.Value, v.Reason, v.Source = drover.VerdictShared, t.shared, sourceOf(t.sharedG)
		v.Confidence, v.Automatable = 0.85, false
		return v
	case v.Score >= threshold:
		v.Value.Value, v.Automatable = drover.VerdictNHI, hard && v.Score > 0 || nhi >= 2
	case v.Score <= -threshold:
		v.Value.Value, v.Automatable = drover.VerdictHuman, hard && v.Score < 0 || human >= 2
	default:
		v.Value.Value, v.Source, v.Grade = drover.VerdictUnknown, "", drover.GradeUnknown
		v.Reason = "no signals"
		if most > 0 {
			v.Reason = "the signals are weak or disagree"
		}
		return v
	}
	v.Reason = t.strongest(v.Score > 0)
	return v
}

// strongest is the text of the heaviest signal for the side that won.
func (t *tally) strongest(nhi bool) string {
	best, text := 0.0, ""
	for _, r := range t.reasons {
		w := r.Weight
		if !nhi {
			w = -w
		}
		if w > best {
			best, text = w, r.Text
		}
	}
	return text
}

func sourceOf(g Group) Source {
	switch g {
	case GroupName:
		return SourceName
	case GroupBehaviour:
		return SourceBehaviour
	}
	return SourceStructure
}

func firstOf(x *fields, names ...string) []byte {
	for _, n := range names {
		if v := x.get(n); !empty(v) {
			return v
		}
	}
	return nil
}
