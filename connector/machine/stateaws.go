package machine

import (
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/tfstate"
	"github.com/droverhq/drover/decode/trust"
)

// statePrincipal emits what the resource of a user or role says of others: whom
// it trusts, what limits it, the policies that stand inside of it.
func (f *file) statePrincipal(r tfstate.Resource, c stateScope) {
	who := c.arn(r.Attributes.Str("arn"))
	if who == "" {
		return
	}
	proof := clip(f.show + " " + r.Address)
	if arn := r.Attributes.Str("permissions_boundary"); arn != "" {
		f.out.Edge(drover.Edge{From: who, To: c.arn(arn), Kind: drover.EdgeBoundedBy, Proof: proof})
	}
	for _, arn := range r.Attributes.Strings("managed_policy_arns") {
		f.out.Edge(drover.Edge{From: c.arn(arn), To: who, Kind: drover.EdgeAttached, Proof: proof})
	}
	inline, _ := r.Attributes.Get("inline_policy").([]any)
	for _, v := range inline {
		p, _ := v.(map[string]any)
		name, _ := p["name"].(string)
		body, _ := p["policy"].(string)
		if name == "" || body == "" {
			continue
		}
		n := drover.Node{Ref: f.inlineRef(r, who, name), Kind: drover.KindPolicy, Type: "aws.iam.inline_policy", Name: clip(name)}
		attrs := map[string]any{"address": r.Address}
		f.policyBody(attrs, body)
		n.Attrs = safeAttrs(attrs)
		f.out.Node(n)
		f.out.Edge(drover.Edge{From: n.Ref, To: who, Kind: drover.EdgeAttached, Proof: proof})
	}
	f.trusts(r, c, who)
}

// trusts emits whom a role lets in. Web identities need no more than that.
func (f *file) trusts(r tfstate.Resource, c stateScope, role drover.Ref) {
	body := r.Attributes.Str("assume_role_policy")
	if body == "" {
		return
	}
	// "arn:<partition>:iam::…"
	_, rest, _ := strings.Cut(r.Attributes.Str("arn"), ":")
	partition, _, _ := strings.Cut(rest, ":")
	list, err := trust.ParseIn(partition, body, f.Now)
	if err != nil {
		f.out.Note(f.show, clip(r.Address+": "+err.Error()))
	}
	seen := map[string]int{}
	for _, p := range list {
		part := "trust policy statement " + clip(p.Statement)
		end := c.arn(p.Alias)
		if seen[p.Alias+" "+part]++; seen[p.Alias+" "+part] > 1 {
			part += " " + strconv.Itoa(seen[p.Alias+" "+part])
		}
		proof := clip(f.show+" "+r.Address) + " " + part
		f.out.Edge(drover.Edge{From: role, To: end, Kind: drover.EdgeTrusts, Part: part, Cond: p.Cond, Grade: p.Grade, Proof: proof})
		if p.WebIdentity {
			f.out.Edge(drover.Edge{From: end, To: role, Kind: drover.EdgeCanAssume, Part: part, Cond: p.Cond, Grade: drover.GradeInferred, Proof: proof})
		}
	}
}

// workloads are the resources that run as a role: how their name is spelled in a
// ref, and which attributes name the role by its ARN.
var workloads = map[string]struct {
	typ   string
	name  func(r tfstate.Resource, region string) string
	roles []string
}{
	"aws_lambda_function":     {"lambda.function", regional("function_name"), []string{"role"}},
	"aws_instance":            {"ec2.instance", func(r tfstate.Resource, _ string) string { return r.ID }, nil},
	"aws_codebuild_project":   {"codebuild.project", regional("name"), []string{"service_role"}},
	"aws_ecs_task_definition": {"ecs.task_definition", taskDefinition, []string{"task_role_arn", "execution_role_arn"}},
}

// regional names what has no immutable id and is unique in one region.
func regional(attr string) func(tfstate.Resource, string) string {
	return func(r tfstate.Resource, region string) string {
		if name := r.Attributes.Str(attr); name != "" {
			return drover.Named(region + ":" + name)
		}
		return ""
	}
}

// taskDefinition is "family:revision", as the ARN has it.
func taskDefinition(r tfstate.Resource, region string) string {
	if _, name, ok := strings.Cut(r.Attributes.Str("arn"), ":task-definition/"); ok && name != "" {
		return drover.Named(region + ":" + name)
	}
	return ""
}

// stateWorkload emits a workload and the role that it runs as. It reports
// whether the resource is one.
func (f *file) stateWorkload(r tfstate.Resource, c stateScope) bool {
	w, ok := workloads[r.Type]
	arn := r.Attributes.Str("arn")
	p := strings.SplitN(arn, ":", 6)
	if !ok || len(p) != 6 || p[0] != "arn" || p[4] == "" {
		return ok
	}
	id := w.name(r, p[3])
	if id == "" {
		return true
	}
	n := drover.Node{Ref: drover.NewRef("aws", p[4], w.typ, id), Kind: drover.KindWorkload, Type: "aws." + w.typ, Aliases: []string{arn},
		Name: clip(strings.TrimPrefix(strings.TrimPrefix(id, "name:"), p[3]+":")), Attrs: safeAttrs(map[string]any{"address": r.Address, "region": p[3]})}
	f.out.Node(n)
	f.fileTime(n.Ref)
	f.stateTags(r, n.Ref)
	proof := clip(f.show + " " + r.Address)
	for _, attr := range w.roles {
		if role := r.Attributes.Str(attr); strings.HasPrefix(role, "arn:") {
			f.out.Edge(drover.Edge{From: n.Ref, To: c.arn(role), Kind: drover.EdgeRunsAs, Part: attr, Proof: proof})
		}
	}
	if profile := r.Attributes.Str("iam_instance_profile"); profile != "" && r.Type == "aws_instance" {
		f.out.Edge(drover.Edge{From: n.Ref, To: f.principal(c, "instance_profile", profile), Kind: drover.EdgeRunsAs, Cond: safeAttrs(map[string]any{"IamInstanceProfile": profile}), Proof: proof})
	}
	return true
}

// cloudRoles emits the role that a service account of Kubernetes says it takes.
func (f *file) cloudRoles(r tfstate.Resource, account drover.Ref, c stateScope) {
	list, _ := r.Attributes.Get("metadata").([]any)
	if len(list) == 0 {
		return
	}
	meta, _ := list[0].(map[string]any)
	notes, _ := meta["annotations"].(map[string]any)
	for _, a := range []struct{ key, scheme string }{{"eks.amazonaws.com/role-arn", ""}, {"iam.gke.io/gcp-service-account", "email:"}, {"azure.workload.identity/client-id", "azure-app:"}} {
		v, _ := notes[a.key].(string)
		if v == "" || a.scheme == "" && !strings.HasPrefix(v, "arn:") {
			continue
		}
		f.out.Edge(drover.Edge{From: account, To: c.arn(a.scheme + v), Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared, Proof: clip(f.show + " " + r.Address + " annotation " + a.key)})
	}
}
