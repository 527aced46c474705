package aws

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var kmsServices = []service{{
	name: "kms.keys", regional: true, read: readKeys,
	scopes: []connector.Scope{
		allow("kms:ListKeys", "keys"),
		allow("kms:DescribeKey", "a key's state, use and origin"),
		allow("kms:ListAliases", "the names of keys"),
		allow("kms:GetKeyPolicy", "who may use a key"),
		allow("kms:ListGrants", "who may use it besides"),
		allow("kms:GetKeyRotationStatus", "whether its material is rotated"),
		allow("kms:ListResourceTags", "tags of keys: owner, stack"),
	},
}}

// readKeys reads the keys of a region (AWS KMS API reference).
func readKeys(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := &kmsReader{a: a, region: region, out: out, api: kms.NewFromConfig(a.in(region)), lost: newLosses(out), aliases: map[string][]types.AliasListEntry{}}
	defer r.lost.close()
	var list []types.KeyListEntry
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListKeys(ctx, &kms.ListKeysInput{Marker: token, Limit: a.upTo(1000)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Keys...)
		return page.NextMarker, idsOf(page.Keys, func(k types.KeyListEntry) *string { return k.KeyId }), nil
	})
	if len(list) > 0 {
		r.listAliases(ctx)
	}
	if eerr := each(ctx, a, list, r.key); eerr != nil {
		return eerr
	}
	return err
}

type kmsReader struct {
	a       *account
	region  string
	out     *connector.Out
	api     *kms.Client
	lost    *losses
	aliases map[string][]types.AliasListEntry // by key id; nil: not known
}

func (r *kmsReader) listAliases(ctx context.Context) {
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListAliases(ctx, &kms.ListAliasesInput{Marker: token, Limit: r.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		for _, al := range page.Aliases {
			id := awssdk.ToString(al.TargetKeyId)
			r.aliases[id] = append(r.aliases[id], al)
		}
		return page.NextMarker, idsOf(page.Aliases, func(al types.AliasListEntry) *string { return al.AliasArn }), nil
	})
	if err != nil && ctx.Err() == nil {
		r.out.At("aliases").Lost("aliases", fault(err))
		r.aliases = nil
	}
}

// id is the key's own, with the region for a multi-Region key: its replicas
// share it (AWS KMS Developer Guide, "Multi-Region keys").
func (r *kmsReader) id(key string) string {
	if strings.HasPrefix(key, "mrk-") {
		return r.region + ":" + text(key)
	}
	return text(key)
}

func (r *kmsReader) key(ctx context.Context, k types.KeyListEntry) error {
	id := awssdk.ToString(k.KeyId)
	ref := r.a.ref("kms.key", r.id(id))
	out := r.out.At(string(ref))
	n := drover.Node{Ref: ref, Kind: drover.KindResource, Type: "aws.kms.key"}
	whole := n
	whole.Aliases, whole.Attrs = aliases(awssdk.ToString(k.KeyArn)), facts(map[string]any{"KeyId": id, "Arn": k.KeyArn, "Region": r.region})
	out.Node(whole)
	r.names(n, id)
	meta, ok := r.describe(ctx, n, id)
	if ok {
		r.rotation(ctx, n, id, meta)
	} else {
		under(r.out, ref, "rotation").Keep()
	}
	r.policy(ctx, n, id)
	if meta.KeyManager != types.KeyManagerTypeAws {
		r.tags(ctx, n, id)
	}
	r.grants(ctx, n.Ref, id)
	return nil
}

// names emits the key's aliases, the first of which is what people call it by.
func (r *kmsReader) names(n drover.Node, id string) {
	r.out.At(unnamed(n.Ref)).Node(drover.Node{Ref: n.Ref, Kind: n.Kind, Type: n.Type, Name: text(id)})
	out := under(r.out, n.Ref, "aliases")
	if r.aliases == nil {
		out.Keep()
		return
	}
	n.Name = text(id)
	var called, arns []string
	for _, al := range r.aliases[id] {
		called = append(called, awssdk.ToString(al.AliasName))
		arns = append(arns, awssdk.ToString(al.AliasArn))
	}
	if slices.Sort(called); len(called) > 0 {
		n.Name = text(called[0])
	}
	n.Aliases = aliases(arns...)
	say(out, n, map[string]any{"Aliases": called})
}

