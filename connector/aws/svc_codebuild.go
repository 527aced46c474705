package aws

import (
	"context"
	"net/url"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

var codebuildServices = []service{{
	name: "codebuild.projects", regional: true, read: readProjects,
	scopes: []connector.Scope{
		allow("codebuild:ListProjects", "build projects"),
		allow("codebuild:BatchGetProjects", "their roles, repositories and the secrets they read"),
	},
}, {
	name: "codebuild.source_credentials", regional: true, read: readSourceCredentials,
	scopes: []connector.Scope{
		allow("codebuild:ListSourceCredentials", "credentials by which builds fetch from GitHub, GitLab and Bitbucket; their values cannot be read"),
	},
}}

// readProjects reads the build projects of a region.
func readProjects(ctx context.Context, a *account, region string, out *connector.Out) error {
	api := codebuild.NewFromConfig(a.in(region))
	lost := newLosses(out)
	defer lost.close()
	var list []string
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := api.ListProjects(ctx, &codebuild.ListProjectsInput{NextToken: token})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Projects...)
		return page.NextToken, page.Projects, nil
	})
	if eerr := each(ctx, a, slices.Collect(slices.Chunk(list, 100)), func(ctx context.Context, names []string) error {
		d, err := api.BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: names})
		if err != nil {
			for _, name := range names {
				lost.at(ctx, a.regional("codebuild.project", region, name), err)
			}
			return nil
		}
		for _, p := range d.Projects {
			a.project(out.At(string(a.regional("codebuild.project", region, awssdk.ToString(p.Name)))), region, &p)
		}
		return nil
	}); eerr != nil {
		return eerr
	}
	return err
}

func (a *account) project(out *connector.Out, region string, p *types.Project) {
	name := awssdk.ToString(p.Name)
	n := drover.Node{
		Ref: a.regional("codebuild.project", region, name), Kind: drover.KindWorkload, Type: "aws.codebuild.project", Name: text(name),
		Aliases: aliases(awssdk.ToString(p.Arn)), Created: moment(p.Created),
	}
	said := map[string]any{
		"arn": p.Arn, "Region": region, "description": freeText(p.Description), "serviceRole": p.ServiceRole, "resourceAccessRole": p.ResourceAccessRole, "projectVisibility": string(p.ProjectVisibility), "encryptionKey": p.EncryptionKey,
		"tags": tagged(out, n.Ref, tagList(p.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })),
	}
	if p.Webhook != nil {
		said["webhook"] = map[string]any{"payloadUrl": freeText(p.Webhook.PayloadUrl), "branchFilter": p.Webhook.BranchFilter, "lastModifiedSecret": p.Webhook.LastModifiedSecret, "filterGroups": filters(p.Webhook.FilterGroups)}
	}
	if e := p.Environment; e != nil {
		said["environment"] = a.buildEnvironment(out, n.Ref, region, name, e)
	}
	var sources []types.ProjectSource
	if p.Source != nil {
		sources = append(sources, *p.Source)
	}
	said["sources"] = a.sources(out, n.Ref, region, name, append(sources, p.SecondarySources...))
	n.Attrs = facts(said)
	out.Node(n)
	a.runsAs(out, n.Ref, p.ServiceRole, "serviceRole", "service role of the project")
	a.runsAs(out, n.Ref, p.ResourceAccessRole, "resourceAccessRole", "role by which a public project shows its logs")
	if p.BuildBatchConfig != nil {
		a.runsAs(out, n.Ref, p.BuildBatchConfig.ServiceRole, "buildBatchConfig", "role of batch builds")
	}
	if t := moment(p.LastModified); !t.IsZero() {
		out.Evidence(drover.Evidence{Subject: n.Ref, Claim: drover.ClaimLastChange, Source: "codebuild:BatchGetProjects", At: t})
	}
}

// filters says which events of a repository start a build.
func filters(groups [][]types.WebhookFilter) []string {
	var list []string
	for _, g := range groups {
		var one []string
		for _, f := range g {
			op := "="
			if awssdk.ToBool(f.ExcludeMatchedPattern) {
				op = "!="
			}
			one = append(one, string(f.Type)+op+awssdk.ToString(f.Pattern))
		}
		list = append(list, strings.Join(one, " and "))
	}
	return list
}

