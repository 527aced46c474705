package aws

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var ec2Services = []service{{
	name: "ec2.instances", regional: true, read: readInstances,
	scopes: []connector.Scope{
		allow("ec2:DescribeInstances", "instances, and whether their metadata service answers without a token"),
		allow("ec2:DescribeIamInstanceProfileAssociations", "which instance profile an instance has now"),
		allow("iam:ListInstanceProfiles", "the role behind an instance profile"),
		allow("ec2:DescribeInstanceAttribute", "secrets in user data, as fingerprints"),
	},
}, {
	name: "ec2.launch_templates", regional: true, read: readLaunchTemplates,
	scopes: []connector.Scope{
		allow("ec2:DescribeLaunchTemplates", "launch templates and who made them"),
		allow("ec2:DescribeLaunchTemplateVersions", "the instance profile that new instances get, secrets in user data"),
	},
}}

// readInstances reads the instances of a region. One that is terminated is gone;
// EC2 lists it for an hour more.
func readInstances(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := &instances{a: a, region: region, out: out, lost: newLosses(out), profiles: map[string]string{}}
	defer r.lost.close()
	reservations, err := a.ec2Instances(ctx, region)
	if err != nil {
		return err
	}
	if len(reservations) > 0 {
		r.listProfiles(ctx)
		r.listAssociations(ctx)
	}
	type owned struct {
		owner string
		ec2Instance
	}
	var list []owned
	for _, res := range reservations {
		for _, i := range res.Instances {
			if i.State != "terminated" {
				list = append(list, owned{res.Owner, i})
			}
		}
	}
	return each(ctx, a, list, func(ctx context.Context, i owned) error { return r.instance(ctx, i.owner, i.ec2Instance) })
}

type instances struct {
	a          *account
	region     string
	out        *connector.Out
	lost       *losses
	profiles   map[string]string         // ARN of an instance profile -> ARN of its role; nil: not known
	associated map[string]ec2Association // by instance; nil: not known
}

// listProfiles reads the roles behind instance profiles.
func (r *instances) listProfiles(ctx context.Context) {
	profiles, err := r.a.profileRoles(ctx)
	if err != nil && ctx.Err() == nil {
		r.out.At("instance profiles").Lost("instance profiles", err)
	}
	r.profiles = profiles
}

func (r *instances) listAssociations(ctx context.Context) {
	list, err := r.a.ec2Associations(ctx, r.region)
	if err != nil && ctx.Err() == nil {
		r.out.At("instance profile associations").Lost("instance profile associations", fault(err))
		return
	}
	r.associated = map[string]ec2Association{}
	for _, as := range list {
		if as.State == "associated" || as.State == "associating" {
			r.associated[as.InstanceID] = as
		}
	}
}

func (r *instances) instance(ctx context.Context, owner string, i ec2Instance) error {
	ref := r.a.ref("ec2.instance", i.ID)
	out := r.out.At(string(ref))
	if owner == "" {
		owner = r.a.id
	}
	arn := "arn:" + r.a.partition + ":ec2:" + r.region + ":" + owner + ":instance/" + i.ID
	tags := ec2Tags(i.Tags)
	n := drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "aws.ec2.instance", Name: text(i.ID), Aliases: aliases(arn)}
	if name := tags["Name"]; name != "" {
		n.Name = freeText(&name)
	}
	n.Attrs = facts(map[string]any{
		"InstanceId": i.ID, "Region": r.region, "ImageId": i.ImageID, "InstanceType": i.Type, "State": i.State, "KeyName": i.KeyName, "AvailabilityZone": i.Zone, "VpcId": i.VPC, "SubnetId": i.Subnet,
		"PrivateIpAddress": i.PrivateIP, "PrivateDnsName": i.PrivateDNS, "PublicIpAddress": i.PublicIP, "PlatformDetails": i.Platform, "InstanceLifecycle": i.Lifecycle, "IamInstanceProfile": i.Profile.ARN, "Tags": tagged(out, ref, tags),
		"MetadataOptions": map[string]any{"HttpTokens": i.HTTPTokens, "HttpEndpoint": i.HTTPEndpoint, "HttpPutResponseHopLimit": i.HTTPHops, "InstanceMetadataTags": i.MetadataTags},
		"imdsv1":          imdsv1(i),
	})
	out.Node(n)
	r.runsAs(n, i)
	if i.State == "running" {
		out.Evidence(drover.Evidence{Subject: n.Ref, Claim: drover.ClaimLive, Source: "ec2:DescribeInstances", At: r.a.scan.Now})
	}
	if t := ec2Time(i.Launched); !t.IsZero() {
		// The last start, not the first: a bound on its age, no more.
		out.Evidence(drover.Evidence{Subject: n.Ref, Claim: drover.ClaimLastChange, Source: "ec2:DescribeInstances", At: t, Value: "LaunchTime"})
	}
	data, err := r.a.ec2UserData(ctx, r.region, i.ID)
	if !r.lost.of(ctx, ref, "user data", err) {
		r.a.userData(under(r.out, ref, "user data"), n.Ref, "ec2.user_data", i.ID, data)
	}
	return nil
}

