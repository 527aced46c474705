package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/engine"
)

// inventoried are the nouns whose things an inventory of others has a place for.
var inventoried = []string{"identities", "credentials", "resources", "workloads", "places", "nodes"}

// inventory gives a listing the form in which others read inventories. What is
// listed is all that is needed, so that it is the same over a server.
func (a *app) inventory(l *listing, q engine.ListRequest) {
	if !slices.Contains(inventoried, q.Noun) {
		return
	}
	items := l.Items
	l.Nodes = func(yield func(drover.Record, error) bool) {
		for item := range items {
			if n := nodeOf(item); n != nil && !yield(drover.Record{Node: n}, nil) {
				return
			}
		}
	}
	now := a.now()
	if !q.AsOf.IsZero() {
		now = q.AsOf
	}
	l.NodesHead = export.Head{Tool: Version, Kind: "node", Now: now, Subject: strings.TrimSpace(q.Noun + " " + q.Filter)}
}

// nodeOf is the node of a listed thing, with what was concluded of it as
// attributes.
func nodeOf(item any) *drover.Node {
	at := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return *t
	}
	owner := func(o *engine.OwnerView) string {
		if o == nil {
			return ""
		}
		return o.Name
	}
	said := map[string]any{}
	switch v := item.(type) {
	case engine.Identity:
		n := &drover.Node{Ref: v.Ref, Kind: v.Kind, Type: v.Type, Name: v.Name, Aliases: v.Aliases, Created: at(v.Created), Expires: at(v.Expires)}
		for name, value := range map[string]*string{"nhi_type": v.NHIType, "env": v.Env, "purpose": v.Purpose, "data_class": v.DataClass, "criticality": v.Criticality, "business_unit": v.BusinessUnit} {
			said[name] = text0(value)
		}
		said["verdict"], said["lifecycle"], said["owner"] = string(v.Verdict.Value), string(v.Lifecycle.Value), owner(v.Owner)
		said["regulation"], said["tags"], said["sources"] = v.Regulation, v.Tags, v.Sources
		if v.Tier != nil {
			said["tier"] = *v.Tier
		}
		if v.Risk != nil {
			said["risk"] = *v.Risk
		}
		usedAt(said, v.LastUsed)
		n.Attrs = concluded(said, v.Attrs)
		return n
	case engine.Credential:
		n := &drover.Node{Ref: v.Ref, Kind: drover.KindCredential, Type: v.Type, Name: v.Name, Aliases: v.Aliases, Created: at(v.Created), Rotated: at(v.Rotated), Expires: at(v.Expires)}
		said["identity"], said["fingerprint"], said["status"], said["tags"], said["sources"] = text0(v.Whose), text0(v.Fingerprint), v.Status, v.Tags, v.Sources
		if v.Identity != nil && v.Whose == nil {
			said["identity"] = string(*v.Identity)
		}
		var places []string
		for _, p := range v.Places {
			places = append(places, p.Name+" ("+p.Exposure+")")
		}
		said["places"] = places
		usedAt(said, v.LastUsed)
		n.Attrs = concluded(said, v.Attrs)
		return n
	case engine.Item:
		n := &drover.Node{Ref: v.Ref, Kind: v.Kind, Type: v.Type, Name: v.Name, Aliases: v.Aliases, Created: at(v.Created)}
		said["env"], said["business_unit"], said["owner"], said["tags"], said["sources"] = text0(v.Env), text0(v.Unit), owner(v.Owner), v.Tags, v.Sources
		if v.Tier != nil {
			said["tier"] = *v.Tier
		}
		n.Attrs = concluded(said, v.Attrs)
		return n
	}
	return nil
}

func usedAt(said map[string]any, u *engine.UsedView) {
	if u != nil && u.At != nil {
		said["last_used"] = u.At.UTC().Format(time.RFC3339) + " (" + string(u.Grade) + ")"
	}
}

// concluded are attributes with what was concluded of a thing before what its
// vendor says; empty values are not known, and left out.
func concluded(said map[string]any, attrs drover.Attrs) drover.Attrs {
	all := attrs.Map()
	if all == nil {
		all = map[string]any{}
	}
	for name, value := range said {
		if s, ok := value.(string); ok && s == "" {
			delete(all, name) // what the vendor calls so is something else
			continue
		}
		all[name] = value
	}
	return drover.NewAttrs(all)
}

func text0(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// noInventory refuses a list that an inventory of others has no place for.
func noInventory(schema string) error {
	return fmt.Errorf("%s are no part of an inventory in the form of %s, which has %s: %w", strings.TrimPrefix(schema, "drover/v1/"), formatOfNodes, strings.Join(inventoried, ", "), drover.ErrInvalid)
}
