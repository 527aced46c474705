package effective

import (
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// A cut speaks as the documents of its system do, never by names of columns or edges.
func TestCutWords(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{withoutAttribute("rolsuper", "svc"), "take SUPERUSER from svc"},
		{withoutAttribute("rolbypassrls", "svc"), "take BYPASSRLS from svc"},
		{withoutAttribute("host_pid", "pod"), "turn off host pid of pod"},
		{removed(drover.EdgeAttached, "admin", "svc"), "detach admin from svc"},
		{removed(drover.EdgeCanAssume, "a", "b"), "let a become b no more"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
	for _, kind := range drover.EdgeKinds {
		if what := removed(kind, "a", "b"); strings.Contains(what, "_") {
			t.Errorf("%s: %q", kind, what)
		}
	}
}
