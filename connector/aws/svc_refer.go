package aws

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// readsSecret joins a workload to a secret that its definition names: the ARN of
// a secret of Secrets Manager or a parameter of Systems Manager, or the bare name
// of a parameter, as ECS and CodeBuild allow. A place that names neither is left
// out.
func (a *account) readsSecret(out *connector.Out, who drover.Ref, value, region, part, proof string) {
	if end := a.secretEnd(value, region); end != "" {
		out.Edge(drover.Edge{From: who, To: end, Kind: drover.EdgeReadsSecret, Part: text(part), Proof: text(proof)})
	}
}

// secretEnd is the end that such a value names, "" if none. Behind the ARN of a
// secret may stand ":<JSON key>:<version stage>:<version id>" (Amazon ECS
// Developer Guide, "Passing Secrets Manager secrets").
func (a *account) secretEnd(value, region string) drover.Ref {
	switch p := strings.SplitN(value, ":", 8); {
	case value == "":
		return ""
	case p[0] != "arn":
		return a.arnEnd(a.parameterARN(value, region))
	case len(p) > 7 && p[2] == "secretsmanager":
		return a.arnEnd(strings.Join(p[:7], ":"))
	case len(p) >= 6:
		return a.arnEnd(value)
	}
	return ""
}

// secretByName is the end for what CodeBuild calls a secret id: an ARN, or a
// name, to whose ARN Secrets Manager appends a hyphen and six characters.
func (a *account) secretByName(id, region string) drover.Ref {
	if strings.HasPrefix(id, "arn:") {
		return a.secretEnd(id, region)
	}
	id, _, _ = strings.Cut(id, ":") // <name>:<JSON key>:<version stage>:<version id>
	if id == "" {
		return ""
	}
	return a.arnEnd("arn:" + a.partition + ":secretsmanager:" + region + ":" + a.id + ":secret:" + id + "-??????")
}

func (a *account) parameterARN(name, region string) string {
	return "arn:" + a.partition + ":ssm:" + region + ":" + a.id + ":parameter/" + strings.TrimPrefix(name, "/")
}
