package machine

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/tfstate"
)

// stateTags emits whom the tags of a resource name: who answers for it, who made
// it, and the repository that it is made from. They are tags at AWS and Azure,
// labels at Google, labels and annotations of Kubernetes.
func (f *file) stateTags(r tfstate.Resource, of drover.Ref) {
	if len(r.Attributes) == 0 {
		return
	}
	attrs := r.Attributes.Map()
	at := clip(f.show + " " + r.Address)
	say := func(what string, tags map[string]string) {
		for _, e := range decode.TagEdges(of, what, at, tags, redacted) {
			f.out.Edge(e)
		}
	}
	tags := stateWords(attrs, "tags_all", "tags") // tags_all has the defaults of the provider, too
	if list, ok := attrs["tags"].([]any); ok {
		for _, v := range list { // of an autoscaling group and its like
			m, _ := v.(map[string]any)
			key, _ := m["key"].(string)
			if value, ok := m["value"].(string); ok && key != "" {
				tags[key] = value
			}
		}
	}
	say("tag", tags)
	say("label", stateWords(attrs, "effective_labels", "labels"))
	if list, _ := attrs["metadata"].([]any); len(list) > 0 {
		meta, _ := list[0].(map[string]any)
		say("label", stateWords(meta, "labels"))
		say("annotation", stateWords(meta, "annotations"))
	}
}

// stateWords are the strings of maps by their names, later ones before earlier
// ones. States of before Terraform 0.12 have them flat, as "tags.Owner".
func stateWords(attrs map[string]any, names ...string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		m, _ := attrs[name].(map[string]any)
		for k, v := range m {
			if s, ok := v.(string); ok {
				out[k] = s
			}
		}
		for k, v := range attrs {
			if key, ok := strings.CutPrefix(k, name+"."); ok {
				if s, ok := v.(string); ok {
					out[key] = s
				}
			}
		}
	}
	return out
}
