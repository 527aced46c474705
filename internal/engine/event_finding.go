package engine

import (
	"github.com/droverhq/drover"
)

// toldFindings is how many findings of one run or decision are told one by one;
// how many there are in all is told beside.
const toldFindings = 200

// findingNews is what is told of a finding.
type findingNews struct {
	ID       string              `json:"id"`
	Check    string              `json:"check"`
	Severity drover.Severity     `json:"severity"`
	State    drover.FindingState `json:"state"`
	Name     string              `json:"name"`
	What     string              `json:"what"`
}

func newsOf(f *drover.Finding) findingNews {
	return findingNews{f.ID(), f.Check, f.Severity, f.State, text(f.Subject.Name, 300), text(f.What, 600)}
}

// tell says what a run opened and closed. A run of the past changed nothing.
func (c *checkRun) tell() {
	if c.r.Changes == nil {
		return
	}
	h, at := &c.e.live.hub, c.e.o.Now().UTC()
	told := 0
	for i := range c.r.list {
		f := &c.r.list[i]
		fresh := f.FirstSeen.Equal(c.at) && f.State == drover.FindingOpen
		if !fresh || told == toldFindings {
			continue
		}
		told++
		h.publish(Event{At: at, Kind: "finding.opened", Subject: f.Subject.Ref, Generation: c.r.Generation}, newsOf(f))
	}
	for i := range c.fixed {
		f := &c.fixed[i]
		f.State = drover.FindingFixed
		h.publish(Event{At: at, Kind: "finding.closed", Subject: f.Subject.Ref, Generation: c.r.Generation}, newsOf(f))
	}
	h.publish(Event{At: at, Kind: "check.done", Generation: c.r.Generation}, map[string]any{"changes": c.r.Changes, "findings": c.r.Findings, "counts": c.r.Counts})
}

// tellDecided says what was decided about findings.
func (e *Engine) tellDecided(list []drover.Finding, kind string) {
	h, at := &e.live.hub, e.o.Now().UTC()
	for i := range list {
		if i == toldFindings {
			break
		}
		f := &list[i]
		h.publish(Event{At: at, Kind: "finding.decided", Subject: f.Subject.Ref}, map[string]any{"id": f.ID(), "decision": kind, "who": e.who()})
	}
}
