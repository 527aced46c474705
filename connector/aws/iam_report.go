package aws

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	smithytime "github.com/aws/smithy-go/time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A reportRow is one user of a credential report, by the names of its columns
// (IAM User Guide, "Getting credential reports").
type reportRow map[string]string

const (
	rootUser   = "<root_account>"
	maxReport  = 64 << 20
	maxColumns = 200
)

// readReport has IAM write a credential report, at most every four hours a new
// one, and emits what it says.
func (a *account) readReport(ctx context.Context) error {
	if !a.wanted("iam.credential_report") {
		return nil
	}
	rows, at, err := a.fetchReport(ctx)
	// What the report says was true when it was written.
	if !at.IsZero() && at.Before(a.scan.Now) {
		a.scan.AsOf = at
		defer func() { a.scan.AsOf = time.Time{} }()
	}
	return a.section(ctx, "iam.credential_report", "", func(_ context.Context, out *connector.Out) error {
		d, derr := a.gaad(ctx)
		if len(rows) > 0 {
			a.emitReport(out, d, rows)
		}
		if err == nil && derr != nil && len(d.users) == 0 {
			err = fmt.Errorf("which users the rows are of is known by name alone: %w", derr)
		}
		return err
	})
}

// reportTries is how often, a second apart, the report is asked for.
const reportTries = 30

func (a *account) fetchReport(ctx context.Context) ([]reportRow, time.Time, error) {
	c := iam.NewFromConfig(a.cfg)
	var refused error
	for range reportTries {
		made, err := c.GenerateCredentialReport(ctx, nil)
		if err != nil {
			refused = fault(err) // an older report may be there
			break
		}
		if made.State == types.ReportStateTypeComplete {
			break
		}
		if err := smithytime.SleepWithContext(ctx, time.Second); err != nil {
			return nil, time.Time{}, err
		}
	}
	got, err := c.GetCredentialReport(ctx, nil)
	if err != nil {
		return nil, time.Time{}, errors.Join(refused, fault(err))
	}
	rows, err := parseReport(got.Content)
	var at time.Time
	if got.GeneratedTime != nil {
		at = got.GeneratedTime.UTC()
	}
	return rows, at, errors.Join(refused, err)
}

// parseReport reads a credential report: CSV, or that in base64. What came
// before a line that cannot be read is returned beside the error, which wraps
// drover.ErrInvalid and names the line.
func parseReport(b []byte) ([]reportRow, error) {
	if len(b) > maxReport {
		return nil, fmt.Errorf("credential report: %d bytes, more than %d: %w", len(b), maxReport, drover.ErrInvalid)
	}
	if !bytes.HasPrefix(b, []byte("user,")) {
		if plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(b)), "")); err == nil {
			b = plain
		}
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil || len(head) < 2 || head[0] != "user" || head[1] != "arn" || len(head) > maxColumns {
		return nil, fmt.Errorf("credential report: its first line is not that of one (user,arn,…): %w", drover.ErrInvalid)
	}
	var rows []reportRow
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err == nil && len(rec) != len(head) {
			line, _ := r.FieldPos(0)
			err = fmt.Errorf("line %d has %d columns, not %d", line, len(rec), len(head))
		}
		if err != nil { // the parser names the line
			return rows, fmt.Errorf("credential report: %s: %w", sayable(err.Error()), drover.ErrInvalid)
		}
		row := reportRow{}
		for i, h := range head {
			row[h] = rec[i]
		}
		rows = append(rows, row)
	}
}

// flag is a column that is true or false; ok is false where it says neither.
func (r reportRow) flag(column string) (value, ok bool) {
	switch strings.ToLower(r[column]) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// emitReport emits what a report says and nothing else does: password ages, MFA,
// and the credentials of the root user. Keys are listed elsewhere with their
// ids, which the report has not.
func (a *account) emitReport(out *connector.Out, d *details, rows []reportRow) {
	for _, r := range rows {
		if r["user"] == rootUser {
			a.emitRootReport(out, r)
			continue
		}
		u := d.reported(a, r)
		ref := a.userRef(u)
		attrs := map[string]any{}
		for _, c := range []string{"password_enabled", "mfa_active", "access_key_1_active", "access_key_2_active", "cert_1_active", "cert_2_active"} {
			if v, ok := r.flag(c); ok {
				attrs[c] = v
			}
		}
		for _, c := range []string{"password_last_changed", "password_next_rotation", "access_key_1_last_rotated", "access_key_2_last_rotated", "cert_1_last_rotated", "cert_2_last_rotated"} {
			set(attrs, c, stamp(parseTime(r[c])))
		}
		n := drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "aws.iam.user", Name: text(r["user"]), Created: parseTime(r["user_creation_time"]).Time, Attrs: drover.NewAttrs(attrs)}
		if !d.current(a, u) {
			a.emitFormer(out, d, u)
		} else if strings.HasPrefix(r["arn"], "arn:") {
			n.Aliases = []string{text(r["arn"])}
		}
		out.Node(n)
		a.emitPasswordReport(out, ref, r)
	}
}