// runsAs joins an instance to the role behind its instance profile. What the
// association says is its own: it is asked for apart.
func (r *instances) runsAs(n drover.Node, i ec2Instance) {
	role, said := under(r.out, n.Ref, "role"), under(r.out, n.Ref, "association")
	association, profile := r.associated[i.ID], i.Profile.ARN
	if r.associated == nil {
		said.Keep()
	} else {
		say(said, bare(n), map[string]any{"IamInstanceProfileAssociation": association.ID})
		if profile == "" { // it is being associated
			profile, role = association.Profile.ARN, said
		}
	}
	switch {
	case r.profiles == nil:
		role.Keep()
	case profile != "":
		role.Edge(r.a.byProfile(n.Ref, profile, r.profiles))
	}
}

// imdsv1 reports whether whoever can make the instance fetch a URL gets its
// role's keys: the metadata service answers without a session token. Nil: not said.
func imdsv1(i ec2Instance) any {
	if i.HTTPTokens == "" {
		return nil
	}
	return i.HTTPTokens == "optional" && i.HTTPEndpoint != "disabled"
}

// byProfile joins a workload to the role behind its instance profile, or to the
// profile where the role could not be read.
func (a *account) byProfile(from drover.Ref, profile string, roles map[string]string) drover.Edge {
	e := drover.Edge{From: from, To: a.arnEnd(profile), Kind: drover.EdgeRunsAs, Cond: facts(map[string]any{"IamInstanceProfile": profile}), Proof: text("instance profile " + last(profile))}
	if role := roles[profile]; role != "" {
		e.To = a.arnEnd(role)
	}
	return e
}

// userData emits the secrets in what an instance is told at its start. Its text
// is not kept.
func (a *account) userData(out *connector.Out, owner drover.Ref, typ, id, encoded string) {
	if encoded == "" {
		return
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		out.Lost(text(id), fmt.Errorf("user data is no base64: %w", drover.ErrInvalid))
		return
	}
	a.script(out, script{owner: owner, typ: typ, id: id, name: "user data of " + id, body: raw})
}

// profileRoles is instanceProfiles, by what roles say of their profiles where the
// profiles cannot be listed. Where neither is allowed, which role is behind a
// profile is not known here, and a workload runs as its profile; where they
// failed otherwise the answer is nil.
func (a *account) profileRoles(ctx context.Context) (map[string]string, error) {
	roles, err := a.instanceProfiles(ctx)
	if err == nil {
		return roles, nil
	}
	d, derr := a.gaad(ctx)
	if derr != nil {
		if denied(err) && denied(derr) {
			return map[string]string{}, err
		}
		return nil, err
	}
	roles = map[string]string{}
	for _, r := range d.roles {
		for _, p := range r.InstanceProfileList {
			roles[p.Arn] = r.Arn
		}
	}
	return roles, err
}

