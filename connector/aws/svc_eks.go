package aws

import (
	"context"
	"regexp"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var eksServices = []service{{
	name: "eks.clusters", regional: true, read: readEKS,
	scopes: []connector.Scope{
		allow("eks:ListClusters", "clusters"),
		allow("eks:DescribeCluster", "a cluster's address, token issuer and role"),
		allow("eks:ListAccessEntries", "who of IAM may enter a cluster"),
		allow("eks:DescribeAccessEntry", "as which Kubernetes user and groups"),
		allow("eks:ListAssociatedAccessPolicies", "with which of EKS's own policies"),
		allow("eks:ListPodIdentityAssociations", "service accounts that get a role by EKS Pod Identity"),
		allow("eks:DescribePodIdentityAssociation", "which role"),
		allow("eks:ListNodegroups", "node groups"),
		allow("eks:DescribeNodegroup", "the role that nodes, and pods without one of their own, run as"),
		allow("eks:ListFargateProfiles", "Fargate profiles"),
		allow("eks:DescribeFargateProfile", "the role that starts their pods"),
	},
}}

// readEKS reads the clusters of a region (Amazon EKS API reference).
func readEKS(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := &eksReader{a: a, region: region, out: out, api: eks.NewFromConfig(a.in(region)), lost: newLosses(out)}
	defer r.lost.close()
	var list []string
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListClusters(ctx, &eks.ListClustersInput{NextToken: token, MaxResults: a.upTo(100)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Clusters...)
		return page.NextToken, page.Clusters, nil
	})
	if eerr := each(ctx, a, list, r.cluster); eerr != nil {
		return eerr
	}
	return err
}

type eksReader struct {
	a      *account
	region string
	out    *connector.Out
	api    *eks.Client
	lost   *losses
}

func (r *eksReader) cluster(ctx context.Context, name string) error {
	ref := r.a.regional("eks.cluster", r.region, name)
	d, err := r.api.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &name})
	if r.lost.at(ctx, ref, err) || err != nil || d.Cluster == nil {
		return nil //nolint:nilerr // noted as lost
	}
	c := &eksCluster{eksReader: r, ref: ref, out: r.out.At(string(ref)), name: name, host: endpointHost(awssdk.ToString(d.Cluster.Endpoint))}
	c.describe(d.Cluster)
	c.accessEntries(ctx)
	c.podIdentities(ctx)
	c.nodegroups(ctx)
	c.fargateProfiles(ctx)
	return nil
}

type eksCluster struct {
	*eksReader
	out  *connector.Out
	ref  drover.Ref
	name string
	host string // of the API server, as kubeconfigs name it; "" while it is being made
}

// endpointHost is the host of an API server: lower case, without port 443.
func endpointHost(url string) string {
	_, host, ok := strings.Cut(url, "://")
	if !ok {
		host = url
	}
	host, _, _ = strings.Cut(host, "/")
	return strings.TrimSuffix(strings.ToLower(host), ":443")
}

func (c *eksCluster) describe(d *types.Cluster) {
	said := map[string]any{
		"arn": d.Arn, "Region": c.region, "endpoint": d.Endpoint, "version": d.Version, "platformVersion": d.PlatformVersion, "status": string(d.Status), "roleArn": d.RoleArn, "tags": tagged(c.out, c.ref, d.Tags),
	}
	if d.Identity != nil && d.Identity.Oidc != nil {
		said["issuer"] = d.Identity.Oidc.Issuer
	}
	if d.AccessConfig != nil {
		said["authenticationMode"] = string(d.AccessConfig.AuthenticationMode)
	}
	if v := d.ResourcesVpcConfig; v != nil {
		said["endpointPublicAccess"], said["endpointPrivateAccess"], said["publicAccessCidrs"] = v.EndpointPublicAccess, v.EndpointPrivateAccess, v.PublicAccessCidrs
	}
	var encrypted []string
	for _, e := range d.EncryptionConfig {
		if e.Provider != nil {
			encrypted = append(encrypted, awssdk.ToString(e.Provider.KeyArn))
		}
	}
	said["encryptionKeys"] = encrypted
	var logs []string
	if d.Logging != nil {
		for _, l := range d.Logging.ClusterLogging {
			if awssdk.ToBool(l.Enabled) {
				for _, t := range l.Types {
					logs = append(logs, string(t))
				}
			}
		}
	}
	said["clusterLogging"] = logs
	c.out.Node(drover.Node{Ref: c.ref, Kind: drover.KindResource, Type: "aws.eks.cluster", Name: text(c.name), Created: moment(d.CreatedAt), Aliases: aliases(awssdk.ToString(d.Arn)), Attrs: facts(said)})
	c.a.runsAs(c.out, c.ref, d.RoleArn, "", "role of the cluster's control plane")
}

