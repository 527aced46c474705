package aws

import (
	"context"
	"encoding/json"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/secret"
)

var bedrockServices = []service{{
	name: "bedrock.agents", regional: true, read: readAgents,
	scopes: []connector.Scope{
		allow("bedrock:ListAgents", "AI agents"),
		allow("bedrock:GetAgent", "the role an agent runs as, its model, guardrail and instruction"),
		allow("bedrock:ListAgentActionGroups", "what an agent can do"),
		allow("bedrock:GetAgentActionGroup", "by which function"),
		allow("bedrock:ListAgentKnowledgeBases", "what an agent can look up"),
		allow("bedrock:ListAgentAliases", "the names by which an agent is called"),
		allow("bedrock:ListAgentCollaborators", "agents that it hands work to"),
		allow("bedrock:ListTagsForResource", "tags of agents: owner, stack"),
	},
}, {
	name: "bedrock.knowledge_bases", regional: true, read: readKnowledgeBases,
	scopes: []connector.Scope{
		allow("bedrock:ListKnowledgeBases", "knowledge bases"),
		allow("bedrock:GetKnowledgeBase", "the role a knowledge base reads its data with, and the secret of its store"),
	},
}}

// draft is the version of an agent that is worked on, and the only one whose parts
// can always be listed.
const draft = "DRAFT"

// readAgents reads the Bedrock agents of a region (Agents for Amazon Bedrock API
// reference).
func readAgents(ctx context.Context, a *account, region string, out *connector.Out) error {
	r := &agents{a: a, region: region, out: out, api: bedrockagent.NewFromConfig(a.in(region)), lost: newLosses(out)}
	defer r.lost.close()
	var list []types.AgentSummary
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := r.api.ListAgents(ctx, &bedrockagent.ListAgentsInput{NextToken: token, MaxResults: a.upTo(1000)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.AgentSummaries...)
		return page.NextToken, idsOf(page.AgentSummaries, func(s types.AgentSummary) *string { return s.AgentId }), nil
	})
	if eerr := each(ctx, a, list, r.agent); eerr != nil {
		return eerr
	}
	return err
}

type agents struct {
	a      *account
	region string
	out    *connector.Out
	api    *bedrockagent.Client
	lost   *losses
}

// An agent is one being read.
type agent struct {
	*agents
	out  *connector.Out
	ref  drover.Ref
	id   string
	node drover.Node // of which nothing is said yet
}

func (r *agents) agent(ctx context.Context, s types.AgentSummary) error {
	id := awssdk.ToString(s.AgentId)
	b := &agent{agents: r, id: id, ref: r.a.ref("bedrock.agent", id)}
	b.out = r.out.At(string(b.ref))
	n := drover.Node{Ref: b.ref, Kind: drover.KindIdentity, Type: "aws.bedrock.agent", Name: freeText(s.AgentName), Aliases: aliases(b.arn("agent/" + id))}
	if n.Name == "" {
		n.Name = text(id)
	}
	n.Attrs = facts(map[string]any{"agentId": id, "agentArn": b.arn("agent/" + id), "Region": r.region, "agentStatus": string(s.AgentStatus), "latestAgentVersion": s.LatestAgentVersion, "description": freeText(s.Description)})
	b.out.Node(n)
	b.node = bare(n)
	b.describe(ctx)
	b.tags(ctx)
	b.agentAliases(ctx)
	b.actionGroups(ctx)
	b.knowledge(ctx)
	b.collaborators(ctx)
	return nil
}

// arn spells an ARN of Bedrock (Service Authorization Reference, "Resource types
// defined by Amazon Bedrock").
func (r *agents) arn(resource string) string {
	return "arn:" + r.a.partition + ":bedrock:" + r.region + ":" + r.a.id + ":" + resource
}

