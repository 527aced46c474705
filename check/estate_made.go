package check

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

var codeWord = NewWord([]string{"manag", "terraform", "iac", "provision", "yor", "cloudformation", "release", "tracking", "pulumi", "crossplane", "createdby", "created_by", "created-by"},
	"managedby", "terraform", "iac", "iactool", "provisioner", "provisionedby", "yortrace", "awscloudformationstackname", "awscloudformationstackid", "releasename", "trackingid", "pulumiproject", "crossplanename", "createdby")

// codeTools are words of tools that make things from code.
var codeTools = []string{"terraform", "opentofu", "tofu", "pulumi", "cloudformation", "cdk", "helm", "argocd", "argo", "flux", "crossplane", "ansible", "kustomize", "spacelift", "atlantis", "serverless", "bootstrap", "iac", "gitops"}

// Managed reports whether a row was made by code: it bears the mark of a tool that
// does so, or an edge created comes from what such a tool calls its own.
func (e *Estate) Managed(row int) bool {
	if s, ok := e.Mark(row, codeWord); ok && codeMark(s) {
		return true
	}
	for h := range e.Graph.In(row) {
		if h.Kind != drover.EdgeCreated {
			continue
		}
		typ := e.Graph.Type(h.Row)
		switch typ[strings.LastIndexByte(typ, '.')+1:] {
		case "helm_release", "argocd_application", "flux_kustomization", "flux_helm_release", "flux_git_repository", "cluster_service_version", "repository", "stack", "state", "pipeline":
			return true
		}
	}
	return false
}

// codeMark reports whether what a tag says is the mark of a tool: "managed-by:
// manual" and "terraform: false" are not.
func codeMark(s Mark) bool {
	v := strings.ToLower(strings.TrimSpace(s.Value))
	switch decode.TagKey(s.Key) {
	case "yortrace", "awscloudformationstackname", "awscloudformationstackid", "releasename", "trackingid", "pulumiproject", "crossplanename":
		return v != ""
	case "terraform", "iac":
		return v == "true" || v == "yes" || v == "1" || codeToolIn(v)
	}
	return codeToolIn(v)
}

func codeToolIn(v string) bool {
	for _, w := range strings.FieldsFunc(v, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if slices.Contains(codeTools, w) {
			return true
		}
	}
	return false
}
