package aws

import (
	"context"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var secretsmanagerServices = []service{{
	name: "secretsmanager.secrets", regional: true, read: readSecrets,
	scopes: []connector.Scope{
		allow("secretsmanager:ListSecrets", "secrets, by name; not their values"),
		allow("secretsmanager:DescribeSecret", "when a secret was rotated and last retrieved, by what it is rotated, its replicas"),
		allow("secretsmanager:GetResourcePolicy", "who else may read a secret"),
	},
}}

// readSecrets reads what is known about secrets. GetSecretValue is called only
// where option secrets is decode, and nothing else here needs to be allowed to.
func readSecrets(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := &secrets{a: a, region: region, out: out, api: secretsmanager.NewFromConfig(a.in(region)), lost: newLosses(out)}
	defer r.lost.close()
	var list []types.SecretListEntry
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListSecrets(ctx, &secretsmanager.ListSecretsInput{NextToken: token, MaxResults: a.upTo(100), IncludePlannedDeletion: awssdk.Bool(true)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.SecretList...)
		return page.NextToken, idsOf(page.SecretList, func(e types.SecretListEntry) *string { return e.ARN }), nil
	})
	if eerr := each(ctx, a, list, r.secret); eerr != nil {
		return eerr
	}
	return err
}

type secrets struct {
	a      *account
	region string
	out    *connector.Out
	api    *secretsmanager.Client
	lost   *losses
}

// id is what stands behind "secret:" in the ARN: the name, and six characters
// that differ when a secret of the same name is made again.
func (r *secrets) id(arn string) string {
	_, id, _ := strings.Cut(arn, ":secret:")
	return r.region + ":" + text(id)
}

func (r *secrets) secret(ctx context.Context, e types.SecretListEntry) error {
	arn := awssdk.ToString(e.ARN)
	ref := r.a.ref("secretsmanager.secret", r.id(arn))
	out := r.out.At(string(ref))
	n := drover.Node{Ref: ref, Kind: drover.KindResource, Type: "aws.secretsmanager.secret", Name: text(awssdk.ToString(e.Name)), Aliases: aliases(arn),
		Created: moment(e.CreatedDate)}
	said := map[string]any{
		"ARN": arn, "Region": r.region, "Description": freeText(e.Description), "KmsKeyId": e.KmsKeyId, "RotationLambdaARN": e.RotationLambdaARN,
		"DeletedDate": e.DeletedDate, "OwningService": e.OwningService, "PrimaryRegion": e.PrimaryRegion, "Type": e.Type, "ExternalSecretRotationRoleArn": e.ExternalSecretRotationRoleArn,
		"Tags": tagged(out, ref, tagList(e.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })),
	}
	if rules := e.RotationRules; rules != nil {
		said["RotationRules"] = map[string]any{"AutomaticallyAfterDays": rules.AutomaticallyAfterDays, "ScheduleExpression": rules.ScheduleExpression, "Duration": rules.Duration}
	}
	n.Attrs = facts(said)
	out.Node(n)
	r.edges(out, n.Ref, e)
	r.policy(ctx, n, arn)
	r.value(ctx, ref, arn, awssdk.ToString(e.Name))
	accessed, changed, described := r.rotation(ctx, n, e)
	r.evidence(under(r.out, ref, "rotation"), n, accessed, changed, described)
	return nil
}

