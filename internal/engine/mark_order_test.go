package engine

import (
	"testing"

	"github.com/droverhq/drover/internal/store"
)

// Who asks the store after a write sees that write, also where an answer of before it
// comes last.
func TestMarkNeverGoesBack(t *testing.T) {
	l := &memory{}
	before, after := l.ask(), l.ask()
	l.keep(after, store.Mark{Generation: 5})
	l.keep(before, store.Mark{Generation: 4})
	if got := l.mark.Load().Generation; got != 5 {
		t.Errorf("the mark is that of generation %d, want 5: an answer to an earlier question replaced it", got)
	}
	l.keep(l.ask(), store.Mark{Generation: 2}) // a store that was restored
	if got := l.mark.Load().Generation; got != 2 {
		t.Errorf("the mark is that of generation %d, want 2: the newest answer counts", got)
	}
}