// describe emits what the agent is told, and as whom it acts.
func (b *agent) describe(ctx context.Context) {
	d, err := b.api.GetAgent(ctx, &bedrockagent.GetAgentInput{AgentId: &b.id})
	if b.lost.of(ctx, b.ref, "description", err) || err != nil || d.Agent == nil {
		return
	}
	g, n, out := d.Agent, b.node, under(b.agents.out, b.ref, "description")
	n.Created = moment(g.CreatedAt)
	n.Aliases = aliases(awssdk.ToString(g.AgentArn))
	said := map[string]any{
		"agentResourceRoleArn": g.AgentResourceRoleArn, "foundationModel": g.FoundationModel, "agentCollaboration": string(g.AgentCollaboration), "orchestrationType": string(g.OrchestrationType),
		"customerEncryptionKeyArn": g.CustomerEncryptionKeyArn, "idleSessionTTLInSeconds": g.IdleSessionTTLInSeconds,
	}
	if c := g.GuardrailConfiguration; c != nil {
		said["guardrailConfiguration"] = map[string]any{"guardrailIdentifier": c.GuardrailIdentifier, "guardrailVersion": c.GuardrailVersion}
	}
	if t := awssdk.ToString(g.Instruction); t != "" {
		said["document"] = out.Document(drover.NewDocument("prompt", secret.RedactString(clean(t))))
	}
	say(out, n, said)
	evidence(out, b.ref, g)
	b.a.runsAs(out, b.ref, g.AgentResourceRoleArn, "", "agentResourceRoleArn of the agent")
}

// evidence of use: the API has no last use; preparing is the last change that counts.
func evidence(out *connector.Out, ref drover.Ref, g *types.Agent) {
	if t := moment(g.PreparedAt); !t.IsZero() {
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastChange, Source: "bedrock:GetAgent", At: t, Value: "preparedAt"})
	}
}

func (b *agent) tags(ctx context.Context) {
	t, err := b.api.ListTagsForResource(ctx, &bedrockagent.ListTagsForResourceInput{ResourceArn: awssdk.String(b.arn("agent/" + b.id))})
	if b.lost.of(ctx, b.ref, "tags", err) || err != nil {
		return
	}
	out := under(b.agents.out, b.ref, "tags")
	say(out, b.node, map[string]any{"Tags": tagged(out, b.ref, t.Tags)})
}

// agentAliases lists the agent's aliases; callers and other agents know it by
// their ARNs.
func (b *agent) agentAliases(ctx context.Context) {
	var said []map[string]any
	var names []string
	prefix := b.arn("agent-alias/" + b.id + "/")
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := b.api.ListAgentAliases(ctx, &bedrockagent.ListAgentAliasesInput{AgentId: &b.id, NextToken: token, MaxResults: b.a.upTo(1000)})
		if err != nil {
			return nil, nil, err
		}
		for _, al := range page.AgentAliasSummaries {
			names = append(names, prefix+awssdk.ToString(al.AgentAliasId))
			var versions []string
			for _, route := range al.RoutingConfiguration {
				versions = append(versions, awssdk.ToString(route.AgentVersion))
			}
			said = append(said, map[string]any{"agentAliasId": al.AgentAliasId, "agentAliasName": freeText(al.AgentAliasName), "agentVersions": versions, "createdAt": al.CreatedAt})
		}
		return page.NextToken, idsOf(page.AgentAliasSummaries, func(s types.AgentAliasSummary) *string { return s.AgentAliasId }), nil
	})
	if b.lost.of(ctx, b.ref, "aliases", err) || err != nil {
		return
	}
	n := b.node
	n.Aliases = aliases(names...)
	say(under(b.agents.out, b.ref, "aliases"), n, map[string]any{"agentAliases": said})
}

// actionGroups joins the agent to the functions that act for it. Each has a part
// of its own, for each takes a call of its own.
func (b *agent) actionGroups(ctx context.Context) {
	var list []types.ActionGroupSummary
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := b.api.ListAgentActionGroups(ctx, &bedrockagent.ListAgentActionGroupsInput{AgentId: &b.id, AgentVersion: awssdk.String(draft), NextToken: token, MaxResults: b.a.upTo(1000)})
		if err != nil {
			return nil, nil, err
		}
		list = append(list, page.ActionGroupSummaries...)
		return page.NextToken, idsOf(page.ActionGroupSummaries, func(s types.ActionGroupSummary) *string { return s.ActionGroupId }), nil
	})
	lost := b.lost.of(ctx, b.ref, "action groups", err) // and the executors below them
	var said, executors []map[string]any
	for _, g := range list {
		said = append(said, map[string]any{"actionGroupId": g.ActionGroupId, "actionGroupName": freeText(g.ActionGroupName), "actionGroupState": string(g.ActionGroupState)})
		one := map[string]any{"actionGroupId": g.ActionGroupId}
		if b.actionGroup(ctx, g, one) {
			executors = append(executors, one)
		} else {
			lost = true
		}
	}
	if err == nil {
		say(under(b.agents.out, b.ref, "action groups"), b.node, map[string]any{"actionGroups": said})
	}
	if !lost {
		say(under(b.agents.out, b.ref, executorsPart), b.node, map[string]any{"actionGroupExecutors": executors})
	}
}