// accessEntries emits who of IAM is whom in the cluster (EKS User Guide, "Grant
// IAM users access to Kubernetes with EKS access entries").
func (c *eksCluster) accessEntries(ctx context.Context) {
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := c.api.ListAccessEntries(ctx, &eks.ListAccessEntriesInput{ClusterName: &c.name, NextToken: token, MaxResults: c.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		for _, p := range page.AccessEntries {
			c.accessEntry(ctx, p)
		}
		return page.NextToken, page.AccessEntries, nil
	})
	if isCode(err, "InvalidRequestException") {
		c.out.Note(c.name, "the cluster has no access entries: who may enter is in its ConfigMap kube-system/aws-auth")
		return
	}
	c.lost.at(ctx, c.ref, err)
}

// template is what stands for parts of the session in a user name.
var template = regexp.MustCompile(`\{\{[^{}]*\}\}`)

func (c *eksCluster) accessEntry(ctx context.Context, principal string) {
	d, err := c.api.DescribeAccessEntry(ctx, &eks.DescribeAccessEntryInput{ClusterName: &c.name, PrincipalArn: &principal})
	if c.lost.at(ctx, c.ref, err) || err != nil || d.AccessEntry == nil {
		return
	}
	e, from := d.AccessEntry, c.a.arnEnd(principal)
	proof := text("EKS access entry " + awssdk.ToString(e.AccessEntryArn))
	cond := facts(map[string]any{"type": e.Type, "username": e.Username, "kubernetesGroups": e.KubernetesGroups})
	if user := awssdk.ToString(e.Username); user != "" && c.host != "" {
		user = template.ReplaceAllString(user, "*")
		c.out.Edge(drover.Edge{From: from, To: drover.UnseenRef("k8s-user:" + c.host + "/" + text(user)), Kind: drover.EdgeCanAssume, Part: proof, Cond: cond, Proof: proof})
	}
	for _, g := range e.KubernetesGroups {
		if c.host != "" {
			c.out.Edge(drover.Edge{From: from, To: drover.UnseenRef("k8s-group:" + c.host + "/" + text(g)), Kind: drover.EdgeMemberOf, Part: proof, Cond: cond, Proof: proof})
		}
	}
	c.out.Edge(drover.Edge{From: from, To: c.ref, Kind: drover.EdgeCanAccess, Part: proof, Cond: cond, Proof: proof})
	err = paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := c.api.ListAssociatedAccessPolicies(ctx, &eks.ListAssociatedAccessPoliciesInput{ClusterName: &c.name, PrincipalArn: &principal, NextToken: token, MaxResults: c.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		for _, p := range page.AssociatedAccessPolicies {
			scope := map[string]any{"policyArn": p.PolicyArn}
			if p.AccessScope != nil {
				scope["accessScope"] = map[string]any{"type": string(p.AccessScope.Type), "namespaces": p.AccessScope.Namespaces}
			}
			c.out.Edge(drover.Edge{From: from, To: c.ref, Kind: drover.EdgeCanAccess, Part: text(awssdk.ToString(p.PolicyArn)), Cond: facts(scope), Proof: proof})
		}
		return page.NextToken, idsOf(page.AssociatedAccessPolicies, func(p types.AssociatedAccessPolicy) *string { return p.PolicyArn }), nil
	})
	c.lost.at(ctx, c.ref, err)
}

// podIdentities emits the roles that service accounts get without a trust on the
// cluster's issuer (EKS User Guide, "EKS Pod Identities").
func (c *eksCluster) podIdentities(ctx context.Context) {
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := c.api.ListPodIdentityAssociations(ctx, &eks.ListPodIdentityAssociationsInput{ClusterName: &c.name, NextToken: token, MaxResults: c.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		for _, p := range page.Associations {
			c.podIdentity(ctx, awssdk.ToString(p.AssociationId))
		}
		return page.NextToken, idsOf(page.Associations, func(p types.PodIdentityAssociationSummary) *string { return p.AssociationId }), nil
	})
	c.lost.at(ctx, c.ref, err)
}

