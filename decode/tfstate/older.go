package tfstate

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// module is one of versions 1 to 3: resources by key, attributes flat.
type module struct {
	Path      []string                   `json:"path"`
	Outputs   json.RawMessage            `json:"outputs"`
	Resources map[string]json.RawMessage `json:"resources"`
}

type oldResource struct {
	Type      string        `json:"type"`
	DependsOn []string      `json:"depends_on"`
	Primary   *oldInstance  `json:"primary"`
	Deposed   []oldInstance `json:"deposed"`
	Tainted   []oldInstance `json:"tainted"` // version 1
	Provider  string        `json:"provider"`
}

type oldInstance struct {
	ID         string         `json:"id"`
	Attributes map[string]any `json:"attributes"`
	Tainted    bool           `json:"tainted"`
}

func keys(m map[string]any) iter.Seq[string] { return maps.Keys(m) }

// older reads versions 1 to 3 (Terraform before 0.12).
func (s *State) older(r raw) (errs []error) {
	for i, m := range r.Modules {
		for key, raw := range m.Resources {
			var o oldResource
			if err := json.Unmarshal(raw, &o); err != nil {
				errs = append(errs, fmt.Errorf("read state: modules[%d]: a resource that cannot be read: %w", i, drover.ErrInvalid))
				continue
			}
			base := oldAddress(m.Path, key, o)
			if o.Primary != nil {
				s.Resources = append(s.Resources, base.old(*o.Primary, ""))
			}
			for j, d := range o.Deposed {
				s.Resources = append(s.Resources, base.old(d, strconv.Itoa(j)))
			}
			for _, d := range o.Tainted {
				d.Tainted = true
				s.Resources = append(s.Resources, base.old(d, ""))
			}
		}
		if len(m.Path) <= 1 {
			s.outputs(m.Outputs)
		}
	}
	return errs
}

// oldAddress takes "data.aws_ami.x.0" apart.
func oldAddress(path []string, key string, o oldResource) Resource {
	r := Resource{Mode: "managed", Type: o.Type, Provider: provider(o.Provider), Dependencies: o.DependsOn}
	if rest, ok := strings.CutPrefix(key, "data."); ok {
		r.Mode, key = "data", rest
	}
	parts := strings.SplitN(key, ".", 3)
	if len(parts) > 1 {
		r.Name = parts[1]
	}
	if len(parts) > 2 {
		r.Index = parts[2]
	}
	if r.Type == "" {
		r.Type = parts[0]
	}
	if r.Provider == "" {
		r.Provider, _, _ = strings.Cut(r.Type, "_")
	}
	for i, p := range path {
		if i > 0 || p != "root" {
			r.Module = strings.TrimPrefix(r.Module+".module."+p, ".")
		}
	}
	r.address()
	return r
}

func (r Resource) old(in oldInstance, deposed string) Resource {
	r.Deposed, r.Tainted = deposed, in.Tainted
	flat := map[string]string{}
	for k, v := range in.Attributes {
		flat[k] = text(v)
		if b, ok := v.(bool); ok {
			flat[k] = strconv.FormatBool(b)
		}
	}
	attrs := unflatten(flat)
	if _, ok := attrs["id"]; !ok && in.ID != "" {
		attrs["id"] = in.ID
	}
	r.fill(attrs, nil)
	return r
}

// unflatten keeps the flat keys of the old flatmap ("tags.Name") as they are:
// the schema that would say what is a list is not in the state. Counts ("tags.%",
// "list.#") go.
func unflatten(flat map[string]string) map[string]any {
	out := map[string]any{}
	for k, v := range flat {
		if !strings.HasSuffix(k, ".%") && !strings.HasSuffix(k, ".#") {
			out[k] = v
		}
	}
	return out
}
