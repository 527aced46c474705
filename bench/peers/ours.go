package peers

import (
	"encoding/json"
	"fmt"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
)

// An ourEngine holds one compiled profile per principal.
type ourEngine struct {
	profiles []*awsiam.Profile
	requests []awsiam.Request
	owner    []int
}

func newOurs(w *workload) (*ourEngine, error) {
	e := &ourEngine{}
	docs := map[string]*awsiam.Document{} // as the store keeps them: each once
	for i := range w.principals {
		p := &w.principals[i]
		var firstErr error
		attach := func(name string, s []statement) awsiam.Attached {
			body, err := json.Marshal(awsDocument(s))
			if err == nil && docs[string(body)] == nil {
				docs[string(body)], _, err = awsiam.Parse(body)
			}
			if err == nil {
				return awsiam.Attached{Name: name, Doc: docs[string(body)]}
			}
			firstErr = fmt.Errorf("parse %s of %s: %w", name, p.name, err)
			return awsiam.Attached{}
		}
		boundary := attach("boundary", p.boundary)
		all := &awsiam.Policies{Identity: []awsiam.Attached{attach("identity", p.identity)}, Boundary: &boundary}
		for _, s := range p.scps {
			all.SCPs = append(all.SCPs, []awsiam.Attached{attach("scp", s)})
		}
		if firstErr != nil {
			return nil, firstErr
		}
		e.profiles = append(e.profiles, awsiam.Compile(all))
	}
	for i := range w.requests {
		r, p := &w.requests[i], &w.principals[w.requests[i].principal]
		q := awsiam.Request{
			Principal: awsiam.Principal{ARN: p.arn, Account: account, Type: awsiam.User}, Action: r.action, Resource: r.resource,
			ResourceAccount: account, Context: awsiam.Context{Complete: true},
		}
		for k, v := range contextOf(p, r) {
			q.Context.Known(k, v)
		}
		e.requests, e.owner = append(e.requests, q), append(e.owner, r.principal)
	}
	return e, nil
}

func (e *ourEngine) decide(i int) bool {
	return e.profiles[e.owner[i]].Decide(&e.requests[i]) == access.Allow
}

// explain decides with the proof.
func (e *ourEngine) explain(i int) bool {
	return e.profiles[e.owner[i]].Explain(&e.requests[i]).Verdict == access.Allow
}
