package aws

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

// tagged emits whom the tags of a thing name: who answers for it, who made it,
// and the repository that it is made from (AWS "Tagging best practices";
// aws:createdBy of the cost allocation tags). It returns them as an attribute.
func tagged(out *connector.Out, ref drover.Ref, tags map[string]string) any {
	tagEdges(out, ref, tags)
	return tagMap(tags)
}

// tagEdges is tagged without the attribute.
func tagEdges(out *connector.Out, ref drover.Ref, tags map[string]string) {
	saidBy(out, ref, "tag", tags)
}

// saidBy emits the same for what is no tag but says as much.
func saidBy(out *connector.Out, ref drover.Ref, what string, tags map[string]string) {
	for _, e := range decode.TagEdges(ref, what, "", tags, func(s string) string { return secret.RedactString(text(s)) }) {
		out.Edge(e)
	}
}

// byKey makes a map of IAM's tags.
func byKey(tags []tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}