// rotation emits how the secret is rotated and returns when it was last retrieved
// and changed. ListSecrets may be behind (its own documentation says so), so what
// it says counts only where DescribeSecret is not allowed.
func (r *secrets) rotation(ctx context.Context, n drover.Node, e types.SecretListEntry) (accessed, changed *time.Time, described bool) {
	d, err := r.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: e.ARN})
	at := under(r.out, n.Ref, "rotation")
	n = bare(n)
	switch {
	case err == nil:
		n.Rotated = moment(d.LastRotatedDate)
		say(at, n, map[string]any{"NextRotationDate": d.NextRotationDate, "RotationEnabled": d.RotationEnabled, "pending": pending(d.VersionIdsToStages)})
		var regions []string
		for _, rep := range d.ReplicationStatus {
			regions = append(regions, awssdk.ToString(rep.Region))
		}
		say(under(r.out, n.Ref, "replicas"), bare(n), map[string]any{"ReplicaRegions": regions})
		return d.LastAccessedDate, d.LastChangedDate, true
	case denied(fault(err)):
		n.Rotated = moment(e.LastRotatedDate)
		say(at, n, map[string]any{"NextRotationDate": e.NextRotationDate, "RotationEnabled": e.RotationEnabled, "pending": pending(e.SecretVersionsToStages)})
	}
	if r.lost.of(ctx, n.Ref, "rotation", err) {
		under(r.out, n.Ref, "replicas").Keep()
	}
	return e.LastAccessedDate, e.LastChangedDate, false
}

// pending reports whether a version that is not the current one is staged
// AWSPENDING: a rotation that did not end, which blocks every later one (Secrets
// Manager User Guide, "Troubleshoot rotation"). Nil: it has no version at all.
func pending(versions map[string][]string) any {
	if len(versions) == 0 {
		return nil
	}
	for _, stages := range versions {
		is, current := false, false
		for _, s := range stages {
			is, current = is || s == "AWSPENDING", current || s == "AWSCURRENT"
		}
		if is && !current {
			return true
		}
	}
	return false
}

func (r *secrets) policy(ctx context.Context, n drover.Node, arn string) {
	p, err := r.api.GetResourcePolicy(ctx, &secretsmanager.GetResourcePolicyInput{SecretId: &arn})
	if err != nil {
		r.lost.of(ctx, n.Ref, "secret policy", err)
		return
	}
	r.a.resourcePolicy(r.out, n, awssdk.ToString(p.ResourcePolicy), "secret policy")
}

func (r *secrets) edges(out *connector.Out, ref drover.Ref, e types.SecretListEntry) {
	if fn := awssdk.ToString(e.RotationLambdaARN); fn != "" {
		out.Edge(drover.Edge{From: r.a.arnEnd(fn), To: ref, Kind: drover.EdgeReadsSecret, Part: "rotation", Proof: "RotationLambdaARN of the secret"})
	}
	if role := awssdk.ToString(e.ExternalSecretRotationRoleArn); role != "" {
		out.Edge(drover.Edge{From: r.a.arnEnd(role), To: ref, Kind: drover.EdgeReadsSecret, Part: "rotation", Proof: "ExternalSecretRotationRoleArn of the secret"})
	}
	if svc := awssdk.ToString(e.OwningService); svc != "" {
		out.Edge(drover.Edge{From: drover.UnseenRef("aws-service:" + text(svc) + ".amazonaws.com"), To: ref, Kind: drover.EdgeCreated, Proof: "OwningService of the secret"})
	}
}

// evidence says when the secret was last retrieved: a day, in this region, and
// left out where it never was (Secrets Manager API reference, DescribeSecret).
func (r *secrets) evidence(out *connector.Out, n drover.Node, accessed, changed *time.Time, described bool) {
	const source = "secretsmanager:DescribeSecret"
	if t := moment(changed); !t.IsZero() {
		out.Evidence(drover.Evidence{Subject: n.Ref, Claim: drover.ClaimLastChange, Source: source, At: t})
	}
	switch t := moment(accessed); {
	case !t.IsZero():
		out.Evidence(drover.Evidence{Subject: n.Ref, Claim: drover.ClaimLastUsed, Source: source, At: t, Granularity: 24 * time.Hour, Value: r.region})
	case described && !n.Created.IsZero() && r.a.scan.Now.After(n.Created):
		out.Evidence(drover.Evidence{Subject: n.Ref, Claim: drover.ClaimNeverUsed, Source: source, At: r.a.scan.Now, Window: r.a.scan.Now.Sub(n.Created), Granularity: 24 * time.Hour, Value: r.region})
	}
}
