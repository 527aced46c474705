package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph"
)

// The help of env names the values that classification gives, all of them.
func TestEnvHelp(t *testing.T) {
	for _, f := range graph.Fields {
		if f.Name != "env" {
			continue
		}
		list, _, _ := strings.Cut(f.Help, ";")
		got := strings.Split(list, ", ")
		slices.Sort(got)
		if want := classify.Envs(); !slices.Equal(got, want) {
			t.Errorf("the help of env says %v, want %v", got, want)
		}
	}
}
