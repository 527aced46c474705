package kubernetes

import (
	"github.com/droverhq/drover/connector"
)

// A kind is one sort of object that is read, live and from manifests: one value
// beside its emit function, listed in kinds.
type kind struct {
	section  string // of the scan; "" is resource. CRDs whose resource name is common say more: "cert-manager-certificates"
	group    string // API group, "" for the core
	version  string // preferred; another that the server or a manifest has is taken, too
	resource string // "serviceaccounts"
	name     string // Kind: "ServiceAccount"
	typ      string // the node type's last word: "service_account"; objects of the kind are indexed under it

	namespaced bool
	scope      connector.Scope // the rule that reading needs
	optional   bool            // the API may not have it: a CRD, a feature. Absent means skipped without complaint

	// needs lists the node types whose objects emit refers to by name: they are
	// indexed before.
	needs []string

	// owners are the node types of what may control objects of the kind. They are
	// indexed before, too; one that may not be listed is known by what it made.
	owners []string

	// table asks the API for the printed table instead of the objects: names and
	// metadata without contents. The cells are in the raw object under "cells".
	table func(c *cluster) bool

	// emit says what one object says. It may be called for the same object twice.
	emit func(c *cluster, o *object, out *connector.Out)
}

func (k *kind) sectionName() string {
	if k.section != "" {
		return k.section
	}
	return k.resource
}

// kinds are all sorts of objects that are read, in the order of reading: what
// others refer to comes first.
var kinds = concat(coreKinds, workloadKinds)

func concat(lists ...[]*kind) []*kind {
	var out []*kind
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// coreKinds are who is in the cluster and what they may do.
var coreKinds = []*kind{
	namespaceKind,
	secretKind,
	serviceAccountKind,
	clusterRoleKind,
	roleKind,
	clusterRoleBindingKind,
	roleBindingKind,
	nodeKind,
	requestKind,
}

// kindOf finds the kind of a manifest's object: by group and Kind, whatever the
// version. Nil: it is not read.
func kindOf(group, name string) *kind {
	if group == "" && name == configMapKind.name {
		return configMapKind
	}
	for _, k := range kinds {
		if k.group == group && k.name == name {
			return k
		}
	}
	return nil
}
