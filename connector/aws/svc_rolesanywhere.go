package aws

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rolesanywhere"
	"github.com/aws/aws-sdk-go-v2/service/rolesanywhere/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/cert"
)

var rolesanywhereServices = []service{{
	name: "rolesanywhere", regional: true, read: readRolesAnywhere,
	scopes: []connector.Scope{
		allow("rolesanywhere:ListTrustAnchors", "authorities whose certificates become AWS credentials"),
		allow("rolesanywhere:ListProfiles", "the roles that may be had by certificate"),
		allow("rolesanywhere:ListSubjects", "who came by certificate, and when last"),
		allow("rolesanywhere:GetSubject", "with which certificates"),
		allow("rolesanywhere:ListCrls", "revocation lists, and when they end"),
		allow("rolesanywhere:ListTagsForResource", "tags: owner, stack"),
	},
}}

// readRolesAnywhere reads what lets in certificates of others (IAM Roles Anywhere
// API reference and User Guide).
func readRolesAnywhere(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := &rolesAnywhere{a: a, region: region, out: out, api: rolesanywhere.NewFromConfig(a.in(region)), lost: newLosses(out)}
	defer r.lost.close()
	anchors, err := r.trustAnchors(ctx)
	if err != nil && len(anchors) == 0 && !denied(err) {
		return err
	}
	errs := []error{err}
	profiles, err := r.profiles(ctx)
	errs = append(errs, err, r.subjects(ctx, profiles), r.crls(ctx))
	for _, err := range errs {
		if err != nil && ctx.Err() == nil {
			out.Lost("rolesanywhere", fault(err))
		}
	}
	return ctx.Err()
}

type rolesAnywhere struct {
	a      *account
	region string
	out    *connector.Out
	api    *rolesanywhere.Client
	lost   *losses
}

// tags emits the tags of what n is about.
func (r *rolesAnywhere) tags(ctx context.Context, n drover.Node, arn *string) {
	t, err := r.api.ListTagsForResource(ctx, &rolesanywhere.ListTagsForResourceInput{ResourceArn: arn})
	if r.lost.of(ctx, n.Ref, "tags", err) || err != nil {
		return
	}
	out := under(r.out, n.Ref, "tags")
	say(out, bare(n), map[string]any{"Tags": tagged(out, n.Ref, tagList(t.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value }))})
}

// trustAnchors emits the authorities that are trusted.
func (r *rolesAnywhere) trustAnchors(ctx context.Context) ([]types.TrustAnchorDetail, error) {
	var list []types.TrustAnchorDetail
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListTrustAnchors(ctx, &rolesanywhere.ListTrustAnchorsInput{NextToken: token})
		if err != nil {
			return nil, nil, listed(r.region, err)
		}
		list = append(list, page.TrustAnchors...)
		return page.NextToken, idsOf(page.TrustAnchors, func(t types.TrustAnchorDetail) *string { return t.TrustAnchorId }), nil
	})
	for _, t := range list {
		r.trustAnchor(ctx, t)
	}
	return list, err
}

func (r *rolesAnywhere) trustAnchor(ctx context.Context, t types.TrustAnchorDetail) {
	ref := r.a.ref("rolesanywhere.trust_anchor", awssdk.ToString(t.TrustAnchorId))
	out := r.out.At(string(ref))
	said := map[string]any{"trustAnchorArn": t.TrustAnchorArn, "Region": r.region, "enabled": t.Enabled, "updatedAt": t.UpdatedAt}
	n := drover.Node{Ref: ref, Kind: drover.KindResource, Type: "aws.rolesanywhere.trust_anchor", Name: freeText(t.Name), Created: moment(t.CreatedAt), Aliases: aliases(awssdk.ToString(t.TrustAnchorArn))}
	if n.Name == "" {
		n.Name = text(awssdk.ToString(t.TrustAnchorId))
	}
	if t.Source != nil {
		said["sourceType"] = string(t.Source.SourceType)
		switch d := t.Source.SourceData.(type) {
		case *types.SourceDataMemberX509CertificateData:
			b, err := cert.Parse([]byte(d.Value), cert.Options{})
			if err != nil {
				out.Lost(string(ref), fmt.Errorf("the certificates of the trust anchor cannot be read: %w", err))
			}
			for _, c := range b.Certs {
				out.Edge(drover.Edge{From: ref, To: x509Node(out, c), Kind: drover.EdgeTrusts, Proof: "certificate bundle of the trust anchor"})
			}
		case *types.SourceDataMemberAcmPcaArn:
			said["acmPcaArn"] = d.Value
			out.Edge(drover.Edge{From: ref, To: r.a.arnEnd(d.Value), Kind: drover.EdgeTrusts, Proof: "private CA of the trust anchor"})
		}
	}
	n.Attrs = facts(said)
	out.Node(n)
	r.tags(ctx, n, t.TrustAnchorArn)
}