func (c *eksCluster) podIdentity(ctx context.Context, id string) {
	d, err := c.api.DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{ClusterName: &c.name, AssociationId: &id})
	if c.lost.at(ctx, c.ref, err) || err != nil || d.Association == nil {
		return
	}
	p := d.Association
	if c.host == "" || awssdk.ToString(p.RoleArn) == "" {
		return
	}
	proof := text("EKS Pod Identity association " + id)
	cond := facts(map[string]any{"namespace": p.Namespace, "serviceAccount": p.ServiceAccount, "clusterName": p.ClusterName, "disableSessionTags": p.DisableSessionTags, "policy": c.a.sealed(p.Policy)})
	from := drover.UnseenRef("k8s:" + c.host + "/" + text(awssdk.ToString(p.Namespace)) + "/" + text(awssdk.ToString(p.ServiceAccount)))
	c.out.Edge(drover.Edge{From: from, To: c.a.arnEnd(*p.RoleArn), Kind: drover.EdgeCanAssume, Part: text(id), Cond: cond, Proof: proof})
	if target := awssdk.ToString(p.TargetRoleArn); target != "" {
		outside := map[string]any{}
		if id := awssdk.ToString(p.ExternalId); id != "" {
			outside["externalId"] = c.a.fingerprint(id) // whoever knows it can say it
		}
		// The first role assumes the target role for the pod, in whatever account that is.
		c.out.Edge(drover.Edge{From: c.a.arnEnd(*p.RoleArn), To: c.a.arnEnd(target), Kind: drover.EdgeCanAssume, Part: text(id), Cond: facts(outside), Proof: proof, Grade: drover.GradeDeclared})
	}
}

func (c *eksCluster) nodegroups(ctx context.Context) {
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := c.api.ListNodegroups(ctx, &eks.ListNodegroupsInput{ClusterName: &c.name, NextToken: token, MaxResults: c.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		for _, name := range page.Nodegroups {
			d, err := c.api.DescribeNodegroup(ctx, &eks.DescribeNodegroupInput{ClusterName: &c.name, NodegroupName: &name})
			if c.lost.at(ctx, c.ref, err) || err != nil || d.Nodegroup == nil {
				continue
			}
			g := d.Nodegroup
			c.workload("eks.nodegroup", name, g.NodegroupArn, g.NodeRole, moment(g.CreatedAt), g.Tags, map[string]any{
				"nodegroupArn": g.NodegroupArn, "Region": c.region, "nodeRole": g.NodeRole, "status": string(g.Status), "capacityType": string(g.CapacityType), "amiType": string(g.AmiType)})
		}
		return page.NextToken, page.Nodegroups, nil
	})
	c.lost.at(ctx, c.ref, err)
}

func (c *eksCluster) fargateProfiles(ctx context.Context) {
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := c.api.ListFargateProfiles(ctx, &eks.ListFargateProfilesInput{ClusterName: &c.name, NextToken: token, MaxResults: c.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		for _, name := range page.FargateProfileNames {
			d, err := c.api.DescribeFargateProfile(ctx, &eks.DescribeFargateProfileInput{ClusterName: &c.name, FargateProfileName: &name})
			if c.lost.at(ctx, c.ref, err) || err != nil || d.FargateProfile == nil {
				continue
			}
			p := d.FargateProfile
			var selectors []map[string]any
			for _, s := range p.Selectors {
				selectors = append(selectors, map[string]any{"namespace": s.Namespace, "labels": tagMap(s.Labels)})
			}
			c.workload("eks.fargate_profile", name, p.FargateProfileArn, p.PodExecutionRoleArn, moment(p.CreatedAt), p.Tags, map[string]any{
				"fargateProfileArn": p.FargateProfileArn, "Region": c.region, "podExecutionRoleArn": p.PodExecutionRoleArn, "status": string(p.Status), "selectors": selectors})
		}
		return page.NextToken, page.FargateProfileNames, nil
	})
	c.lost.at(ctx, c.ref, err)
}

// workload emits what runs pods for the cluster.
func (c *eksCluster) workload(typ, name string, arn, role *string, created time.Time, tags map[string]string, said map[string]any) {
	n := drover.Node{Ref: c.a.regional(typ, c.region, c.name+"/"+name), Kind: drover.KindWorkload, Type: "aws." + typ, Name: text(name), Aliases: aliases(awssdk.ToString(arn)), Created: created}
	said["tags"] = tagged(c.out, n.Ref, tags)
	n.Attrs = facts(said)
	c.out.Node(n)
	c.out.Edge(drover.Edge{From: c.ref, To: n.Ref, Kind: drover.EdgeContains})
	c.a.runsAs(c.out, n.Ref, role, "", "role of "+name)
}
