package link

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

var day = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// joins links nodes and returns the entity of each ref that is not its own.
func joins(nodes ...Node) map[drover.Ref]Join {
	l := New()
	for _, n := range nodes {
		l.Add(n)
	}
	out := map[drover.Ref]Join{}
	for _, j := range l.Joins() {
		out[j.Ref] = j
	}
	return out
}

// A key in a repository is the key of the account, and whoever the repository
// thinks it belongs to is the user.
func TestKeyInRepository(t *testing.T) {
	got := joins(
		Node{ID: 1, Ref: "aws/111111111111/iam.access_key/AKIA1", Kind: drover.KindCredential, Type: "aws.iam.access_key", Aliases: []string{"aws-key:AKIA1"}, FirstSeen: day},
		Node{ID: 2, Ref: "secret/-/aws-key/hs256:1", Kind: drover.KindCredential, Type: "aws.access_key", Aliases: []string{"aws-key:AKIA1", "secret:hs256:1"}, FirstSeen: day.Add(time.Hour)},
		Node{ID: 3, Ref: "secret/-/generic/hs256:1", Kind: drover.KindCredential, Type: "secret.generic", Aliases: []string{"secret:hs256:1"}, FirstSeen: day.Add(time.Hour)},
		Node{ID: 4, Ref: "secret/-/generic/hs256:2", Kind: drover.KindCredential, Type: "secret.generic", Aliases: []string{"secret:hs256:2"}},
	)
	want := map[drover.Ref]Join{
		"secret/-/aws-key/hs256:1": {2, "secret/-/aws-key/hs256:1", 1, "same alias aws-key:AKIA1"},
		"secret/-/generic/hs256:1": {3, "secret/-/generic/hs256:1", 1, "same alias secret:hs256:1"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
