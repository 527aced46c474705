package kubernetes

import (
	"fmt"
)

// A workflowSpec is the part of Argo's WorkflowSpec that is read (Argo Workflows,
// Field Reference).
type workflowSpec struct {
	ServiceAccountName string             `json:"serviceAccountName"`
	Automount          tri                `json:"automountServiceAccountToken"`
	HostNetwork        tri                `json:"hostNetwork"`
	PullSecrets        []nameObject       `json:"imagePullSecrets"`
	Volumes            []volume           `json:"volumes"`
	Security           *security          `json:"securityContext"`
	Templates          []workflowTask     `json:"templates"`
	Executor           *workflowExecutor  `json:"executor"`
	Ref                *workflowReference `json:"workflowTemplateRef"`
}

type workflowExecutor struct {
	ServiceAccountName string `json:"serviceAccountName"`
}

type workflowReference struct {
	Name string `json:"name"`
}

type workflowTask struct {
	ServiceAccountName string      `json:"serviceAccountName"`
	Container          *container  `json:"container"`
	Script             *container  `json:"script"`
	Init               []container `json:"initContainers"`
	Sidecars           []container `json:"sidecars"`
	Set                *struct {
		Containers []container `json:"containers"`
	} `json:"containerSet"`
	Volumes  []volume          `json:"volumes"`
	Executor *workflowExecutor `json:"executor"`
}

func workflowTemplate(w workloadSpec) []foundPod { return w.Spec.workflowSpec.pods("spec") }

func cronWorkflowTemplate(w workloadSpec) []foundPod {
	if w.Spec.WorkflowSpec == nil {
		return nil
	}
	return w.Spec.WorkflowSpec.pods("spec.workflowSpec")
}

// pods are the pods of a workflow: one that has all steps which run as the
// workflow's own account, and one for each account that a step or an executor
// names instead.
func (s *workflowSpec) pods(field string) []foundPod {
	byAccount := map[string]*podHere{}
	var out []foundPod
	pod := func(account string) *podHere {
		if p := byAccount[account]; p != nil {
			return p
		}
		p := &podHere{Spec: podSpec{ServiceAccountName: account, Automount: s.Automount, HostNetwork: s.HostNetwork, PullSecrets: s.PullSecrets, Security: s.Security, Volumes: s.Volumes}}
		byAccount[account] = p
		// Where another template is run by reference, that one may name the account.
		out = append(out, foundPod{podHere: p, field: field, runless: account == "" && s.Ref != nil})
		return p
	}
	pod(s.ServiceAccountName)
	for i := range s.Templates {
		t := &s.Templates[i]
		account := s.ServiceAccountName
		if t.ServiceAccountName != "" {
			account = t.ServiceAccountName
		}
		p := pod(account)
		for _, c := range []*container{t.Container, t.Script} {
			if c != nil {
				p.Spec.Containers = append(p.Spec.Containers, *c)
			}
		}
		if t.Set != nil {
			p.Spec.Containers = append(p.Spec.Containers, t.Set.Containers...)
		}
		p.Spec.Init = append(p.Spec.Init, t.Init...)
		p.Spec.Containers = append(p.Spec.Containers, t.Sidecars...)
		p.Spec.Volumes = append(p.Spec.Volumes[:len(p.Spec.Volumes):len(p.Spec.Volumes)], t.Volumes...)
		if t.Executor != nil && t.Executor.ServiceAccountName != "" {
			pod(t.Executor.ServiceAccountName)
		}
	}
	if s.Executor != nil && s.Executor.ServiceAccountName != "" {
		pod(s.Executor.ServiceAccountName)
	}
	for i := range out {
		for j := range out[i].Spec.Containers {
			if c := &out[i].Spec.Containers[j]; c.Name == "" {
				c.Name = fmt.Sprintf("%d", j)
			}
		}
	}
	return out
}

// tektonTask is the pod of a Task. As whom it runs, the run of the task says.
func tektonTask(w workloadSpec) []foundPod {
	p := &podHere{Spec: podSpec{Containers: append(w.Spec.Steps, w.Spec.Sidecars...), Volumes: w.Spec.workflowSpec.Volumes}}
	return []foundPod{{podHere: p, field: "spec", runless: true}}
}

// eventListener is the pod of a Tekton EventListener.
func eventListener(w workloadSpec) []foundPod {
	return []foundPod{{podHere: &podHere{Spec: podSpec{ServiceAccountName: w.Spec.workflowSpec.ServiceAccountName}}, field: "spec"}}
}
