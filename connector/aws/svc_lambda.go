package aws

import (
	"context"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

var lambdaServices = []service{{
	name: "lambda.functions", regional: true, read: readFunctions,
	scopes: []connector.Scope{
		allow("lambda:ListFunctions", "functions, the roles they run as, the names of their variables"),
		allow("lambda:GetPolicy", "who may invoke a function"),
		allow("lambda:ListFunctionUrlConfigs", "functions that answer on the internet, and whether to anybody"),
		allow("lambda:ListEventSourceMappings", "what triggers a function, and the secrets it signs in there with"),
		allow("lambda:ListTags", "tags of functions: owner, stack"),
	},
}}

// readFunctions reads the functions of a region (AWS Lambda API reference).
func readFunctions(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := &functions{a: a, region: region, out: out, api: lambda.NewFromConfig(a.in(region)), lost: newLosses(out), sources: map[string][]types.EventSourceMappingConfiguration{}}
	defer r.lost.close()
	var list []types.FunctionConfiguration
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListFunctions(ctx, &lambda.ListFunctionsInput{Marker: token, MaxItems: r.a.upTo(50)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.Functions...)
		return page.NextMarker, idsOf(page.Functions, func(f types.FunctionConfiguration) *string { return f.FunctionArn }), nil
	})
	r.listSources(ctx)
	// What was listed before a page failed is still worth reading.
	if eerr := each(ctx, a, list, r.function); eerr != nil {
		return eerr
	}
	return err
}

type functions struct {
	a       *account
	region  string
	out     *connector.Out
	api     *lambda.Client
	lost    *losses
	sources map[string][]types.EventSourceMappingConfiguration // by ARN of the function; nil: not known
}

func (r *functions) ref(name string) drover.Ref {
	return r.a.regional("lambda.function", r.region, name)
}

// listSources reads what triggers functions, once for all of them.
func (r *functions) listSources(ctx context.Context) {
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{Marker: token, MaxItems: r.a.upTo(100)})
		if err != nil {
			return nil, nil, err
		}
		for _, m := range page.EventSourceMappings {
			fn := unqualified(awssdk.ToString(m.FunctionArn))
			r.sources[fn] = append(r.sources[fn], m)
		}
		return page.NextMarker, idsOf(page.EventSourceMappings, func(m types.EventSourceMappingConfiguration) *string { return m.UUID }), nil
	})
	if err != nil && ctx.Err() == nil {
		r.out.At("event source mappings").Lost("event source mappings", fault(err))
		r.sources = nil
	}
}

// unqualified is the ARN of a function without version or alias.
func unqualified(arn string) string {
	p := strings.SplitN(arn, ":", 8)
	return strings.Join(p[:min(len(p), 7)], ":")
}

func (r *functions) function(ctx context.Context, f types.FunctionConfiguration) error {
	name := awssdk.ToString(f.FunctionName)
	ref := r.ref(name)
	out := r.out.At(string(ref))
	n := drover.Node{
		Ref: ref, Kind: drover.KindWorkload, Type: "aws.lambda.function", Name: text(name),
		Aliases: aliases(awssdk.ToString(f.FunctionArn)),
	}
	said := map[string]any{
		"FunctionArn": f.FunctionArn, "Region": r.region, "Role": f.Role, "Runtime": string(f.Runtime), "Handler": f.Handler, "PackageType": string(f.PackageType),
		"KMSKeyArn": f.KMSKeyArn, "Description": freeText(f.Description), "SigningProfileVersionArn": f.SigningProfileVersionArn,
	}
	if f.VpcConfig != nil {
		said["VpcId"] = f.VpcConfig.VpcId
	}
	vars := map[string]string{}
	if f.Environment != nil {
		vars = f.Environment.Variables
		said["EnvironmentVariables"] = names(vars)
	}
	n.Attrs = facts(said)
	out.Node(n)
	r.urls(ctx, n, name)
	r.policy(ctx, n, name)
	r.tags(ctx, n, f.FunctionArn)
	r.triggers(n, awssdk.ToString(f.FunctionArn))
	r.a.runsAs(out, n.Ref, f.Role, "", "execution role of the function")
	environment{owner: n.Ref, typ: "aws.lambda.environment_variable", id: drover.Named(r.region + ":" + text(name)), name: name, vars: vars}.places(r.a, out)
	if at, err := time.Parse("2006-01-02T15:04:05.000-0700", awssdk.ToString(f.LastModified)); err == nil {
		out.Evidence(drover.Evidence{Subject: n.Ref, Claim: drover.ClaimLastChange, Source: "lambda:ListFunctions", At: at.UTC()})
	}
	return nil
}

// policy reads the resource policy.
func (r *functions) policy(ctx context.Context, n drover.Node, name string) {
	p, err := r.api.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &name})
	if err != nil {
		r.lost.of(ctx, n.Ref, "function policy", err)
		return
	}
	r.a.resourcePolicy(r.out, n, awssdk.ToString(p.Policy), "function policy")
}

func (r *functions) urls(ctx context.Context, n drover.Node, name string) {
	var list []map[string]any
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{FunctionName: &name, Marker: token})
		if err != nil {
			return nil, nil, err
		}
		for _, u := range page.FunctionUrlConfigs {
			list = append(list, map[string]any{"FunctionUrl": u.FunctionUrl, "AuthType": string(u.AuthType), "FunctionArn": u.FunctionArn})
		}
		return page.NextMarker, idsOf(page.FunctionUrlConfigs, func(u types.FunctionUrlConfig) *string { return u.FunctionArn }), nil
	})
	if err != nil {
		r.lost.of(ctx, n.Ref, "urls", err)
		return
	}
	say(under(r.out, n.Ref, "urls"), bare(n), map[string]any{"FunctionUrlConfigs": list})
}

func (r *functions) tags(ctx context.Context, n drover.Node, arn *string) {
	t, err := r.api.ListTags(ctx, &lambda.ListTagsInput{Resource: arn})
	if err != nil {
		r.lost.of(ctx, n.Ref, "tags", err)
		return
	}
	out := under(r.out, n.Ref, "tags")
	say(out, bare(n), map[string]any{"Tags": tagged(out, n.Ref, t.Tags)})
}

// triggers says what calls the function, and emits the secrets that it signs in
// to its sources with.
func (r *functions) triggers(n drover.Node, arn string) {
	out := under(r.out, n.Ref, "sources")
	if r.sources == nil {
		out.Keep()
		return
	}
	var list []map[string]any
	for _, m := range r.sources[arn] {
		list = append(list, map[string]any{"UUID": m.UUID, "EventSourceArn": m.EventSourceArn, "State": m.State})
		for _, access := range m.SourceAccessConfigurations {
			r.a.readsSecret(out, n.Ref, awssdk.ToString(access.URI), r.region, string(access.Type), "event source mapping "+awssdk.ToString(m.UUID))
		}
	}
	say(out, bare(n), map[string]any{"EventSourceMappings": list})
}