// buildEnvironment emits the secrets of a project's variables. Those of type
// PLAINTEXT hold the value; the others name a parameter or a secret.
func (a *account) buildEnvironment(out *connector.Out, ref drover.Ref, region, name string, e *types.ProjectEnvironment) map[string]any {
	plain := map[string]string{}
	var from []map[string]any
	for _, v := range e.EnvironmentVariables {
		key, value := awssdk.ToString(v.Name), awssdk.ToString(v.Value)
		var end drover.Ref
		switch v.Type {
		case types.EnvironmentVariableTypeParameterStore:
			end = a.secretEnd(value, region)
		case types.EnvironmentVariableTypeSecretsManager:
			end = a.secretByName(value, region)
		default:
			plain[key] = value
			continue
		}
		from = append(from, map[string]any{"name": key, "type": string(v.Type), "value": value})
		if end != "" {
			out.Edge(drover.Edge{From: ref, To: end, Kind: drover.EdgeReadsSecret, Part: text(key), Proof: text("environment variable " + key + " of the project")})
		}
	}
	environment{owner: ref, typ: "aws.codebuild.environment_variable", id: drover.Named(region + ":" + text(name)), name: name, vars: plain}.places(a, out)
	if e.RegistryCredential != nil {
		if end := a.secretByName(awssdk.ToString(e.RegistryCredential.Credential), region); end != "" {
			out.Edge(drover.Edge{From: ref, To: end, Kind: drover.EdgeReadsSecret, Part: "registryCredential", Proof: "registry credential of the project"})
		}
	}
	return map[string]any{"image": freeText(e.Image), "type": string(e.Type), "privilegedMode": e.PrivilegedMode, "imagePullCredentialsType": string(e.ImagePullCredentialsType), "environmentVariables": names(plain), "secrets": from}
}

// sources joins a project to the repositories whose content it runs, and looks
// for secrets in build specifications that are written into the project.
func (a *account) sources(out *connector.Out, ref drover.Ref, region, name string, list []types.ProjectSource) []map[string]any {
	var said []map[string]any
	for _, s := range list {
		id := awssdk.ToString(s.SourceIdentifier)
		spec := awssdk.ToString(s.Buildspec)
		inline := strings.Contains(spec, "\n")
		location, alias := repository(awssdk.ToString(s.Location))
		one := map[string]any{"type": string(s.Type), "location": location, "sourceIdentifier": id, "insecureSsl": s.InsecureSsl, "inlineBuildspec": inline}
		if !inline {
			one["buildspec"] = freeText(&spec)
		} else {
			a.script(out, script{owner: ref, typ: "codebuild.buildspec", id: drover.Named(region + ":" + text(name) + "/" + text(id)), name: "buildspec of " + name, body: []byte(spec)})
		}
		if s.Auth != nil {
			one["auth"] = map[string]any{"type": string(s.Auth.Type), "resource": s.Auth.Resource}
			if s.Auth.Type == types.SourceAuthTypeSecretsManager {
				a.readsSecret(out, ref, awssdk.ToString(s.Auth.Resource), region, "source "+id, "credential of the project's source "+id)
			}
		}
		said = append(said, one)
		if alias != "" {
			out.Edge(drover.Edge{From: ref, To: drover.UnseenRef(alias), Kind: drover.EdgeTrusts, Part: text("source " + id), Cond: facts(map[string]any{"type": string(s.Type)}), Proof: "source of the project: what is committed there runs as its role"})
		}
	}
	return said
}

// repository is the URL of a repository without user and password, and the name
// by which other sources know it; "" for what is none.
func repository(location string) (shown, alias string) {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "ssh" {
		return freeText(&location), ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	shown = text(u.String())
	if strings.HasPrefix(u.Path, "/v1/repos/") { // CodeCommit: known by its ARN elsewhere
		return shown, ""
	}
	return shown, secret.RedactString(decode.RepositoryAlias(shown))
}

// readSourceCredentials reads the credentials that builds of a region fetch
// their sources with: at most one for each kind of server.
func readSourceCredentials(ctx context.Context, a *account, region string, out *connector.Out) error {
	list, err := codebuild.NewFromConfig(a.in(region)).ListSourceCredentials(ctx, &codebuild.ListSourceCredentialsInput{})
	if err != nil {
		return listed(region, err)
	}
	for _, c := range list.SourceCredentialsInfos {
		arn := awssdk.ToString(c.Arn)
		name := string(c.ServerType) + " " + string(c.AuthType)
		n := drover.Node{Ref: a.regional("codebuild.source_credential", region, last(arn)), Kind: drover.KindCredential, Type: "aws.codebuild.source_credential", Name: text(name), Aliases: aliases(arn),
			Attrs: facts(map[string]any{"arn": arn, "Region": region, "serverType": string(c.ServerType), "authType": string(c.AuthType), "resource": c.Resource})}
		out.Node(n)
		// A secret or a connection that holds the token itself.
		if r := awssdk.ToString(c.Resource); strings.HasPrefix(r, "arn:") {
			out.Edge(drover.Edge{From: n.Ref, To: a.arnEnd(r), Kind: drover.EdgeStoredIn, Proof: "resource of the source credential"})
		}
	}
	return nil
}