// x509Node emits a certificate that AWS keeps a copy of. It is the same node
// wherever the certificate lies.
func x509Node(out *connector.Out, c cert.Certificate) drover.Ref {
	names := []string{"x509:" + c.SHA256}
	if c.CA && c.SKI != "" {
		names = append(names, "x509-ski:"+c.SKI)
	}
	n := drover.Node{Ref: drover.NewRef("x509", "", "certificate", c.SHA256), Kind: drover.KindCredential, Type: "x509.certificate", Name: text(c.CommonName), Aliases: aliases(names...), Created: c.NotBefore, Expires: c.NotAfter,
		Attrs: facts(map[string]any{"subject": c.Subject, "issuer": c.Issuer, "serial": c.Serial, "dns": c.DNS, "ips": c.IPs, "emails": c.Emails, "uris": c.URIs, "ca": c.CA, "self_signed": c.SelfSigned,
			"key_alg": c.KeyAlg, "key_bits": c.KeyBits, "sig_alg": c.SigAlg, "key_usage": c.KeyUsage, "ext_key_usage": c.ExtKeyUsage, "spki_sha256": c.SPKI, "defects": c.Defects})}
	if n.Name == "" {
		n.Name = text("certificate " + c.Serial)
	}
	out.Node(n)
	if c.AKI != "" && !c.SelfSigned {
		out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef("x509-ski:" + c.AKI), Kind: drover.EdgeIssuedBy, Proof: "authority key identifier"})
	}
	return n.Ref
}

// profiles emits the sets of roles that certificates may ask for.
func (r *rolesAnywhere) profiles(ctx context.Context) ([]types.ProfileDetail, error) {
	var list []types.ProfileDetail
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListProfiles(ctx, &rolesanywhere.ListProfilesInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		list = append(list, page.Profiles...)
		return page.NextToken, idsOf(page.Profiles, func(p types.ProfileDetail) *string { return p.ProfileId }), nil
	})
	for _, p := range list {
		r.profile(ctx, p)
	}
	return list, err
}

func (r *rolesAnywhere) profileRef(p types.ProfileDetail) drover.Ref {
	return r.a.ref("rolesanywhere.profile", awssdk.ToString(p.ProfileId))
}

func (r *rolesAnywhere) profile(ctx context.Context, p types.ProfileDetail) {
	ref := r.profileRef(p)
	out := r.out.At(string(ref))
	said := map[string]any{
		"profileArn": p.ProfileArn, "Region": r.region, "enabled": p.Enabled, "roleArns": p.RoleArns, "managedPolicyArns": p.ManagedPolicyArns, "durationSeconds": p.DurationSeconds, "requireInstanceProperties": p.RequireInstanceProperties,
		"acceptRoleSessionName": p.AcceptRoleSessionName, "createdBy": p.CreatedBy, "updatedAt": p.UpdatedAt,
	}
	r.a.setDocument(out, said, "document", awssdk.ToString(p.SessionPolicy))
	n := drover.Node{Ref: ref, Kind: drover.KindRole, Type: "aws.rolesanywhere.profile", Name: freeText(p.Name), Created: moment(p.CreatedAt), Aliases: aliases(awssdk.ToString(p.ProfileArn)), Attrs: facts(said)}
	if n.Name == "" {
		n.Name = text(awssdk.ToString(p.ProfileId))
	}
	out.Node(n)
	r.tags(ctx, n, p.ProfileArn)
	if by := awssdk.ToString(p.CreatedBy); by != "" {
		if _, ok := parseARN(by); ok {
			out.Edge(drover.Edge{From: r.a.arnEnd(by), To: ref, Kind: drover.EdgeCreated, Proof: "createdBy of the profile"})
		}
	}
	for _, role := range p.RoleArns {
		out.Edge(drover.Edge{From: ref, To: r.a.arnEnd(role), Kind: drover.EdgeCanAssume, Cond: facts(map[string]any{"enabled": p.Enabled}), Proof: "role of the profile"})
	}
	for _, policy := range p.ManagedPolicyArns {
		out.Edge(drover.Edge{From: ref, To: r.a.arnEnd(policy), Kind: drover.EdgeBoundedBy, Proof: "session policy of the profile"})
	}
}

// subjects emits who has come by certificate. A subject may ask for the roles of
// any enabled profile of the region; the roles' own trust policies may narrow it,
// so the edge is inferred.
func (r *rolesAnywhere) subjects(ctx context.Context, profiles []types.ProfileDetail) error {
	var list []types.SubjectSummary
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListSubjects(ctx, &rolesanywhere.ListSubjectsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		list = append(list, page.Subjects...)
		return page.NextToken, idsOf(page.Subjects, func(s types.SubjectSummary) *string { return s.SubjectId }), nil
	})
	if eerr := each(ctx, r.a, list, func(ctx context.Context, s types.SubjectSummary) error { return r.subject(ctx, s, profiles) }); eerr != nil {
		return eerr
	}
	return err
}

