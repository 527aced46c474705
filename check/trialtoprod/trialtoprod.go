// Package trialtoprod finds identities of test, development and other trial
// environments that get to production.
package trialtoprod

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "trialtoprod", Title: "a way from a trial environment to production", Area: check.Isolation, Severity: drover.High,
	Controls: []string{"OWASP-NHI8:2025", "NIST-CSF-2.0:PR.IR-01", "NIST-800-53:CM-4(1)", "NIST-800-53:SC-7", "PCI-DSS-4.0:6.5.3", "ISO-27001-2022:A.8.31", "SOC2:CC8.1"}, Fix: []string{"detach", "narrow", "restrict_trust"},
	Why:        "Trial environments are patched late, shared by many and watched by few: whoever breaks into one is in production without breaking in there.",
	How:        "The environment of the identity and of what it gets to is known (by a user, a tag, the account or namespace it lies in, or the name), the one is no production and the other is. Counted are memberships, roles it may assume, workloads, credentials and grants, and what AWS, Kubernetes and PostgreSQL permissions let it read or more. The way is told step by step. Medium where a step depends on a condition. Silent where an environment is unknown.",
	False:      "A name that looks like an environment and means something else: set the environment with `drover tag`. A pipeline that promotes from test to production is the way on purpose: let production fetch instead.",
	References: []string{"https://owasp.org/www-project-non-human-identities-top-10/2025/8-environment-isolation/", "https://docs.aws.amazon.com/whitepapers/latest/organizing-your-aws-environment/organizing-your-aws-environment.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		f := p.Graph.Facts(row)
		if !check.Lower(f.Env) || f.Verdict == drover.VerdictHuman || p.Off(row) || p.Own(row) {
			return
		}
		if w, ok := p.Production(row); ok {
			byWay(p, row, f.Env, w)
		} else if t, ok := p.ProductionByPolicy(row); ok {
			byPolicy(p, row, f.Env, t)
		}
	},
}

func byWay(p *check.Pass, row int, env string, w check.Way) {
	end := p.SayNode(w.End())
	h := check.Hit{Row: row, Evidence: append(envs(p, row, int(w.End())), p.Steps(w)...), Path: p.Rows(w), Stops: []int{row}, Loses: "the way to " + end}
	if w.Grade != drover.GradeProven {
		h.Severity = drover.Medium
	}
	h.What = fmt.Sprintf("%s of %s gets to %s of production in %s.", p.Say(row), check.Clean(env), end, check.Count(len(w.Edges), "step"))
	object, _, holder := p.Decides(w)
	switch {
	case object >= 0 && int(holder) < p.Graph.Seen():
		h.Fix = remedy.Detach(p.Estate, int(holder), object)
	default:
		h.Fix = remedy.Narrow(p.Estate, row, "its own environment")
	}
	p.Report(h)
}

func byPolicy(p *check.Pass, row int, env string, t check.Touched) {
	does := map[access.Level]string{access.LevelRead: "read", access.LevelWrite: "change", access.LevelDelete: "delete", access.LevelPermissions: "give away", access.LevelSecrets: "read the secrets of", access.LevelExecute: "run code in", access.LevelEscalate: "take over"}[t.Level]
	h := check.Hit{Row: row, Path: []int{row, t.Row}, Stops: []int{row}, Loses: "access to production"}
	h.What = fmt.Sprintf("%s of %s may %s %s of production.", p.Say(row), check.Clean(env), does, p.Say(t.Row))
	h.Evidence = append(envs(p, row, t.Row), check.Proof("its permissions let it "+does+" "+p.Say(t.Row), "policy evaluation", p.Now, ""))
	h.Fix = remedy.Narrow(p.Estate, row, "its own environment")
	p.Report(h)
}

// envs says how the two environments are known.
func envs(p *check.Pass, from, to int) []drover.FindingProof {
	say := func(row int) drover.FindingProof {
		return check.Proof(p.SayNode(uint32(row))+" is of "+check.Clean(p.Graph.Facts(row).Env), "environment", p.Now, drover.GradeInferred)
	}
	return []drover.FindingProof{say(from), say(to)}
}
