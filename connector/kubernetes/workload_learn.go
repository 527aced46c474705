package kubernetes

import (
	"slices"
	"strings"
)

// learn takes note of an object before anything is emitted that refers to it.
// Of types that wholly says nothing of, its metadata is enough.
func (c *cluster) learn(typ string, o *object) {
	c.index.add(typ, o.Meta.Namespace, o.Meta.Name, c.ref(typ, o))
	switch typ {
	case "service":
		c.services.learn(o)
	case "endpoint_slice":
		c.services.learnSlice(o)
	case "endpoints":
		c.services.learnEndpoints(o)
	case "replica_set", "job", "workflow":
		c.learnController(o)
	case "secret_store", "cluster_secret_store":
		c.learnStore(typ, o)
	}
	if slices.Contains(meshNeeds, typ) && typ != "service_account" && typ != "namespace" {
		c.learnPods(typ, o)
	}
}

// wholly reports whether learn needs the whole object of the type.
func wholly(typ string) bool { return slices.Contains(wholeTypes, typ) }

var wholeTypes = []string{"service", "endpoint_slice", "endpoints", "deployment", "stateful_set", "daemon_set", "cron_job", "replication_controller", "rollout", "replica_set", "job",
	"secret_store", "cluster_secret_store"}

// learnPods remembers the labels that the pods of a workload have: policies of the
// mesh choose by them.
func (c *cluster) learnPods(typ string, o *object) {
	if o.controller() != nil && !o.static() && (typ == "pod" || typ == "replica_set" || typ == "job") {
		return // its controller's template says the same
	}
	var v struct {
		Spec struct {
			Template    *labelledMeta `json:"template"`
			JobTemplate *struct {
				Spec struct {
					Template *labelledMeta `json:"template"`
				} `json:"spec"`
			} `json:"jobTemplate"`
		} `json:"spec"`
	}
	labels := o.Meta.Labels
	if typ != "pod" {
		if o.decode(&v) != nil {
			return // emit says so
		}
		labels = nil
		switch {
		case v.Spec.Template != nil:
			labels = v.Spec.Template.Meta.Labels
		case v.Spec.JobTemplate != nil && v.Spec.JobTemplate.Spec.Template != nil:
			labels = v.Spec.JobTemplate.Spec.Template.Meta.Labels
		}
	}
	if len(labels) == 0 {
		return
	}
	if c.pods == nil {
		c.pods = map[string][]labelled{}
	}
	short := map[string]string{}
	for k, v := range labels {
		if len(v) <= 63 && !strings.HasPrefix(k, "pod-template-hash") { // the longest that the API server takes
			short[k] = v
		}
	}
	c.pods[o.Meta.Namespace] = append(c.pods[o.Meta.Namespace], labelled{short, c.ref(typ, o)})
}

type labelledMeta struct {
	Meta podMeta `json:"metadata"`
}
