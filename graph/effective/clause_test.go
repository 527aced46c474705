package effective

import "testing"

func TestClauseOf(t *testing.T) {
	for typ, want := range map[string]string{"kubernetes.cluster_role": "rule", "aws.iam.policy": "statement"} {
		if got := clauseOf(typ); got != want {
			t.Errorf("%s: got %q, want %q", typ, got, want)
		}
	}
}
