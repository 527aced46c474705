package aws

import (
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// Whatever a service says, ends are valid refs and nothing panics.
func FuzzServiceNames(f *testing.F) {
	for _, s := range []string{"", ":", "arn:", "arn:aws:secretsmanager:r:1:secret:x-AbCdEf:key:stage:id", "db:password", "/app/param", "https://u:p@github.com/a/b.git", "https://ABC.eks.amazonaws.com:443/x", "\x00\u202e%zz", "arn:aws:lambda:r:1:function:f:7"} {
		f.Add(s)
	}
	a := &account{id: "123456789012", partition: "aws"}
	f.Fuzz(func(t *testing.T, s string) {
		for _, ref := range []drover.Ref{a.secretEnd(s, "r"), a.secretByName(s, "r"), a.arnEnd(roleARN(a, s)), a.arnEnd(unqualified(s)), a.regional("x.y", "r", s)} {
			if ref != "" && ref.Valid() != nil {
				t.Errorf("%q gives %v", s, ref.Valid())
			}
		}
		shown, alias := repository(s)
		if alias != "" && drover.UnseenRef(alias).Valid() != nil {
			t.Errorf("repository %q gives %q", s, alias)
		}
		if strings.Contains(s, "://u:sesame@") && strings.Contains(shown, "sesame") {
			t.Errorf("repository %q is shown with its password: %q", s, shown)
		}
		if h := endpointHost(s); h != strings.ToLower(h) {
			t.Errorf("host %q", h)
		}
		_ = revision(s)
		_ = facts(map[string]any{"s": s, "p": &s, "l": []string{s}, "m": []map[string]any{{"v": &s}}, "t": tagMap(map[string]string{s: s})})
	})
}
