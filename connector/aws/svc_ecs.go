package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var ecsServices = []service{{
	name: "ecs.task_definitions", regional: true, read: readTaskDefinitions,
	scopes: []connector.Scope{
		allow("ecs:ListTaskDefinitions", "task definitions that can be started"),
		allow("ecs:DescribeTaskDefinition", "their roles, the secrets they read, the names of their variables"),
	},
}, {
	name: "ecs.services", regional: true, read: readClusters,
	scopes: []connector.Scope{
		allow("ecs:ListClusters", "clusters"),
		allow("ecs:DescribeClusters", "tags of clusters, and where their sessions are logged"),
		allow("ecs:ListServices", "services"),
		allow("ecs:DescribeServices", "the task definition that a service runs, and whether people may execute commands in it"),
		allow("ecs:DescribeTaskDefinition", "the role that a service runs as"),
	},
}}

// maxRevisions is how many revisions of task definitions are read in one region,
// the newest of each family first: old ones pile up for years.
const maxRevisions = 5000

// readTaskDefinitions reads the active revisions: any of them can be started.
func readTaskDefinitions(ctx context.Context, a *account, region string, out *connector.Out) error {
	api := ecs.NewFromConfig(a.in(region))
	lost := newLosses(out)
	defer lost.close()
	var list []string
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := api.ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{NextToken: token, MaxResults: a.upTo(100), Status: types.TaskDefinitionStatusActive, Sort: types.SortOrderDesc})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.TaskDefinitionArns...)
		return page.NextToken, page.TaskDefinitionArns, nil
	})
	if len(list) > maxRevisions {
		// Newest first across families, so that none is left out as a whole.
		slices.SortStableFunc(list, func(x, y string) int { return revision(y) - revision(x) })
		for _, arn := range list[maxRevisions:] {
			out.At(string(a.regional("ecs.task_definition", region, last(arn)))).Keep()
		}
		out.Note("task definitions", fmt.Sprintf("%d active revisions; of them the %d with the highest numbers are read: deregister old ones", len(list), maxRevisions))
		list = list[:maxRevisions]
	}
	if eerr := each(ctx, a, list, func(ctx context.Context, arn string) error {
		ref := a.regional("ecs.task_definition", region, last(arn))
		d, err := api.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &arn, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags}})
		if lost.at(ctx, ref, err) || err != nil || d.TaskDefinition == nil {
			return nil //nolint:nilerr // noted as lost
		}
		a.taskDefinition(out.At(string(ref)), region, d.TaskDefinition, d.Tags)
		return nil
	}); eerr != nil {
		return eerr
	}
	return err
}

// revision is the number behind the last colon.
func revision(arn string) int {
	var n int
	_, _ = fmt.Sscanf(arn[strings.LastIndexByte(arn, ':')+1:], "%d", &n)
	return n
}

