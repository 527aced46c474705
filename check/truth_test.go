package check_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/asreproast"
	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/consolenomfa"
	"github.com/droverhq/drover/check/describedsecret"
	"github.com/droverhq/drover/check/expired"
	"github.com/droverhq/drover/check/expiring"
	"github.com/droverhq/drover/check/kerberoast"
	"github.com/droverhq/drover/check/longlived"
	"github.com/droverhq/drover/check/rootkey"
	"github.com/droverhq/drover/check/unconstrained"
	"github.com/droverhq/drover/check/weakkerberos"
	"github.com/droverhq/drover/internal/realtest"
	"github.com/droverhq/drover/secret"
)

// A score counts what a check said against what others said is true.
type score struct{ found, missed, wrong, right int }

func (s *score) add(fired, truth bool) {
	switch {
	case fired && truth:
		s.found++
	case truth:
		s.missed++
	case fired:
		s.wrong++
	default:
		s.right++
	}
}

func (s *score) String() string {
	return fmt.Sprintf("recall %s, precision %s, silent on %d of %d that are well", of(s.found, s.found+s.missed), of(s.found, s.found+s.wrong), s.right, s.right+s.wrong)
}

func of(n, all int) string {
	if all == 0 {
		return "0 of 0"
	}
	return fmt.Sprintf("%d of %d (%.2f)", n, all, float64(n)/float64(all))
}