// executorsPart is the detail of an agent that says what acts for it.
const executorsPart = "action groups/executors"

// actionGroup says by what an action group acts, and reports whether it could be
// read.
func (b *agent) actionGroup(ctx context.Context, s types.ActionGroupSummary, said map[string]any) bool {
	d, err := b.api.GetAgentActionGroup(ctx, &bedrockagent.GetAgentActionGroupInput{AgentId: &b.id, AgentVersion: awssdk.String(draft), ActionGroupId: s.ActionGroupId})
	if b.lost.of(ctx, b.ref, executorsPart, err) {
		return false
	}
	if err != nil || d.AgentActionGroup == nil {
		return true // it went since it was listed
	}
	g := d.AgentActionGroup
	said["parentActionSignature"] = string(g.ParentActionSignature) // AMAZON.CodeInterpreter, AMAZON.UserInput…
	switch e := g.ActionGroupExecutor.(type) {
	case *types.ActionGroupExecutorMemberLambda:
		if said["lambda"] = e.Value; e.Value == "" {
			return true
		}
		cond := facts(map[string]any{"actionGroupState": string(g.ActionGroupState), "functions": functionNames(g.FunctionSchema)})
		name := freeText(g.ActionGroupName)
		under(b.agents.out, b.ref, executorsPart).Edge(drover.Edge{From: b.ref, To: b.a.arnEnd(unqualified(e.Value)), Kind: drover.EdgeDelegatesTo, Part: text(awssdk.ToString(g.ActionGroupId)), Cond: cond, Proof: "action group " + name})
	case *types.ActionGroupExecutorMemberCustomControl:
		said["customControl"] = string(e.Value)
	}
	return true
}

// functionNames are the tools that an action group offers to the model.
func functionNames(s types.FunctionSchema) []string {
	m, ok := s.(*types.FunctionSchemaMemberFunctions)
	if !ok {
		return nil
	}
	var names []string
	for _, f := range m.Value {
		names = append(names, freeText(f.Name))
	}
	return names
}

func (b *agent) knowledge(ctx context.Context) {
	var said []string
	out := under(b.agents.out, b.ref, "knowledge bases")
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := b.api.ListAgentKnowledgeBases(ctx, &bedrockagent.ListAgentKnowledgeBasesInput{AgentId: &b.id, AgentVersion: awssdk.String(draft), NextToken: token, MaxResults: b.a.upTo(1000)})
		if err != nil {
			return nil, nil, err
		}
		for _, k := range page.AgentKnowledgeBaseSummaries {
			id := awssdk.ToString(k.KnowledgeBaseId)
			said = append(said, id)
			arn := b.arn("knowledge-base/" + id)
			out.Edge(drover.Edge{From: b.ref, To: b.a.arnEnd(arn), Kind: drover.EdgeCanAccess, Cond: facts(map[string]any{"knowledgeBaseState": string(k.KnowledgeBaseState)}), Proof: "knowledge base of the agent"})
		}
		return page.NextToken, idsOf(page.AgentKnowledgeBaseSummaries, func(s types.AgentKnowledgeBaseSummary) *string { return s.KnowledgeBaseId }), nil
	})
	if b.lost.of(ctx, b.ref, "knowledge bases", err) || err != nil {
		return
	}
	say(out, b.node, map[string]any{"knowledgeBases": said})
}

