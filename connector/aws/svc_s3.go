package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var s3Services = []service{{
	name: "s3.buckets", read: readBuckets,
	scopes: []connector.Scope{
		allow("s3:ListAllMyBuckets", "buckets"),
		allow("s3:GetBucketPolicy", "who may use a bucket"),
		allow("s3:GetBucketPolicyStatus", "whether S3 itself takes the policy for public"),
		allow("s3:GetBucketPublicAccessBlock", "whether public grants are blocked"),
		allow("s3:GetBucketAcl", "who may use it by access control list"),
		allow("s3:GetBucketOwnershipControls", "whether such lists count at all"),
		allow("s3:GetEncryptionConfiguration", "the key it is encrypted with"),
		allow("s3:GetBucketTagging", "tags of buckets: owner, data class"),
		allow("s3:GetBucketLocation", "the region, where the listing does not say it"),
	},
}}

// readBuckets reads the buckets of the account, wherever they lie; not what is in
// them.
func readBuckets(ctx context.Context, a *account, _ string, out *connector.Out) error {
	r := &buckets{a: a, out: out, lost: newLosses(out)}
	defer r.lost.close()
	var list []types.Bucket
	api := r.api("")
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := api.ListBuckets(ctx, &s3.ListBucketsInput{ContinuationToken: token, MaxBuckets: awssdk.Int32(1000)})
		if err != nil {
			return nil, nil, fault(err)
		}
		list = append(list, page.Buckets...)
		return page.ContinuationToken, idsOf(page.Buckets, func(b types.Bucket) *string { return b.Name }), nil
	})
	if eerr := each(ctx, a, list, r.bucket); eerr != nil {
		return eerr
	}
	return err
}

type buckets struct {
	a    *account
	out  *connector.Out
	lost *losses
}

func (r *buckets) api(region string) *s3.Client {
	cfg := r.a.in(region)
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = cfg.BaseEndpoint != nil // an endpoint of one's own has one name
		o.DisableS3ExpressSessionAuth = awssdk.Bool(true)
	})
}

// A bucket is one being read.
type bucket struct {
	*buckets
	api  *s3.Client
	name string
	ref  drover.Ref
}

func (r *buckets) bucket(ctx context.Context, e types.Bucket) error {
	name := awssdk.ToString(e.Name)
	ref := r.a.ref("s3.bucket", drover.Named(text(name)))
	b := &bucket{buckets: r, name: name, ref: ref}
	n := drover.Node{
		Ref: b.ref, Kind: drover.KindResource, Type: "aws.s3.bucket", Name: text(name), Created: moment(e.CreationDate),
		Aliases: aliases("arn:" + r.a.partition + ":s3:::" + name), Attrs: facts(map[string]any{"Name": name}),
	}
	r.out.At(string(ref)).Node(n)
	n = bare(n)
	region := awssdk.ToString(e.BucketRegion)
	if region == "" {
		region = b.location(ctx)
	}
	say(under(r.out, ref, "location"), n, map[string]any{"Region": region})
	b.api = r.api(region)
	b.policy(ctx, n)
	for detail, read := range map[string]func(context.Context, *connector.Out) map[string]any{
		"policy status": b.policyStatus, "public access block": b.publicAccessBlock, "ownership": b.ownership, "encryption": b.encryption, "ACL": b.acl, "tags": b.tags,
	} {
		out := under(r.out, ref, detail)
		say(out, n, read(ctx, out))
	}
	return nil
}

// failed records an error that is not one of the ways to say "there is none".
func (b *bucket) failed(ctx context.Context, detail string, err error, none ...string) bool {
	if isCode(err, none...) {
		return true
	}
	b.lost.of(ctx, b.ref, detail, err)
	return err != nil
}

// location is the region of a bucket; the first region of all has no name there
// (Amazon S3 API reference, GetBucketLocation).
func (b *bucket) location(ctx context.Context) string {
	l, err := b.buckets.api("").GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &b.name})
	switch {
	case b.failed(ctx, "location", err):
		return ""
	case l.LocationConstraint == "":
		return "us-east-1"
	case l.LocationConstraint == types.BucketLocationConstraintEu:
		return "eu-west-1"
	}
	return string(l.LocationConstraint)
}

func (b *bucket) policy(ctx context.Context, n drover.Node) {
	p, err := b.api.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.name})
	if !b.failed(ctx, "bucket policy", err, "NoSuchBucketPolicy") {
		b.a.resourcePolicy(b.buckets.out, n, awssdk.ToString(p.Policy), "bucket policy")
	}
}

