package engine

import (
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/policy"
)

// readPolicy parses the sections of drover.yaml that are the house's own.
func (e *Engine) readPolicy() error {
	p, err := policy.Parse(e.o.Config.Path, e.o.Config.Raw)
	if err != nil {
		return err
	}
	sources := map[string]judge.Source{}
	for _, c := range e.o.Config.Sources {
		if c.BusinessUnit != "" || c.Env != "" {
			sources[c.ID] = judge.Source{BusinessUnit: c.BusinessUnit, Env: c.Env}
		}
	}
	e.policy = p
	e.settings, err = judge.NewSettings(p, sources, e.o.Now())
	return err
}
