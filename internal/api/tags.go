package api

import (
	"context"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
)

// tagView is what was done to the tags of a thing.
type tagView struct {
	Schema  string            `json:"schema"`
	Ref     drover.Ref        `json:"ref"`
	Set     map[string]string `json:"set"`
	Removed []string          `json:"removed"`
}

// addTags adds tags of one thing, whatever it is.
func (s *Server) addTags() {
	type tagIn struct {
		ID   string `path:"id" maxLength:"4096" doc:"A short id, a ref, a name or an alias; percent-encoded."`
		Body struct {
			Set    map[string]string `json:"set,omitempty" doc:"Each with its value; empty where the key says all."`
			Remove []string          `json:"remove,omitempty" maxItems:"50" doc:"Keys."`
		}
	}
	add(s, route[tagIn, tagView]{Method: "POST", Path: "/nodes/{id}:tag", ID: "tag_node", Tag: "Inventory", Short: "Set and remove tags of one thing", CLI: "drover tag ID KEY=VALUE KEY-", Action: authz.TagWrite, Acting: true,
		Do: func(ctx context.Context, in *tagIn) (*tagView, error) {
			if len(in.Body.Set)+len(in.Body.Remove) == 0 {
				return nil, refuse("invalid", "say which tags to set or to remove", Fault{Pointer: "/body", Detail: "it names no tag"})
			}
			ref, err := s.as(ctx).SetTags(ctx, in.ID, in.Body.Set, in.Body.Remove)
			if err != nil {
				return nil, err
			}
			v := &tagView{Schema: "drover/v1/tag", Ref: ref, Set: in.Body.Set, Removed: some(in.Body.Remove)}
			if v.Set == nil {
				v.Set = map[string]string{}
			}
			return v, nil
		}})
}