// instanceProfiles lists the roles behind the account's instance profiles, by ARN.
func (a *account) instanceProfiles(ctx context.Context) (map[string]string, error) {
	roles := map[string]string{}
	api := iam.NewFromConfig(a.in(""))
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := api.ListInstanceProfiles(ctx, &iam.ListInstanceProfilesInput{Marker: token, MaxItems: a.upTo(1000)})
		if err != nil {
			return nil, nil, fault(err)
		}
		for _, p := range page.InstanceProfiles {
			if len(p.Roles) > 0 { // one at most (IAM User Guide, "Using instance profiles")
				roles[awssdk.ToString(p.Arn)] = awssdk.ToString(p.Roles[0].Arn)
			}
		}
		return page.Marker, idsOf(page.InstanceProfiles, func(p iamtypes.InstanceProfile) *string { return p.Arn }), nil
	})
	return roles, err
}

// readLaunchTemplates reads the launch templates of a region, in their default
// and latest versions: others are started only by who asks for them.
func readLaunchTemplates(ctx context.Context, a *account, region string, out *connector.Out) error {
	list, err := a.ec2Templates(ctx, region)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return nil
	}
	roles, err := a.profileRoles(ctx)
	if err != nil && ctx.Err() == nil {
		out.At("instance profiles").Lost("instance profiles", err)
	}
	byName := map[string]string{}
	for p := range roles {
		byName[last(p)] = p
	}
	templates := map[string]ec2Template{}
	for _, t := range list {
		templates[t.ID] = t
		ref := a.ref("ec2.launch_template", t.ID)
		out := out.At(string(ref))
		out.Node(drover.Node{
			Ref: ref, Kind: drover.KindWorkload, Type: "aws.ec2.launch_template", Name: text(t.Name), Created: ec2Time(t.Created),
			Aliases: aliases("arn:" + a.partition + ":ec2:" + region + ":" + a.id + ":launch-template/" + t.ID),
			Attrs:   facts(map[string]any{"LaunchTemplateId": t.ID, "Region": region, "CreatedBy": t.CreatedBy, "DefaultVersionNumber": t.Default, "LatestVersionNumber": t.Latest, "Tags": tagged(out, ref, ec2Tags(t.Tags))}),
		})
		if _, ok := parseARN(t.CreatedBy); ok {
			out.Edge(drover.Edge{From: a.arnEnd(t.CreatedBy), To: ref, Kind: drover.EdgeCreated, Proof: "CreatedBy of the launch template"})
		}
	}
	read := map[string]bool{}
	versions, err := a.ec2TemplateVersions(ctx, region)
	if err != nil && ctx.Err() == nil {
		out.Lost("launch template versions", fault(err))
	}
	for _, v := range versions {
		if _, ok := templates[v.ID]; !ok && !read[v.ID] {
			continue // made since
		}
		delete(templates, v.ID)
		read[v.ID] = true
		a.templateVersion(out.At(string(a.ref("ec2.launch_template", v.ID))), v, roles, byName)
	}
	for _, id := range slices.Sorted(maps.Keys(templates)) {
		// Every template has a version that is its default.
		if ref := string(a.ref("ec2.launch_template", id)); err == nil {
			out.At(ref).Lost(ref, fmt.Errorf("its versions were not listed; scan again: %w", drover.ErrTransient))
		}
	}
	return ctx.Err()
}

func (a *account) templateVersion(out *connector.Out, v ec2TemplateVersion, roles, byName map[string]string) {
	ref, version := a.ref("ec2.launch_template", v.ID), fmt.Sprintf("version %d", v.Version)
	if p := v.Data.Profile; p.ARN != "" || p.Name != "" {
		profile := p.ARN
		if profile == "" {
			profile = byName[p.Name]
		}
		if roles == nil {
			out.Keep()
			return
		}
		if profile == "" {
			profile = a.arn("instance-profile/" + p.Name)
		}
		e := a.byProfile(ref, profile, roles)
		e.Part, e.Proof = version, e.Proof+" of "+version
		out.Edge(e)
	}
	a.userData(out, ref, "ec2.launch_template_user_data", v.ID+":"+version, v.Data.UserData)
}
