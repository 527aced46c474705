package judge

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph"
)

// Around is what the edges of one identity say of it.
type Around struct {
	Use         graph.Use // its own and its credentials'
	Credentials int
	Places      int    // in which it or its credentials lie
	Owner       string // who answers for it, by name; "": nobody that is known

	creds  classify.Creds
	rel    classify.Relations
	unit   string
	trusts []string
	boxes  []string
}

func (j *Judge) around(i int) Around {
	var a Around
	a.Use, _ = j.Snapshot.Use(i)
	for h := range j.In(i) {
		switch h.Kind {
		case drover.EdgeAuthenticates:
			j.addCredential(&a, h.Row)
		case drover.EdgeRunsAs:
			a.rel.RunsBy = append(a.rel.RunsBy, lastWord(j.Type(h.Row)))
		case drover.EdgeContains:
			a.boxes = append(a.boxes, j.Name(h.Row))
		}
	}
	for h := range j.Out(i) {
		switch h.Kind {
		case drover.EdgeOwns:
			a.rel.OwnsOthers++
		case drover.EdgeMemberOf:
			a.rel.MemberOf = append(a.rel.MemberOf, j.Name(h.Row))
			if orgUnit(j.Type(h.Row)) && a.unit == "" {
				a.unit = j.Name(h.Row)
			}
		case drover.EdgeTrusts:
			a.trusts = append(a.trusts, j.Name(h.Row))
		case drover.EdgeStoredIn:
			a.Places++
		}
	}
	j.addOwner(&a, i)
	return a
}

// addCredential adds what one credential says of the identity that it proves.
func (j *Judge) addCredential(a *Around, c int) {
	a.Credentials++
	typ := j.Type(c)
	switch {
	case strings.Contains(typ, "cert") || strings.Contains(typ, "ssh"):
		a.creds.Certificates++
	case strings.Contains(typ, "federat") || strings.Contains(typ, "oidc"):
		a.creds.Federations++
	case strings.Contains(typ, "password"):
	default:
		a.creds.Keys++
	}
	for h := range j.Out(c) {
		if h.Kind == drover.EdgeStoredIn {
			a.Places++
			if strings.Contains(j.Type(h.Row), "vault") {
				a.rel.InVault = true
			}
		}
	}
	addUse(j.Snapshot, &a.Use, c)
}

// addOwner adds who answers for a row: by decision, policy, what systems say, or
// what comes down from what it belongs to.
func (j *Judge) addOwner(a *Around, i int) {
	o, ok := j.owners.Current(i)
	if !ok {
		return
	}
	a.Owner, a.rel.HasOwner, a.rel.OwnedByTeam = j.owners.Name(o.Party), classify.Yes, j.owners.IsTeam(o.Party)
	switch {
	case j.owners.Gone(o.Party):
		a.rel.OwnerLeft = classify.Yes
	case o.Row >= 0 && j.Kind(o.Row) == drover.KindHuman:
		a.rel.OwnerLeft = classify.No
		if j.owners.Left(o.Row) == classify.StateUnknown {
			a.rel.OwnerLeft = classify.StateUnknown
		}
	}
}

// Disabled reports whether a system says of an identity or a credential that it
// is switched off, in the field that its own API has for that: disabled (Google
// Cloud), DISABLED (Snowflake), accountEnabled (Microsoft Graph), userAccountControl
// (Active Directory), suspended (Google Workspace), suspended_at (GitHub), revoked
// (GitLab), REVOKE (RACF), active (GitLab, SCIM), IsActive (Salesforce), enabled,
// status, and STATUS (IBM i).
func Disabled(a drover.Attrs) classify.State {
	state := classify.StateUnknown
	if !slices.ContainsFunc(switches, func(field []byte) bool { return bytes.Contains(a, field) }) {
		return state // most have none, and decoding costs
	}
	m := a.Map()
	is := func(field string, off bool) {
		if v, ok := truth(m[field]); ok && state != classify.Yes {
			state = classify.StateOf(v == off, true)
		}
	}
	for _, field := range []string{"disabled", "suspended", "revoked", "deleted", "DISABLED", "REVOKE"} {
		is(field, true)
	}
	for _, field := range []string{"accountEnabled", "enabled", "active", "IsActive"} {
		is(field, false)
	}
	if n, ok := m["userAccountControl"].(json.Number); ok {
		if v, err := n.Int64(); err == nil && state != classify.Yes {
			state = classify.StateOf(v&accountDisable != 0, true)
		}
	}
	if at, _ := m["suspended_at"].(string); at != "" {
		return classify.Yes
	}
	for _, field := range []string{"status", "Status", "state", "STATUS"} {
		s, _ := m[field].(string)
		switch strings.ToLower(strings.TrimPrefix(s, "*")) {
		case "inactive", "disabled", "revoked", "suspended", "deprovisioned", "blocked", "deactivated":
			return classify.Yes
		}
	}
	return state
}

// switches are how the fields that Disabled reads begin in JSON.
var switches = [][]byte{[]byte(`isabled":`), []byte(`nabled":`), []byte(`suspended":`), []byte(`revoked":`), []byte(`deleted":`), []byte(`"active":`), []byte(`"IsActive":`),
	[]byte(`"userAccountControl":`), []byte(`tatus":`), []byte(`"state":`), []byte(`"DISABLED":`), []byte(`"REVOKE":`), []byte(`"STATUS":`), []byte(`"suspended_at":"`)}

// accountDisable is the flag of userAccountControl by which Active Directory
// disables an account (MS-ADTS 2.2.16, ADS_UF_ACCOUNT_DISABLE).
const accountDisable = 0x2

// truth reads a flag as systems write it: true, "true", "yes".
func truth(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		switch strings.ToLower(v) {
		case "true", "yes":
			return true, true
		case "false", "no":
			return false, true
		}
	}
	return false, false
}

// Input gathers what is known about row i for classification.
func (j *Judge) Input(i int) (classify.Input, Around) {
	a := j.around(i)
	r := j.Row(i)
	in := classify.Input{Kind: r.Node.Kind, Type: r.Node.Type, Name: r.Node.Name, Aliases: r.Node.Aliases, Attrs: r.Node.Attrs,
		Created: r.Node.Created, Expires: r.Node.Expires, FirstSeen: r.FirstSeen, Use: a.Use.Use, Creds: a.creds, Rel: a.rel,
		User: j.Labels(i), Containers: a.boxes, Trusts: a.trusts}
	if r.Node.Kind == drover.KindIdentity {
		in.Disabled = Disabled(r.Node.Attrs)
	}
	in.Rel.Department = j.unitOf(i, a.unit)
	if len(j.set.Sources) > 0 {
		in.Containers = j.containers(i, in.Containers)
	}
	if a.Use.Declared && len(r.Sources) > 0 {
		in.Declared = classify.StateOf(r.Node.Attrs.Bool("declared"))
	}
	return in, a
}
