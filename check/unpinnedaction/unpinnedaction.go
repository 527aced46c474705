// Package unpinnedaction finds builds that run programs of others by a name that
// those can move: actions that are not pinned to a commit.
package unpinnedaction

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "unpinnedaction", Title: "a build runs an action that is not pinned", Area: check.Trust, Severity: drover.Low,
	Controls: []string{"OWASP-NHI6:2025", "OWASP-NHI3:2025", "NIST-CSF-2.0:GV.SC-07", "NIST-800-53:SI-7", "NIST-800-53:SR-3", "ISO-27001-2022:A.8.28", "SOC2:CC8.1"}, Fix: []string{"pin"}, Systems: []string{"github", "machine", "git"},
	Why:        "Whoever takes over that action, or its tag, runs code in the build the same day, with its secrets and its cloud role: that is how tj-actions gave away the secrets of thousands of builds.",
	How:        "What a workflow runs (`uses`): connector machine reads it from `.github/workflows` as `actions`, an inventory may list it as `uses`. An action of somebody else is named by a tag or branch and not by a commit of 40 digits, or an image by a tag and not by its digest. High where the build may get a cloud's token (`id_token`) or reads secrets; low where it is one of GitHub's own (actions/*, github/*). Actions of the same repository (./) are left out.",
	False:      "Tags that the owner made immutable cannot move: accept those owners.",
	References: []string{"https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions", "https://www.cisa.gov/news-events/alerts/2025/03/18/supply-chain-compromise-third-party-tj-actionschanged-files-cve-2025-30066-and-reviewdogaction"},
	Kinds:      []drover.Kind{drover.KindWorkload, drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if !strings.HasPrefix(p.Graph.Type(row), "github") || p.Off(row) {
			return
		}
		a := p.Graph.Attrs(row)
		if !check.Mentions(a, `"actions"`) && !check.Mentions(a, `"uses"`) {
			return
		}
		var foreign, own []string
		for _, u := range append(a.Strings("actions"), a.Strings("uses")...) {
			if pinned(u) {
				continue
			}
			if theirs(u) {
				foreign = append(foreign, check.Clean(u))
			} else {
				own = append(own, check.Clean(u))
			}
		}
		report(p, row, foreign, own)
	},
}

// pinned reports whether what is run cannot change under its name.
func pinned(uses string) bool {
	if strings.HasPrefix(uses, "./") || strings.HasPrefix(uses, "$") || uses == "" {
		return true
	}
	if image, ok := strings.CutPrefix(uses, "docker://"); ok {
		return strings.Contains(image, "@sha256:")
	}
	_, ref, ok := strings.Cut(uses, "@")
	return ok && (len(ref) == 40 || len(ref) == 64) && strings.Trim(ref, "0123456789abcdef") == ""
}

// theirs reports whether an action is somebody else's than GitHub's.
func theirs(uses string) bool {
	return !strings.HasPrefix(uses, "actions/") && !strings.HasPrefix(uses, "github/")
}

func report(p *check.Pass, row int, foreign, own []string) {
	h := check.Hit{Row: row, Path: []int{row}, Keeps: true}
	list := foreign
	if len(foreign) > 0 {
		h.Severity = drover.Medium
	} else {
		list = own
	}
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		return
	}
	token, _ := p.Graph.Attrs(row).Bool("id_token")
	reads := p.HasOut(row, drover.EdgeReadsSecret)
	if len(foreign) > 0 && (token || reads) {
		h.Severity = drover.High
	}
	says := list
	if len(says) > 5 {
		says = append(says[:5:5], check.Count(len(list)-5, "other"))
	}
	h.What = fmt.Sprintf("%s runs %s by a name that can be moved.", p.Say(row), check.List(says))
	h.Evidence = []drover.FindingProof{check.Proof("runs "+check.List(says), "uses", p.Now, "")}
	if token {
		h.Evidence = append(h.Evidence, check.Proof("may ask for a token of a cloud", "permissions.id-token", p.Now, ""))
	}
	if reads {
		h.Evidence = append(h.Evidence, check.Proof("reads "+p.Says(p.Out(row, drover.EdgeReadsSecret)), "secrets", p.Now, ""))
	}
	h.Fix = remedy.Pin(p.Estate, row, check.List(says))
	p.Report(h)
}