// describe emits what a key is for, and reports whether it could be read.
func (r *kmsReader) describe(ctx context.Context, n drover.Node, id string) (types.KeyMetadata, bool) {
	d, err := r.api.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
	if r.lost.of(ctx, n.Ref, "description", err) || err != nil || d.KeyMetadata == nil {
		return types.KeyMetadata{}, false
	}
	meta := *d.KeyMetadata
	n.Created, n.Expires = moment(meta.CreationDate), moment(meta.ValidTo)
	said := map[string]any{
		"Description": freeText(meta.Description), "KeyManager": string(meta.KeyManager), "KeyState": string(meta.KeyState), "KeyUsage": string(meta.KeyUsage), "KeySpec": string(meta.KeySpec),
		"Origin": string(meta.Origin), "MultiRegion": meta.MultiRegion, "DeletionDate": meta.DeletionDate, "CustomKeyStoreId": meta.CustomKeyStoreId,
	}
	if meta.KeyManager == types.KeyManagerTypeAws {
		said["provider_managed"] = true
	}
	say(under(r.out, n.Ref, "description"), n, said)
	return meta, true
}

// rotation asks where there is an answer: keys whose material KMS makes itself,
// symmetric, and the account's own.
func (r *kmsReader) rotation(ctx context.Context, n drover.Node, id string, meta types.KeyMetadata) {
	if meta.KeyManager != types.KeyManagerTypeCustomer || meta.KeySpec != types.KeySpecSymmetricDefault || meta.Origin != types.OriginTypeAwsKms || meta.KeyState == types.KeyStatePendingDeletion {
		return
	}
	d, err := r.api.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &id})
	if r.lost.of(ctx, n.Ref, "rotation", err) || err != nil {
		return
	}
	say(under(r.out, n.Ref, "rotation"), n, map[string]any{"KeyRotationEnabled": d.KeyRotationEnabled, "RotationPeriodInDays": d.RotationPeriodInDays, "NextRotationDate": d.NextRotationDate})
}

// policy reads the one policy that a key has.
func (r *kmsReader) policy(ctx context.Context, n drover.Node, id string) {
	p, err := r.api.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &id, PolicyName: awssdk.String("default")})
	if err != nil {
		r.lost.of(ctx, n.Ref, "key policy", err)
		return
	}
	r.a.resourcePolicy(r.out, n, awssdk.ToString(p.Policy), "key policy")
}

func (r *kmsReader) tags(ctx context.Context, n drover.Node, id string) {
	all := map[string]string{}
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: &id, Marker: token})
		if err != nil {
			return nil, nil, err
		}
		for _, t := range page.Tags {
			all[awssdk.ToString(t.TagKey)] = awssdk.ToString(t.TagValue)
		}
		return page.NextMarker, idsOf(page.Tags, func(t types.Tag) *string { return t.TagKey }), nil
	})
	if err != nil {
		r.lost.of(ctx, n.Ref, "tags", err)
		return
	}
	out := under(r.out, n.Ref, "tags")
	say(out, n, map[string]any{"Tags": tagged(out, n.Ref, all)})
}

// grants emits who may use the key by a grant: no policy shows it.
func (r *kmsReader) grants(ctx context.Context, ref drover.Ref, id string) {
	out := under(r.out, ref, "grants")
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListGrants(ctx, &kms.ListGrantsInput{KeyId: &id, Marker: token, Limit: r.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		for _, g := range page.Grants {
			r.grant(out, ref, g)
		}
		return page.NextMarker, idsOf(page.Grants, func(g types.GrantListEntry) *string { return g.GrantId }), nil
	})
	r.lost.of(ctx, ref, "grants", err)
}

func (r *kmsReader) grant(out *connector.Out, ref drover.Ref, g types.GrantListEntry) {
	id := text(awssdk.ToString(g.GrantId))
	var ops []string
	for _, op := range g.Operations {
		ops = append(ops, string(op))
	}
	slices.Sort(ops)
	said := map[string]any{"Operations": ops, "Name": freeText(g.Name), "IssuingAccount": g.IssuingAccount, "RetiringPrincipal": g.RetiringPrincipal, "CreationDate": g.CreationDate}
	if c := g.Constraints; c != nil {
		equal, subset := map[string]any{}, map[string]any{}
		for k, v := range c.EncryptionContextEquals {
			equal[text(k)] = v
		}
		for k, v := range c.EncryptionContextSubset {
			subset[text(k)] = v
		}
		said["Constraints"] = map[string]any{"EncryptionContextEquals": equal, "EncryptionContextSubset": subset}
	}
	from := drover.Ref("")
	switch {
	case awssdk.ToString(g.GranteePrincipal) != "":
		from = drover.UnseenRef(principalAlias("AWS", *g.GranteePrincipal, r.a.partition))
		if !strings.HasPrefix(*g.GranteePrincipal, "arn:") && strings.HasSuffix(*g.GranteePrincipal, ".amazonaws.com") {
			from = drover.UnseenRef("aws-service:" + text(*g.GranteePrincipal))
		}
	case awssdk.ToString(g.GranteeServicePrincipal) != "":
		from = drover.UnseenRef("aws-service:" + text(*g.GranteeServicePrincipal))
	default:
		return
	}
	out.Edge(drover.Edge{From: from, To: ref, Kind: drover.EdgeCanAccess, Part: "grant " + id, Cond: facts(said), Proof: "grant " + id})
}
