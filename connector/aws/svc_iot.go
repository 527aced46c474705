package aws

import (
	"context"
	"fmt"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var iotServices = []service{{
	name: "iot.things", regional: true, read: readThings,
	scopes: []connector.Scope{
		allow("iot:ListThings", "things"),
		allow("iot:ListThingPrincipals", "the certificates by which a thing signs in"),
	},
}, {
	name: "iot.certificates", regional: true, read: readCertificates,
	scopes: []connector.Scope{
		allow("iot:ListCertificates", "device certificates and whether they are active"),
		allow("iot:DescribeCertificate", "their fingerprints, ends and issuers"),
		allow("iot:ListCACertificates", "authorities whose devices may register"),
		allow("iot:DescribeCACertificate", "whether they register by themselves"),
	},
}, {
	name: "iot.policies", regional: true, read: readIoTPolicies,
	scopes: []connector.Scope{
		allow("iot:ListPolicies", "policies of devices"),
		allow("iot:GetPolicy", "what they allow"),
		allow("iot:ListTargetsForPolicy", "the certificates and groups that have them"),
		allow("iot:ListRoleAliases", "names by which devices get the credentials of a role"),
		allow("iot:DescribeRoleAlias", "which role"),
	},
}}

type iotReader struct {
	a      *account
	region string
	out    *connector.Out
	api    *iot.Client
	lost   *losses
}

func newIoT(a *account, region string, out *connector.Out) *iotReader {
	return &iotReader{a: a, region: region, out: out, api: iot.NewFromConfig(a.in(region)), lost: newLosses(out)}
}

// maxThings is of how many things the certificates are asked for, one call each:
// AWS allows some tens of them in a second.
const maxThings = 100_000

// readThings reads the things of a region's registry (AWS IoT API reference).
func readThings(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := newIoT(a, region, out)
	defer r.lost.close()
	var list []types.ThingAttribute
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListThings(ctx, &iot.ListThingsInput{NextToken: token, MaxResults: a.upTo(250)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Things...)
		return page.NextToken, idsOf(page.Things, func(t types.ThingAttribute) *string { return t.ThingName }), nil
	})
	for _, t := range list {
		r.thing(t)
	}
	if len(list) > maxThings {
		for _, t := range list[maxThings:] {
			under(r.out, r.thingRef(awssdk.ToString(t.ThingName)), "principals").Keep()
		}
		r.out.Note("things", fmt.Sprintf("%d things; the certificates of the first %d are read", len(list), maxThings))
		list = list[:maxThings]
	}
	if eerr := each(ctx, a, list, r.principals); eerr != nil {
		return eerr
	}
	return err
}

func (r *iotReader) thingRef(name string) drover.Ref {
	return r.a.regional("iot.thing", r.region, name)
}

func (r *iotReader) thing(t types.ThingAttribute) {
	name := awssdk.ToString(t.ThingName)
	ref := r.thingRef(name)
	out := r.out.At(string(ref))
	saidBy(out, ref, "attribute", t.Attributes)
	out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "aws.iot.thing", Name: text(name), Aliases: aliases(awssdk.ToString(t.ThingArn)),
		Attrs: facts(map[string]any{"thingArn": t.ThingArn, "Region": r.region, "thingTypeName": t.ThingTypeName, "attributes": tagMap(t.Attributes)})})
}

// principals joins a thing to what it signs in with: certificates, or identities
// of Cognito.
func (r *iotReader) principals(ctx context.Context, t types.ThingAttribute) error {
	ref := r.thingRef(awssdk.ToString(t.ThingName))
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListThingPrincipals(ctx, &iot.ListThingPrincipalsInput{ThingName: t.ThingName, NextToken: token, MaxResults: r.a.upTo(250)})
		if err != nil {
			return nil, nil, err
		}
		for _, p := range page.Principals {
			under(r.out, ref, "principals").Edge(drover.Edge{From: r.iotPrincipal(p), To: ref, Kind: drover.EdgeAuthenticates, Proof: "principal of the thing"})
		}
		return page.NextToken, page.Principals, nil
	})
	r.lost.of(ctx, ref, "principals", err)
	return nil
}

// iotPrincipal is the end for a principal or target of IoT: an ARN, or the id of
// a Cognito identity, "<region>:<UUID>".
func (r *iotReader) iotPrincipal(p string) drover.Ref {
	if strings.HasPrefix(p, "arn:") {
		return r.a.arnEnd(p)
	}
	return drover.UnseenRef("aws-cognito-identity:" + text(p))
}