func (r *rolesAnywhere) subject(ctx context.Context, s types.SubjectSummary, profiles []types.ProfileDetail) error {
	ref := r.a.ref("rolesanywhere.subject", awssdk.ToString(s.SubjectId))
	out := r.out.At(string(ref))
	n := drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "aws.rolesanywhere.subject", Name: freeText(s.X509Subject), Created: moment(s.CreatedAt), Aliases: aliases(awssdk.ToString(s.SubjectArn))}
	if n.Name == "" {
		n.Name = text(awssdk.ToString(s.SubjectId))
	}
	n.Attrs = facts(map[string]any{"subjectArn": s.SubjectArn, "Region": r.region, "x509Subject": s.X509Subject, "enabled": s.Enabled})
	out.Node(n)
	if t := moment(s.LastSeenAt); !t.IsZero() {
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastUsed, Source: "rolesanywhere:ListSubjects", At: t, Value: r.region})
	}
	for _, p := range profiles {
		if awssdk.ToBool(p.Enabled) && awssdk.ToBool(s.Enabled) {
			out.Edge(drover.Edge{From: ref, To: r.profileRef(p), Kind: drover.EdgeCanAssume, Grade: drover.GradeInferred, Proof: "an enabled profile of the region: any certificate of a trust anchor may ask for its roles"})
		}
	}
	d, err := r.api.GetSubject(ctx, &rolesanywhere.GetSubjectInput{SubjectId: s.SubjectId})
	if r.lost.of(ctx, ref, "credentials", err) || err != nil || d.Subject == nil {
		return nil //nolint:nilerr // noted as lost
	}
	out = under(r.out, ref, "credentials")
	for _, c := range d.Subject.Credentials {
		r.subjectCredential(out, ref, c)
	}
	return nil
}

// subjectCredential emits a certificate by which the subject came, or tried to.
func (r *rolesAnywhere) subjectCredential(out *connector.Out, subject drover.Ref, c types.CredentialSummary) {
	b, err := cert.Parse([]byte(awssdk.ToString(c.X509CertificateData)), cert.Options{})
	if err != nil || len(b.Certs) == 0 {
		out.Note(string(subject), "a certificate of the subject cannot be read: serial "+sayable(awssdk.ToString(c.SerialNumber)))
		return
	}
	ref := x509Node(out, b.Certs[0])
	out.Edge(drover.Edge{From: ref, To: subject, Kind: drover.EdgeAuthenticates, Cond: facts(map[string]any{"enabled": c.Enabled, "failed": c.Failed}), Proof: "credential of the subject"})
	if t := moment(c.SeenAt); !t.IsZero() && !awssdk.ToBool(c.Failed) {
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastUsed, Source: "rolesanywhere:GetSubject", At: t, Value: r.region})
	}
}

// crls emits the revocation lists. One that has ended lets revoked certificates in.
func (r *rolesAnywhere) crls(ctx context.Context) error {
	return paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListCrls(ctx, &rolesanywhere.ListCrlsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		for _, c := range page.Crls {
			r.crl(c)
		}
		return page.NextToken, idsOf(page.Crls, func(c types.CrlDetail) *string { return c.CrlId }), nil
	})
}

func (r *rolesAnywhere) crl(c types.CrlDetail) {
	ref := r.a.ref("rolesanywhere.crl", awssdk.ToString(c.CrlId))
	out := r.out.At(string(ref))
	said := map[string]any{"crlArn": c.CrlArn, "Region": r.region, "enabled": c.Enabled, "trustAnchorArn": c.TrustAnchorArn}
	n := drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "aws.rolesanywhere.crl", Name: freeText(c.Name), Created: moment(c.CreatedAt), Aliases: aliases(awssdk.ToString(c.CrlArn))}
	if n.Name == "" {
		n.Name = text(awssdk.ToString(c.CrlId))
	}
	der := c.CrlData
	if block, _ := pem.Decode(der); block != nil {
		der = block.Bytes
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		out.Note(string(ref), "the revocation list cannot be read: "+sayable(err.Error()))
	} else {
		said["revoked"], said["issuer"], said["thisUpdate"] = len(list.RevokedCertificateEntries), list.Issuer.String(), list.ThisUpdate
		n.Expires = list.NextUpdate.UTC()
	}
	n.Attrs = facts(said)
	out.Node(n)
	if anchor := awssdk.ToString(c.TrustAnchorArn); anchor != "" {
		out.Edge(drover.Edge{From: r.a.arnEnd(anchor), To: ref, Kind: drover.EdgeGuardedBy, Cond: facts(map[string]any{"enabled": c.Enabled}), Proof: "revocation list of the trust anchor"})
	}
}
