package aws

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// Lists of resources as Terraform describes them: [{"account", "arn", "type":
// "aws_lambda_function", "name", "attributes": {…}}], with the attributes of the
// AWS provider. What each type becomes is the same node that the live service
// gives, as far as the attributes tell.

// A resource is one entry of such a list.
type resource struct {
	Account, ARN, Type, Name, Attributes json.RawMessage
}

// field is where a key of an entry goes; nil: it is none.
func (r *resource) field(key string) *json.RawMessage {
	switch key {
	case "account":
		return &r.Account
	case "arn":
		return &r.ARN
	case "type":
		return &r.Type
	case "name":
		return &r.Name
	case "attributes":
		return &r.Attributes
	}
	return nil
}

// ours reports whether the object is such an entry, of AWS.
func (r *resource) ours() bool {
	return strings.HasPrefix(unquoted(r.Type), "aws_") && len(r.Attributes) > 0 && r.Attributes[0] == '{'
}

func unquoted(v json.RawMessage) string {
	var s string
	_ = json.Unmarshal(v, &s)
	return s
}

// accountID is the account of the resource, "" if nothing in it says.
func (r *resource) accountID() string {
	if id := unquoted(r.Account); isAccount(id) {
		return id
	}
	if a, ok := parseARN(unquoted(r.ARN)); ok && isAccount(a.account) {
		return a.account
	}
	return ""
}

// A listedResource is a resource and the file that it is from.
type listedResource struct {
	resource
	from *export
}

// bare reports whether nothing but resources is in the export.
func (e *export) bare() bool {
	one := *e
	one.resources = nil
	return len(e.resources) > 0 && !one.ours()
}

// madeUp reports whether the ARNs of the list are not AWS's own: some are spelled
// with a type of Terraform for a service. Then the region in them is a guess.
func (e *export) madeUp() bool {
	return slices.ContainsFunc(e.resources, func(r resource) bool {
		a, ok := parseARN(unquoted(r.ARN))
		return ok && "aws_"+a.service == unquoted(r.Type) && strings.Contains(a.service, "_")
	})
}

// path is a file that speaks of the account.
func (f *dossier) path() string {
	if len(f.exports) > 0 {
		return f.exports[0].path
	}
	if len(f.resources) > 0 {
		return f.resources[0].from.path
	}
	return "files"
}

// A tf is the attributes of a resource, or of a block in it.
type tf map[string]any