// collaborators joins the agent to those that work for it.
func (b *agent) collaborators(ctx context.Context) {
	out := under(b.agents.out, b.ref, "collaborators")
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := b.api.ListAgentCollaborators(ctx, &bedrockagent.ListAgentCollaboratorsInput{AgentId: &b.id, AgentVersion: awssdk.String(draft), NextToken: token, MaxResults: b.a.upTo(1000)})
		if err != nil {
			return nil, nil, err
		}
		for _, c := range page.AgentCollaboratorSummaries {
			if c.AgentDescriptor == nil || awssdk.ToString(c.AgentDescriptor.AliasArn) == "" {
				continue
			}
			out.Edge(drover.Edge{From: b.ref, To: b.a.arnEnd(*c.AgentDescriptor.AliasArn), Kind: drover.EdgeDelegatesTo, Part: text(awssdk.ToString(c.CollaboratorId)),
				Cond: facts(map[string]any{"collaboratorName": freeText(c.CollaboratorName), "relayConversationHistory": string(c.RelayConversationHistory)}), Proof: "collaborator of the agent"})
		}
		return page.NextToken, idsOf(page.AgentCollaboratorSummaries, func(s types.AgentCollaboratorSummary) *string { return s.CollaboratorId }), nil
	})
	b.lost.of(ctx, b.ref, "collaborators", err)
}

// readKnowledgeBases reads the knowledge bases of a region: each acts as a role,
// and signs in to its store with a secret.
func readKnowledgeBases(ctx context.Context, a *account, region string, out *connector.Out) error {
	api := bedrockagent.NewFromConfig(a.in(region))
	lost := newLosses(out)
	defer lost.close()
	var list []types.KnowledgeBaseSummary
	err := paged(ctx, func(ctx context.Context, token *string) (*string, []string, error) {
		page, err := api.ListKnowledgeBases(ctx, &bedrockagent.ListKnowledgeBasesInput{NextToken: token, MaxResults: a.upTo(1000)})
		if err != nil {
			return nil, nil, listed(region, err)
		}
		list = append(list, page.KnowledgeBaseSummaries...)
		return page.NextToken, idsOf(page.KnowledgeBaseSummaries, func(s types.KnowledgeBaseSummary) *string { return s.KnowledgeBaseId }), nil
	})
	if eerr := each(ctx, a, list, func(ctx context.Context, s types.KnowledgeBaseSummary) error {
		ref := a.ref("bedrock.knowledge_base", awssdk.ToString(s.KnowledgeBaseId))
		d, err := api.GetKnowledgeBase(ctx, &bedrockagent.GetKnowledgeBaseInput{KnowledgeBaseId: s.KnowledgeBaseId})
		if lost.at(ctx, ref, err) || err != nil || d.KnowledgeBase == nil {
			return nil //nolint:nilerr // noted as lost
		}
		a.knowledgeBase(out.At(string(ref)), ref, region, d.KnowledgeBase)
		return nil
	}); eerr != nil {
		return eerr
	}
	return err
}

func (a *account) knowledgeBase(out *connector.Out, ref drover.Ref, region string, k *types.KnowledgeBase) {
	n := drover.Node{Ref: ref, Kind: drover.KindResource, Type: "aws.bedrock.knowledge_base", Name: freeText(k.Name), Created: moment(k.CreatedAt), Aliases: aliases(awssdk.ToString(k.KnowledgeBaseArn))}
	if n.Name == "" {
		n.Name = text(awssdk.ToString(k.KnowledgeBaseId))
	}
	said := map[string]any{"knowledgeBaseArn": k.KnowledgeBaseArn, "Region": region, "roleArn": k.RoleArn, "status": string(k.Status), "description": freeText(k.Description)}
	if k.StorageConfiguration != nil {
		said["storage"] = string(k.StorageConfiguration.Type)
	}
	n.Attrs = facts(said)
	out.Node(n)
	a.runsAs(out, ref, k.RoleArn, "", "roleArn of the knowledge base")
	for _, arn := range secretARNs(k.StorageConfiguration, k.KnowledgeBaseConfiguration) {
		a.readsSecret(out, ref, arn, region, last(arn), "store of the knowledge base")
	}
}

// secretARNs finds the secrets that a configuration names: each kind of store has
// a field of its own for them ("credentialsSecretArn", "usernamePasswordSecretArn").
func secretARNs(configs ...any) []string {
	b, err := json.Marshal(configs)
	var v any
	if err != nil || json.Unmarshal(b, &v) != nil {
		return nil
	}
	var arns []string
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				walk(k, e)
			}
		case []any:
			for _, e := range v {
				walk(key, e)
			}
		case string:
			if strings.HasSuffix(strings.ToLower(key), "secretarn") && strings.HasPrefix(v, "arn:") {
				arns = append(arns, v)
			}
		}
	}
	walk("", v)
	return aliases(arns...)
}