func ecsTags(list []types.Tag) map[string]string {
	return tagList(list, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}

// taskDefinition emits one revision. It is what runs as the task role; its
// execution role is the agent's, which fetches images and secrets for it.
func (a *account) taskDefinition(out *connector.Out, region string, d *types.TaskDefinition, tags []types.Tag) {
	id := fmt.Sprintf("%s:%d", awssdk.ToString(d.Family), d.Revision)
	n := drover.Node{
		Ref: a.regional("ecs.task_definition", region, id), Kind: drover.KindWorkload, Type: "aws.ecs.task_definition", Name: text(id),
		Aliases: aliases(awssdk.ToString(d.TaskDefinitionArn)), Created: moment(d.RegisteredAt),
	}
	var hosts []string
	for _, v := range d.Volumes {
		if v.Host != nil && awssdk.ToString(v.Host.SourcePath) != "" {
			hosts = append(hosts, *v.Host.SourcePath)
		}
	}
	var containers []map[string]any
	for _, c := range d.ContainerDefinitions {
		containers = append(containers, a.container(out, n.Ref, region, id, &c))
	}
	var compat []string
	for _, c := range d.RequiresCompatibilities {
		compat = append(compat, string(c))
	}
	n.Attrs = facts(map[string]any{
		"taskDefinitionArn": d.TaskDefinitionArn, "Region": region, "family": d.Family, "revision": d.Revision, "status": string(d.Status), "taskRoleArn": d.TaskRoleArn, "executionRoleArn": d.ExecutionRoleArn, "networkMode": string(d.NetworkMode),
		"pidMode": string(d.PidMode), "ipcMode": string(d.IpcMode), "requiresCompatibilities": compat, "registeredBy": d.RegisteredBy, "hostPaths": hosts, "containerDefinitions": containers, "tags": tagged(out, n.Ref, ecsTags(tags)),
	})
	out.Node(n)
	a.runsAs(out, n.Ref, d.TaskRoleArn, "taskRoleArn", "task role of "+id)
	a.runsAs(out, n.Ref, d.ExecutionRoleArn, "executionRoleArn", "execution role of "+id+", which fetches its images and secrets")
	if _, ok := parseARN(awssdk.ToString(d.RegisteredBy)); ok {
		out.Edge(drover.Edge{From: a.arnEnd(*d.RegisteredBy), To: n.Ref, Kind: drover.EdgeCreated, Proof: "registeredBy of the task definition"})
	}
}

// container emits the secrets of one container and returns what is said of it.
func (a *account) container(out *connector.Out, task drover.Ref, region, id string, c *types.ContainerDefinition) map[string]any {
	name := awssdk.ToString(c.Name)
	vars := map[string]string{}
	for _, v := range c.Environment {
		vars[awssdk.ToString(v.Name)] = awssdk.ToString(v.Value)
	}
	environment{owner: task, typ: "aws.ecs.environment_variable", id: drover.Named(region + ":" + text(id) + "/" + text(name)), name: id + " " + name, vars: vars}.places(a, out)
	var from []map[string]any
	secrets := slices.Clone(c.Secrets)
	if c.LogConfiguration != nil {
		secrets = append(secrets, c.LogConfiguration.SecretOptions...)
	}
	for _, s := range secrets {
		from = append(from, map[string]any{"name": s.Name, "valueFrom": s.ValueFrom})
		a.readsSecret(out, task, awssdk.ToString(s.ValueFrom), region, name+" "+awssdk.ToString(s.Name), "secrets of container "+name)
	}
	if c.RepositoryCredentials != nil {
		a.readsSecret(out, task, awssdk.ToString(c.RepositoryCredentials.CredentialsParameter), region, name+" repositoryCredentials", "repository credentials of container "+name)
	}
	said := map[string]any{
		"name": c.Name, "image": freeText(c.Image), "privileged": c.Privileged, "user": c.User, "readonlyRootFilesystem": c.ReadonlyRootFilesystem,
		"environment": names(vars), "secrets": from,
	}
	for _, f := range c.EnvironmentFiles {
		said["environmentFiles"] = f.Value
	}
	return said
}

// readClusters reads clusters and their services.
func readClusters(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := &clusters{a: a, region: region, out: out, api: ecs.NewFromConfig(a.in(region)), lost: newLosses(out)}
	defer r.lost.close()
	var list []string
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListClusters(ctx, &ecs.ListClustersInput{NextToken: token, MaxResults: a.upTo(100)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.ClusterArns...)
		return page.NextToken, page.ClusterArns, nil
	})
	for chunk := range slices.Chunk(list, 100) { // the most that one call describes
		r.clusters(ctx, chunk)
	}
	if eerr := each(ctx, a, list, r.services); eerr != nil {
		return eerr
	}
	return err
}

type clusters struct {
	a      *account
	region string
	out    *connector.Out
	api    *ecs.Client
	lost   *losses
}

func (r *clusters) ref(arn string) drover.Ref {
	return r.a.regional("ecs.cluster", r.region, last(arn))
}