// str is an attribute as text; numbers and booleans as Terraform writes them.
func (t tf) str(key string) string {
	switch v := t[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// flag is a boolean; nil where it is not said.
func (t tf) flag(key string) any {
	switch v := t[key].(type) {
	case bool:
		return v
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			return b
		}
	}
	return nil
}

// blocks are the blocks of a name: Terraform writes a list of objects, or one.
func (t tf) blocks(key string) []tf {
	switch v := t[key].(type) {
	case map[string]any:
		return []tf{v}
	case []any:
		var out []tf
		for _, e := range v {
			if m, ok := e.(map[string]any); ok {
				out = append(out, m)
			}
		}
		return out
	}
	return nil
}

// block is the first block of a name, empty if none.
func (t tf) block(key string) tf {
	if list := t.blocks(key); len(list) > 0 {
		return list[0]
	}
	return tf{}
}

// texts is a map of texts, such as tags and variables.
func (t tf) texts(key string) map[string]string {
	out := map[string]string{}
	if m, ok := t[key].(map[string]any); ok {
		for k := range m {
			if s := tf(m).str(k); s != "" {
				out[k] = s
			}
		}
	}
	return out
}

func (t tf) tags() map[string]string {
	out := t.texts("tags_all")
	for k, v := range t.texts("tags") {
		out[k] = v
	}
	return out
}

// A fixture is one resource being emitted.
type fixture struct {
	*stock
	tf
	typ, arn, label string // label is its name in the configuration
	region          string
	assumed         bool // the region is not told: its ARN was made up by who wrote the list
	out             *connector.Out
}

// A stock is the resources of one account, by type.
type stock struct {
	*dossier
	byType map[string][]*fixture
}

// readResources emits what the lists name. A type that is not known is passed over.
func (f *dossier) readResources(ctx context.Context) error {
	if len(f.resources) == 0 {
		return nil
	}
	at := f.resources[0].from.at
	for _, r := range f.resources {
		at = latest(at, r.from.at)
	}
	return f.section(ctx, "resources", at, func(out *connector.Out) {
		s := &stock{f, map[string][]*fixture{}}
		unknown := map[string]int{}
		for _, x := range s.sorted(out) {
			emit := fixtures[x.typ]
			if emit == nil {
				unknown[x.typ]++
				continue
			}
			if ctx.Err() != nil {
				return
			}
			emit(x)
		}
		for _, typ := range slices.Sorted(keys(unknown)) {
			if !beside[typ] {
				out.Note(typ, fmt.Sprintf("%d resources of this type are not read", unknown[typ]))
			}
		}
	})
}

// sorted brings the resources into an order, each once.
func (s *stock) sorted(out *connector.Out) []*fixture {
	var list []*fixture
	seen := map[string]bool{}
	for _, r := range s.resources {
		x := &fixture{stock: s, assumed: r.from.madeUp(), typ: unquoted(r.Type), arn: unquoted(r.ARN), label: unquoted(r.Name)}
		d := json.NewDecoder(strings.NewReader(string(r.Attributes)))
		d.UseNumber()
		if err := d.Decode(&x.tf); err != nil {
			out.Lost(r.from.path+" "+x.typ, fmt.Errorf("attributes that are no object: %s: %w", sayable(err.Error()), drover.ErrInvalid))
			continue
		}
		key := x.typ + " " + x.arn + " " + string(drover.NewAttrs(map[string]any(x.tf)))
		if seen[key] {
			continue
		}
		seen[key] = true
		if given := x.str("arn"); strings.HasPrefix(given, "arn:") {
			x.arn, x.assumed = given, false
		}
		if a, ok := parseARN(x.arn); ok && plainRegion(a.region) {
			x.region = a.region
		}
		if given := x.str("region"); plainRegion(given) {
			x.region, x.assumed = given, false
		}
		list = append(list, x)
		s.byType[x.typ] = append(s.byType[x.typ], x)
	}
	slices.SortStableFunc(list, func(a, b *fixture) int { return cmp.Or(cmp.Compare(a.typ, b.typ), cmp.Compare(a.arn, b.arn)) })
	for _, x := range list {
		x.region = cmp.Or(x.region, s.homeRegion())
		x.out = out.At(x.typ + " " + text(cmp.Or(x.arn, x.label)))
	}
	return list
}

// homeRegion is the region of the resources that have one; us-east-1 if none has.
func (s *stock) homeRegion() string {
	votes := map[string]int{}
	best := "us-east-1"
	for _, typ := range slices.Sorted(keys(s.byType)) {
		for _, x := range s.byType[typ] {
			if x.region != "" {
				if votes[x.region]++; votes[x.region] > votes[best] {
					best = x.region
				}
			}
		}
	}
	return best
}

// spell is the ARN of the resource: the given one where it is of the service and
// kind that AWS gives this type, else one made of its name. Lists that are made
// without an account to ask name things by ARNs that nobody else would know.
func (x *fixture) spell(service, kind, name string) string {
	prefix := "arn:" + x.partition + ":" + service + ":" + x.region + ":" + x.id + ":" + kind
	if strings.HasPrefix(x.arn, prefix) && len(x.arn) > len(prefix) {
		return x.arn
	}
	return prefix + name
}

// emit emits the node of the resource, with what its tags say.
func (x *fixture) emit(n drover.Node, said map[string]any) {
	said["Region"] = x.region
	if x.assumed {
		said["RegionBasis"] = "assumed"
	}
	if tags := x.tags(); len(tags) > 0 {
		said["Tags"] = tagged(x.out, n.Ref, tags)
	}
	n.Attrs = facts(said)
	if n.Name == "" {
		n.Name = text(cmp.Or(x.label, last(x.arn)))
	}
	x.out.Node(n)
}

// role joins the resource to a role that it runs as.
func (x *fixture) role(from drover.Ref, role, part, proof string) {
	if role != "" {
		x.runsAs(x.out, from, &role, part, proof)
	}
}

// others are the resources of a type whose attribute names this one, by its name
// or its ARN.
func (x *fixture) others(typ, attribute string, names ...string) []*fixture {
	var out []*fixture
	for _, o := range x.byType[typ] {
		if v := o.str(attribute); v != "" && slices.Contains(names, v) {
			out = append(out, o)
		}
	}
	return out
}

// policy emits a resource policy.
func (x *fixture) policy(n drover.Node, body, what string) {
	x.resourcePolicy(x.out, n, body, what)
}