func (b *bucket) policyStatus(ctx context.Context, _ *connector.Out) map[string]any {
	p, err := b.api.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: &b.name})
	if b.failed(ctx, "policy status", err, "NoSuchBucketPolicy") || p.PolicyStatus == nil {
		return nil
	}
	return map[string]any{"PolicyStatus": map[string]any{"IsPublic": p.PolicyStatus.IsPublic}}
}

func (b *bucket) publicAccessBlock(ctx context.Context, _ *connector.Out) map[string]any {
	p, err := b.api.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &b.name})
	if isCode(err, "NoSuchPublicAccessBlockConfiguration") {
		return map[string]any{"PublicAccessBlockConfiguration": map[string]any{"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false}}
	}
	if b.failed(ctx, "public access block", err) || p.PublicAccessBlockConfiguration == nil {
		return nil
	}
	c := p.PublicAccessBlockConfiguration
	return map[string]any{"PublicAccessBlockConfiguration": map[string]any{"BlockPublicAcls": c.BlockPublicAcls, "IgnorePublicAcls": c.IgnorePublicAcls, "BlockPublicPolicy": c.BlockPublicPolicy, "RestrictPublicBuckets": c.RestrictPublicBuckets}}
}

func (b *bucket) ownership(ctx context.Context, _ *connector.Out) map[string]any {
	o, err := b.api.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: &b.name})
	if b.failed(ctx, "ownership", err, "OwnershipControlsNotFoundError") || o.OwnershipControls == nil || len(o.OwnershipControls.Rules) == 0 {
		return nil
	}
	return map[string]any{"ObjectOwnership": string(o.OwnershipControls.Rules[0].ObjectOwnership)}
}

func (b *bucket) encryption(ctx context.Context, _ *connector.Out) map[string]any {
	e, err := b.api.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &b.name})
	if b.failed(ctx, "encryption", err, "ServerSideEncryptionConfigurationNotFoundError") || e.ServerSideEncryptionConfiguration == nil {
		return nil
	}
	for _, rule := range e.ServerSideEncryptionConfiguration.Rules {
		if d := rule.ApplyServerSideEncryptionByDefault; d != nil {
			return map[string]any{"ServerSideEncryption": map[string]any{"SSEAlgorithm": string(d.SSEAlgorithm), "KMSMasterKeyID": d.KMSMasterKeyID}}
		}
	}
	return nil
}

func (b *bucket) tags(ctx context.Context, out *connector.Out) map[string]any {
	t, err := b.api.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &b.name})
	if b.failed(ctx, "tags", err, "NoSuchTagSet") {
		return nil
	}
	return map[string]any{"Tags": tagged(out, b.ref, tagList(t.TagSet, func(t types.Tag) (key, value *string) { return t.Key, t.Value }))}
}

// The groups that access control lists know (Amazon S3 User Guide, "Access
// control list overview").
var s3Groups = map[string]string{
	"http://acs.amazonaws.com/groups/global/AllUsers":           anyone,
	"http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "aws-any:authenticated",
	"http://acs.amazonaws.com/groups/s3/LogDelivery":            "aws-service:logging.s3.amazonaws.com",
}

// acl emits whom the list lets in besides the owner, and returns the owner's
// canonical id. Where the bucket's owner owns all objects, lists do not count; S3
// keeps that apart, and so do we (ObjectOwnership).
func (b *bucket) acl(ctx context.Context, out *connector.Out) map[string]any {
	acl, err := b.api.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &b.name})
	if b.failed(ctx, "ACL", err) {
		return nil
	}
	owner := ""
	if acl.Owner != nil {
		owner = awssdk.ToString(acl.Owner.ID)
	}
	for _, g := range acl.Grants {
		if g.Grantee == nil || g.Grantee.Type == types.TypeCanonicalUser && awssdk.ToString(g.Grantee.ID) == owner {
			continue
		}
		end := ""
		switch uri, id, mail := awssdk.ToString(g.Grantee.URI), awssdk.ToString(g.Grantee.ID), awssdk.ToString(g.Grantee.EmailAddress); {
		case s3Groups[uri] != "":
			end = s3Groups[uri]
		case uri != "":
			end = "aws-s3-group:" + text(uri)
		case id != "":
			end = "aws-canonical-user:" + text(id)
		case mail != "":
			end = "email:" + text(mail)
		default:
			continue
		}
		part := "bucket ACL " + text(string(g.Permission))
		out.Edge(drover.Edge{From: b.ref, To: drover.UnseenRef(end), Kind: drover.EdgeTrusts, Part: part, Cond: facts(map[string]any{"Permission": string(g.Permission)}), Proof: part})
	}
	if owner == "" {
		return nil
	}
	return map[string]any{"Owner": owner}
}