// clusters emits clusters as far as they are described.
func (r *clusters) clusters(ctx context.Context, arns []string) {
	d, err := r.api.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: arns, Include: []types.ClusterField{types.ClusterFieldTags, types.ClusterFieldConfigurations}})
	described := map[string]types.Cluster{}
	if err == nil {
		for _, c := range d.Clusters {
			described[awssdk.ToString(c.ClusterArn)] = c
		}
	}
	for _, arn := range arns {
		ref := r.ref(arn)
		n := drover.Node{Ref: ref, Kind: drover.KindResource, Type: "aws.ecs.cluster", Name: text(last(arn)), Aliases: aliases(arn), Attrs: facts(map[string]any{"clusterArn": arn, "Region": r.region})}
		r.out.At(string(ref)).Node(n)
		c, ok := described[arn]
		if !ok {
			r.lost.of(ctx, ref, "description", err)
			continue
		}
		out := under(r.out, ref, "description")
		said := map[string]any{"tags": tagged(out, ref, ecsTags(c.Tags))}
		if c.Configuration != nil && c.Configuration.ExecuteCommandConfiguration != nil {
			said["executeCommandLogging"] = string(c.Configuration.ExecuteCommandConfiguration.Logging)
		}
		say(out, bare(n), said)
	}
}

// services emits the services of one cluster.
func (r *clusters) services(ctx context.Context, cluster string) error {
	ref := r.ref(cluster)
	var list []string
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListServices(ctx, &ecs.ListServicesInput{Cluster: &cluster, NextToken: token, MaxResults: r.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		list = append(list, page.ServiceArns...)
		return page.NextToken, page.ServiceArns, nil
	})
	r.lost.at(ctx, ref, err)
	for chunk := range slices.Chunk(list, 10) { // the most that one call describes
		d, err := r.api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: chunk, Include: []types.ServiceField{types.ServiceFieldTags}})
		if r.lost.at(ctx, ref, err) || err != nil {
			continue
		}
		for _, s := range d.Services {
			r.service(ctx, r.out.At(string(ref)+"/"+text(awssdk.ToString(s.ServiceName))), cluster, s)
		}
	}
	return nil
}

func (r *clusters) service(ctx context.Context, out *connector.Out, cluster string, s types.Service) {
	name := last(cluster) + "/" + awssdk.ToString(s.ServiceName)
	ref := r.a.regional("ecs.service", r.region, name)
	n := drover.Node{
		Ref: ref, Kind: drover.KindWorkload, Type: "aws.ecs.service", Name: text(awssdk.ToString(s.ServiceName)),
		Aliases: aliases(awssdk.ToString(s.ServiceArn)), Created: moment(s.CreatedAt),
		Attrs: facts(map[string]any{"serviceArn": s.ServiceArn, "clusterArn": s.ClusterArn, "Region": r.region, "status": s.Status, "launchType": string(s.LaunchType), "taskDefinition": s.TaskDefinition, "createdBy": s.CreatedBy,
			"roleArn": s.RoleArn, "enableExecuteCommand": s.EnableExecuteCommand, "tags": tagged(out, ref, ecsTags(s.Tags))}),
	}
	out.Node(n)
	out.Edge(drover.Edge{From: r.ref(cluster), To: n.Ref, Kind: drover.EdgeContains})
	r.a.runsAs(out, n.Ref, s.RoleArn, "roleArn", "role by which the service registers at its load balancer")
	if _, ok := parseARN(awssdk.ToString(s.CreatedBy)); ok {
		out.Edge(drover.Edge{From: r.a.arnEnd(*s.CreatedBy), To: n.Ref, Kind: drover.EdgeCreated, Proof: "createdBy of the service"})
	}
	if awssdk.ToString(s.TaskDefinition) == "" {
		return // its deployments are a controller's
	}
	if s.RunningCount > 0 {
		out.Evidence(drover.Evidence{Subject: n.Ref, Claim: drover.ClaimLive, Source: "ecs:DescribeServices", At: r.a.scan.Now})
	}
	d, err := r.api.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: s.TaskDefinition})
	if r.lost.at(ctx, r.ref(cluster), err) || err != nil || d.TaskDefinition == nil {
		return
	}
	r.a.runsAs(out, n.Ref, d.TaskDefinition.TaskRoleArn, "taskRoleArn", "task role of "+last(*s.TaskDefinition))
}