// readCertificates reads the certificates of devices, and the authorities whose
// certificates may become some.
func readCertificates(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := newIoT(a, region, out)
	defer r.lost.close()
	var list []types.Certificate
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListCertificates(ctx, &iot.ListCertificatesInput{Marker: token, PageSize: a.upTo(250)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Certificates...)
		return page.NextMarker, idsOf(page.Certificates, func(c types.Certificate) *string { return c.CertificateId }), nil
	})
	if eerr := each(ctx, a, list, r.certificate); eerr != nil {
		return eerr
	}
	if err != nil {
		return err
	}
	return r.authorities(ctx)
}

func (r *iotReader) certificate(ctx context.Context, c types.Certificate) error {
	id := awssdk.ToString(c.CertificateId)
	ref := r.a.ref("iot.certificate", id)
	out := r.out.At(string(ref))
	n := drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "aws.iot.certificate", Name: text(id), Aliases: []string{awssdk.ToString(c.CertificateArn)}, Created: moment(c.CreationDate)}
	n.Aliases, n.Attrs = aliases(n.Aliases...), facts(map[string]any{"certificateArn": c.CertificateArn, "Region": r.region, "status": string(c.Status), "certificateMode": string(c.CertificateMode)})
	out.Node(n)
	d, err := r.api.DescribeCertificate(ctx, &iot.DescribeCertificateInput{CertificateId: &id})
	if !r.lost.of(ctx, ref, "description", err) && err == nil && d.CertificateDescription != nil {
		x, n, out := d.CertificateDescription, bare(n), under(r.out, ref, "description")
		said := map[string]any{"ownedBy": x.OwnedBy, "previousOwnedBy": x.PreviousOwnedBy, "caCertificateId": x.CaCertificateId}
		if pem := awssdk.ToString(x.CertificatePem); pem != "" {
			certificate(out, &n, said, pem)
		}
		if v := x.Validity; v != nil && n.Expires.IsZero() {
			n.Expires = moment(v.NotAfter)
		}
		if ca := awssdk.ToString(x.CaCertificateId); ca != "" {
			out.Edge(drover.Edge{From: ref, To: r.a.arnEnd(r.iotARN("cacert/" + ca)), Kind: drover.EdgeIssuedBy, Proof: "caCertificateId of the certificate"})
		}
		if t := moment(x.LastModifiedDate); !t.IsZero() {
			out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastChange, Source: "iot:DescribeCertificate", At: t})
		}
		say(out, n, said)
	}
	return nil
}

func (r *iotReader) iotARN(resource string) string {
	return "arn:" + r.a.partition + ":iot:" + r.region + ":" + r.a.id + ":" + resource
}

func (r *iotReader) authorities(ctx context.Context) error {
	var list []types.CACertificate
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListCACertificates(ctx, &iot.ListCACertificatesInput{Marker: token, PageSize: r.a.upTo(250)})
		if err != nil {
			return nil, nil, err
		}
		list = append(list, page.Certificates...)
		return page.NextMarker, idsOf(page.Certificates, func(c types.CACertificate) *string { return c.CertificateId }), nil
	})
	if err != nil && ctx.Err() == nil {
		r.out.Lost("CA certificates", fault(err)) // of any authority: all are spared
	}
	return each(ctx, r.a, list, r.authority)
}

func (r *iotReader) authority(ctx context.Context, c types.CACertificate) error {
	id := awssdk.ToString(c.CertificateId)
	ref := r.a.ref("iot.ca_certificate", id)
	out := r.out.At(string(ref))
	n := drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "aws.iot.ca_certificate", Name: text(id), Aliases: []string{awssdk.ToString(c.CertificateArn)}, Created: moment(c.CreationDate)}
	n.Aliases, n.Attrs = aliases(n.Aliases...), facts(map[string]any{"certificateArn": c.CertificateArn, "Region": r.region, "status": string(c.Status), "ca": true})
	out.Node(n)
	d, err := r.api.DescribeCACertificate(ctx, &iot.DescribeCACertificateInput{CertificateId: &id})
	if !r.lost.of(ctx, ref, "description", err) && err == nil && d.CertificateDescription != nil {
		x, n, out := d.CertificateDescription, bare(n), under(r.out, ref, "description")
		said := map[string]any{"autoRegistrationStatus": string(x.AutoRegistrationStatus), "certificateMode": string(x.CertificateMode), "ownedBy": x.OwnedBy}
		if pem := awssdk.ToString(x.CertificatePem); pem != "" {
			certificate(out, &n, said, pem)
		}
		if v := x.Validity; v != nil && n.Expires.IsZero() {
			n.Expires = moment(v.NotAfter)
		}
		if rc := d.RegistrationConfig; rc != nil {
			r.a.runsAs(out, ref, rc.RoleArn, "registrationConfig", "role that provisions the devices of the authority")
			said["provisioningTemplate"] = rc.TemplateName
		}
		say(out, n, said)
	}
	return nil
}