// firing lists the refs on which a check fires, all of them without their parts.
func firing(t *testing.T, graph string, c *check.Check) map[drover.Ref]bool {
	t.Helper()
	got := map[drover.Ref]bool{}
	err := check.Run(context.Background(), checktest.Estate(t, graph), []*check.Check{c}, check.Options{Finding: func(f drover.Finding) error {
		got[f.Subject.Ref] = true
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// line writes a record as the notation of estates takes it.
func line(r drover.Record) string {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return string(b) + "\n"
}

// Of the laboratories of GOAD, the configuration says how accounts are set up, and
// the documentation which of them is which weakness. The configuration is read as
// a directory would export it; the two settings that a script makes and no
// configuration names, DONT_REQ_PREAUTH and TRUSTED_FOR_DELEGATION, are taken from
// the scripts' names for their hosts and the documentation: they are input, and
// what is measured there is that nothing else fires. An account's own password in
// its description is found by comparing the two.
type goad struct {
	Lab struct {
		Domains map[string]struct {
			Users map[string]struct {
				SPNs        []string `json:"spns"`
				Description string   `json:"description"`
				Password    string   `json:"password"`
			} `json:"users"`
			GMSA map[string]any `json:"gmsa"`
		} `json:"domains"`
	} `json:"lab"`
}

// documented are the words of the documentation for a weakness.
var documented = map[string][]string{"asreproast": {"asrep"}, "unconstrained": {"unconstrained"}, "kerberoast": {"kerberoast", "keberoast", "kerberoasting", "keberoasting"}}

var directoryChecks = []*check.Check{asreproast.Check, kerberoast.Check, unconstrained.Check, weakkerberos.Check, describedsecret.Check}

func TestDirectoryTruth(t *testing.T) {
	root := realtest.SharedData(t, "graph/goad")
	scores := map[string]*score{}
	for _, lab := range []string{"GOAD", "GOAD-Light", "GOAD-Mini", "MINILAB"} {
		var g goad
		read(t, filepath.Join(root, lab, "data", "config.json"), &g)
		doc, err := os.ReadFile(filepath.Join(root, "docs", lab+".md"))
		if err != nil {
			t.Fatal(err)
		}
		graph, truth := directory(g, string(doc))
		for _, c := range directoryChecks {
			if scores[c.ID] == nil {
				scores[c.ID] = &score{}
			}
			got := firing(t, graph, c)
			for ref, weak := range truth {
				fired, want := got[ref], weak[c.ID]
				scores[c.ID].add(fired, want)
				if fired != want {
					t.Errorf("%s: %s on %s fires %v, want %v", lab, c.ID, ref, fired, want)
				}
			}
		}
	}
	for _, c := range directoryChecks {
		t.Logf("%s: %s", c.ID, scores[c.ID])
	}
	t.Log("how strong a password is, and whether two accounts share one, is in the configuration and not in a directory: no check claims to see it")
}

// directory is the estate of a laboratory, and which accounts are weak in what.
func directory(g goad, doc string) (graph string, truth map[drover.Ref]map[string]bool) {
	truth = map[drover.Ref]map[string]bool{}
	var b strings.Builder
	for domain, d := range g.Lab.Domains {
		for name, u := range d.Users {
			said := lines(doc, name)
			control := 0x200
			if says(said, "asreproast") {
				control |= check.UACNoPreauth
			}
			if says(said, "unconstrained") {
				control |= check.UACUnconstrained
			}
			attrs := map[string]any{"sAMAccountName": name, "description": secret.RedactString(u.Description), "userAccountControl": control, "objectClass": []string{"top", "person", "organizationalPerson", "user"}}
			if len(u.SPNs) > 0 {
				attrs["servicePrincipalName"] = u.SPNs
			}
			ref := drover.NewRef("ad", domain, "user", name)
			b.WriteString(line(drover.Record{Node: &drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "ad.user", Name: name, Attrs: drover.NewAttrs(attrs)}}))
			// A service name on a user account is what Kerberoasting needs, whether the
			// documentation calls the account so or not.
			truth[ref] = map[string]bool{"asreproast": says(said, "asreproast"), "unconstrained": says(said, "unconstrained"), "describedsecret": u.Password != "" && strings.Contains(u.Description, u.Password), "kerberoast": len(u.SPNs) > 0 || says(said, "kerberoast")}
		}
		for name := range d.GMSA {
			ref := drover.NewRef("ad", domain, "user", name)
			b.WriteString(line(drover.Record{Node: &drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "ad.user", Name: name + "$", Attrs: drover.NewAttrs(map[string]any{
				"userAccountControl": 0x1000, "objectClass": []string{"user", "computer", "msDS-GroupManagedServiceAccount"}, "servicePrincipalName": []string{"HOST/" + name}})}}))
			truth[ref] = map[string]bool{}
		}
	}
	return b.String(), truth
}

// lines are the lines of the documentation that begin with an account's name.
func lines(doc, name string) (said string) {
	for l := range strings.Lines(doc) {
		if before, rest, ok := strings.Cut(strings.TrimLeft(strings.TrimSpace(l), "- "), ":"); ok && strings.EqualFold(strings.TrimSpace(before), name) {
			said += strings.ToLower(rest)
		}
	}
	return said
}

func says(said, id string) bool {
	return slices.ContainsFunc(documented[id], func(w string) bool { return strings.Contains(said, w) })
}

// A posture is one example of a posture policy that others wrote, with its verdict.
type posture struct {
	Rule     string         `json:"rule_id"`
	Test     string         `json:"test"`
	Expected bool           `json:"expected"` // complies
	Resource map[string]any `json:"resource"`
}

// postures are the policies about credentials, and the checks that ask the same.
var postures = map[string][]*check.Check{
	"AWS.AccessKey.Rotation":         {longlived.Check},
	"AWS.RootAccount.AccessKeys":     {rootkey.Check},
	"AWS.RootAccount.MFA":            {consolenomfa.Check},
	"AWS.IAM.User.MFA":               {consolenomfa.Check},
	"AWS.ACM.Certificate.Expiration": {expiring.Check, expired.Check},
}

// differ says where we say otherwise on purpose, and why.
var differ = map[string]string{
	"AWS.ACM.Certificate.Expiration/Null Expiration": "an end that is not known is not said to be near",
	"AWS.ACM.Certificate.Expiration/Past Expiration": "a certificate that ended and lies nowhere stops nothing",
}

func TestPostureTruth(t *testing.T) {
	root := realtest.SharedData(t, "labelled-events/panther/policies")
	files, err := filepath.Glob(filepath.Join(root, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	scores := map[string]*score{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(data)) {
			var x posture
			if json.Unmarshal([]byte(l), &x) != nil || postures[x.Rule] == nil {
				continue
			}
			graph := resource(x.Resource)
			if scores[x.Rule] == nil {
				scores[x.Rule] = &score{}
			}
			fired := false
			for _, c := range postures[x.Rule] {
				fired = fired || len(firing(t, graph, c)) > 0
			}
			if why := differ[x.Rule+"/"+x.Test]; why != "" {
				t.Logf("%s: %s: fires %v, complies %v: %s", x.Rule, x.Test, fired, x.Expected, why)
				continue
			}
			scores[x.Rule].add(fired, !x.Expected)
			if fired == x.Expected {
				t.Errorf("%s: %s: fires %v, complies %v", x.Rule, x.Test, fired, x.Expected)
			}
		}
	}
	for rule, s := range scores {
		t.Logf("%s: %s", rule, s)
	}
}

// resource writes a user, a root user or a certificate of an account as the aws
// connector would: from the columns of its credential report.
func resource(r map[string]any) string {
	var b strings.Builder
	arn, _ := r["Arn"].(string)
	if s, ok := r["ARN"].(string); ok {
		arn = s
	}
	if strings.Contains(arn, ":acm:") {
		end, _ := r["NotAfter"].(string)
		from, _ := r["NotBefore"].(string)
		ref := drover.NewRef("aws", "123456789012", "acm.certificate", arn)
		b.WriteString(line(drover.Record{Node: &drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "aws.acm.certificate", Name: "test.domain.io", Created: moved(from), Expires: moved(end)}}))
		return b.String()
	}
	rep, _ := r["CredentialReport"].(map[string]any)
	typ, name := "aws.iam.user", arn[strings.LastIndexByte(arn, '/')+1:]
	ref := drover.NewRef("aws", "123456789012", "iam.user", name)
	if strings.HasSuffix(arn, ":root") {
		typ, name, ref = "aws.iam.root", "root of 123456789012", drover.NewRef("aws", "123456789012", "iam.root", "root")
	}
	attrs := map[string]any{}
	for field, column := range map[string]string{"password_enabled": "PasswordEnabled", "mfa_active": "MfaActive"} {
		if v, ok := rep[column].(bool); ok {
			attrs[field] = v
		}
	}
	b.WriteString(line(drover.Record{Node: &drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: typ, Name: name, Attrs: drover.NewAttrs(attrs)}}))
	for _, n := range []string{"1", "2"} {
		rotated, _ := rep["AccessKey"+n+"LastRotated"].(string)
		active, _ := rep["AccessKey"+n+"Active"].(bool)
		if !active && moved(rotated).IsZero() {
			continue
		}
		status := "Inactive"
		if active {
			status = "Active"
		}
		key := drover.NewRef("aws", "123456789012", "iam.access_key", "name:"+name+":access_key_"+n)
		b.WriteString(line(drover.Record{Node: &drover.Node{Ref: key, Kind: drover.KindCredential, Type: "aws.iam.access_key", Name: name + " access_key_" + n, Rotated: moved(rotated), Attrs: drover.NewAttrs(map[string]any{"Status": status, "no_expiry": true})}}))
		b.WriteString(line(drover.Record{Edge: &drover.Edge{From: key, To: ref, Kind: drover.EdgeAuthenticates}}))
	}
	return b.String()
}

// moved reads a time of an example. Year 1 stands for none there.
func moved(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() <= 1 {
		return time.Time{}
	}
	return at
}

func read(t *testing.T, file string, to any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
