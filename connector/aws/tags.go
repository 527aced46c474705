package aws

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// tagEdges emits whom the tags of a thing name: who answers for it, who made it,
// and the repository that it is made from (AWS "Tagging best practices";
// aws:createdBy of the cost allocation tags).
func tagEdges(out *connector.Out, ref drover.Ref, tags map[string]string) {
	for _, t := range decode.Tags(tags) {
		kind := drover.EdgeCreated
		if t.What == decode.TagOwner {
			kind = drover.EdgeOwns
		}
		key := text(t.Key)
		out.Edge(drover.Edge{From: drover.UnseenRef(text(t.Alias)), To: ref, Kind: kind, Part: "tag " + key, Grade: drover.GradeDeclared, Proof: "tag " + key})
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
