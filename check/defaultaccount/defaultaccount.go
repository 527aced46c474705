// Package defaultaccount finds default service accounts of Kubernetes that somebody
// gave rights to: every pod that names no account has them.
package defaultaccount

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "defaultaccount", Title: "a default service account has rights", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "OWASP-NHI9:2025", "CIS-K8S-1.9:5.1.5", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6"}, Fix: []string{"detach"}, Systems: []string{"kubernetes"},
	Why:        "Every pod of the namespace that names no account of its own runs as it, the next one that somebody tries out as well, and nobody can tell whose calls they are.",
	How:        "A service account that is called default is named by a binding that Kubernetes did not make. High where the role allows everything or may read Secrets. What its groups have (system:serviceaccounts) is left to `openbinding`.",
	False:      "None is known: an account of its own for each workload costs three lines.",
	References: []string{"https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#use-the-default-service-account-to-access-the-api-server", "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Graph.Type(row) != "kubernetes.service_account" || !isDefault(p, row) || p.Off(row) {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Loses: "the rights of the role"}
		var roles []int
		for _, b := range p.Bindings(row) {
			if b.Binding >= 0 && p.Own(b.Binding) {
				continue
			}
			where := check.Where(b.Namespace)
			h.Evidence = append(h.Evidence, check.Proof("is bound to "+p.Say(b.Role)+" "+where, p.Say(b.Object()), p.Now, ""))
			h.Path, roles = append(h.Path, b.Object()), append(roles, b.Role)
			if h.Fix.Text == "" {
				h.Fix = remedy.Detach(p.Estate, row, b.Object())
			}
			if check.Total(p.Rules(b.Role)) {
				h.Severity = drover.High
			}
		}
		if len(roles) == 0 {
			return
		}
		h.What = fmt.Sprintf("%s of namespace %s, which every pod there without an account of its own runs as, has %s.", p.Say(row), check.Clean(p.Graph.Str(row, "namespace")), p.Says(roles))
		p.Report(h)
	},
}

// isDefault goes by the name that the namespace's controller gives; the alias has
// it, too, where the name is shown otherwise.
func isDefault(p *check.Pass, row int) bool { return p.Graph.Name(row) == "default" }