// readIoTPolicies reads what devices may do, and the roles that they get
// credentials of.
func readIoTPolicies(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := newIoT(a, region, out)
	defer r.lost.close()
	var list []types.Policy
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListPolicies(ctx, &iot.ListPoliciesInput{Marker: token, PageSize: a.upTo(250)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Policies...)
		return page.NextMarker, idsOf(page.Policies, func(p types.Policy) *string { return p.PolicyName }), nil
	})
	if eerr := each(ctx, a, list, r.policy); eerr != nil {
		return eerr
	}
	if err != nil {
		return err
	}
	return r.roleAliases(ctx)
}

func (r *iotReader) policy(ctx context.Context, p types.Policy) error {
	name := awssdk.ToString(p.PolicyName)
	ref := r.a.regional("iot.policy", r.region, name)
	out := r.out.At(string(ref))
	n := drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "aws.iot.policy", Name: text(name), Aliases: aliases(awssdk.ToString(p.PolicyArn))}
	n.Attrs = facts(map[string]any{"policyArn": p.PolicyArn, "Region": r.region})
	out.Node(n)
	d, err := r.api.GetPolicy(ctx, &iot.GetPolicyInput{PolicyName: &name})
	if !r.lost.of(ctx, ref, "document", err) && err == nil {
		n, at := bare(n), under(r.out, ref, "document")
		n.Created = moment(d.CreationDate)
		said := map[string]any{"defaultVersionId": d.DefaultVersionId}
		if doc := awssdk.ToString(d.PolicyDocument); doc != "" {
			// Of IAM's form, with variables of its own: a language apart.
			doc, _ = r.a.seal(clean(doc))
			said["document"] = at.Document(drover.NewDocument("aws-iot", doc))
		}
		say(at, n, said)
	}
	out = under(r.out, ref, "targets")
	err = paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListTargetsForPolicy(ctx, &iot.ListTargetsForPolicyInput{PolicyName: &name, Marker: token, PageSize: r.a.upTo(250)})
		if err != nil {
			return nil, nil, err
		}
		for _, t := range page.Targets {
			out.Edge(drover.Edge{From: ref, To: r.iotPrincipal(t), Kind: drover.EdgeAttached, Proof: "target of the policy"})
		}
		return page.NextMarker, page.Targets, nil
	})
	r.lost.of(ctx, ref, "targets", err)
	return nil
}

// roleAliases emits the names by which devices ask for the credentials of a role
// (AWS IoT Core Developer Guide, "Authorizing direct calls to AWS services").
func (r *iotReader) roleAliases(ctx context.Context) error {
	var list []string
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListRoleAliases(ctx, &iot.ListRoleAliasesInput{Marker: token, PageSize: r.a.upTo(250)})
		if err != nil {
			return nil, nil, err
		}
		list = append(list, page.RoleAliases...)
		return page.NextMarker, page.RoleAliases, nil
	})
	if err != nil && ctx.Err() == nil {
		r.out.Lost("role aliases", fault(err)) // of any alias: all are spared
	}
	return each(ctx, r.a, list, func(ctx context.Context, name string) error {
		ref := r.a.regional("iot.role_alias", r.region, name)
		out := r.out.At(string(ref))
		d, err := r.api.DescribeRoleAlias(ctx, &iot.DescribeRoleAliasInput{RoleAlias: &name})
		if r.lost.at(ctx, ref, err) || err != nil || d.RoleAliasDescription == nil {
			return nil //nolint:nilerr // noted as lost
		}
		x := d.RoleAliasDescription
		out.Node(drover.Node{Ref: ref, Kind: drover.KindRole, Type: "aws.iot.role_alias", Name: text(name), Created: moment(x.CreationDate), Aliases: aliases(awssdk.ToString(x.RoleAliasArn)),
			Attrs: facts(map[string]any{"roleAliasArn": x.RoleAliasArn, "Region": r.region, "roleArn": x.RoleArn, "credentialDurationSeconds": x.CredentialDurationSeconds, "owner": x.Owner})})
		if role := awssdk.ToString(x.RoleArn); role != "" {
			out.Edge(drover.Edge{From: ref, To: r.a.arnEnd(role), Kind: drover.EdgeCanAssume, Proof: "role of the role alias, for certificates whose policy allows iot:AssumeRoleWithCertificate"})
		}
		return nil
	})
}