// emitPasswordReport emits the console password of a user, when there is one.
func (a *account) emitPasswordReport(out *connector.Out, user drover.Ref, r reportRow) {
	if on, _ := r.flag("password_enabled"); !on {
		return
	}
	ref := a.ref("iam.login_profile", user.ID())
	attrs := map[string]any{"UserName": text(r["user"])}
	if mfa, ok := r.flag("mfa_active"); ok {
		attrs["mfa_active"] = mfa
	}
	next := parseTime(r["password_next_rotation"])
	if next.IsZero() {
		attrs["no_expiry"] = true
	}
	out.Node(drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "aws.iam.login_profile", Name: text(r["user"]), Rotated: parseTime(r["password_last_changed"]).Time, Expires: next.Time, Attrs: drover.NewAttrs(attrs)})
	out.Edge(drover.Edge{From: ref, To: user, Kind: drover.EdgeAuthenticates, Proof: "credential report: password_enabled"})
	used := parseTime(r["password_last_used"])
	switch {
	case !used.IsZero():
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastUsed, Source: "iam.credential_report", At: used.Time, Granularity: passwordGranularity})
	case r["password_last_used"] == "no_information":
		// Never, or not since IAM keeps count.
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimNeverUsed, Source: "iam.credential_report",
			Window: a.since(parseTime(r["password_last_changed"]).Time, a.now().Sub(passwordTracking).Truncate(time.Second))})
	}
}

// emitRootReport emits the credentials of the root user, which no other call
// tells of. The report numbers its keys.
func (a *account) emitRootReport(out *connector.Out, r reportRow) {
	if !isAccount(a.id) {
		return
	}
	attrs := map[string]any{}
	for _, c := range []string{"mfa_active", "password_enabled"} {
		if v, ok := r.flag(c); ok {
			attrs[c] = v
		}
	}
	a.emitRoot(out, attrs)
	if used := parseTime(r["password_last_used"]); !used.IsZero() {
		out.Evidence(drover.Evidence{Subject: a.root(), Claim: drover.ClaimLastUsed, Source: "iam.credential_report", At: used.Time, Granularity: passwordGranularity, Value: "console password"})
	}
	for _, n := range []string{"1", "2"} {
		a.emitReported(out, reportOwner{ref: a.root(), name: "root"}, r, "access_key_"+n, "access_key")
		a.emitReported(out, reportOwner{ref: a.root(), name: "root"}, r, "cert_"+n, "signing_certificate")
	}
}

// emitReported emits a credential of which nothing but its number in the report
// is known.
func (a *account) emitReported(out *connector.Out, owner reportOwner, r reportRow, column, sort string) {
	rotated := parseTime(r[column+"_last_rotated"])
	active, _ := r.flag(column + "_active")
	if !active && rotated.IsZero() {
		return
	}
	attrs := map[string]any{"Status": "Inactive", "UserName": text(owner.name)}
	if active {
		attrs["Status"] = "Active"
	}
	if sort == "access_key" {
		attrs["no_expiry"] = true
	}
	ref := a.ref("iam."+sort, drover.Named(text(owner.name)+owner.era+":"+column))
	n := drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "aws.iam." + sort, Name: text(owner.name) + " " + column, Rotated: rotated.Time, Attrs: drover.NewAttrs(attrs)}
	if alias := slot(owner.arn, rotated); alias != "" && sort == "access_key" {
		n.Aliases = []string{alias}
	}
	out.Node(n)
	out.Edge(drover.Edge{From: ref, To: owner.ref, Kind: drover.EdgeAuthenticates, Proof: "credential report: " + column + "_active"})
	if sort != "access_key" {
		return
	}
	a.emitReportedUse(out, ref, r, column)
}

// emitReportedUse emits what a report says of the last use of a key.
func (a *account) emitReportedUse(out *connector.Out, ref drover.Ref, r reportRow, column string) {
	rotated := parseTime(r[column+"_last_rotated"])
	if used := parseTime(r[column+"_last_used_date"]); !used.IsZero() {
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastUsed, Source: "iam.credential_report", At: used.Time, Granularity: keyGranularity,
			Value: text(joined(r[column+"_last_used_service"], r[column+"_last_used_region"]))})
	} else if r[column+"_last_used_date"] == "N/A" {
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimNeverUsed, Source: "iam.credential_report", Window: a.since(rotated.Time, a.now().Sub(keyTracking).Truncate(time.Second))})
	}
}
