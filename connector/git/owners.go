package git

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// ownerFiles are where hosts look for CODEOWNERS, in their order; the first that
// is there counts (GitHub "About code owners", GitLab "Code Owners").
var ownerFiles = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}

const (
	maxOwnersFile = 3 << 20 // what GitHub reads of it
	maxNobody     = 50      // patterns without owners that are kept with a line
)

// owners reads who owns which paths of the checked-out version.
func (r *reading) owners(ctx context.Context) error {
	w := &walker{history: newHistory(), r: r.reader}
	for _, h := range r.heads {
		for _, path := range ownerFiles {
			id, ok := w.lookup(h.root, path)
			if !ok {
				continue
			}
			_, data, err := r.reader.Read(id, maxOwnersFile)
			if err != nil {
				r.out.At("owners").Lost(path, err)
			} else {
				r.emitOwners(r.out.At("owners"), path, data)
			}
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// emitOwners emits who owns the repository, one edge for each owner of a line. A
// line that does not cover all has its pattern as condition, with those of later
// lines that name nobody and so take paths out of it again.
func (r *reading) emitOwners(out *connector.Out, path string, data []byte) {
	out.Node(r.node())
	file, err := decode.ParseCodeOwners(data)
	if err != nil {
		out.Note(path, err.Error())
	}
	nobody := map[string][]string{} // by section: patterns of later lines that name nobody
	for _, rule := range slices.Backward(file.Rules) {
		none := nobody[rule.Section]
		if len(rule.Owners) == 0 {
			if len(none) < maxNobody {
				nobody[rule.Section] = append(none, clip(rule.Pattern))
			}
			continue
		}
		for _, name := range rule.Owners {
			alias := r.ownerAlias(name)
			if alias == "" {
				continue
			}
			e := drover.Edge{From: drover.UnseenRef(alias), To: r.ref, Kind: drover.EdgeOwns, Part: clip(rule.Pattern), Grade: drover.GradeDeclared, Proof: fmt.Sprintf("%s:%d", path, rule.Line)}
			cond := map[string]any{}
			if rule.Pattern != "*" {
				cond["path"] = clip(rule.Pattern)
			}
			if len(none) > 0 {
				cond["except"] = none
			}
			if len(cond) > 0 {
				e.Cond = drover.NewAttrs(cond)
			}
			out.Edge(e)
		}
	}
}

// ownerAlias names an owner: a mailbox, a team or a user at the remote's host.
// Where the host is not known, neither is who that is.
func (r *reading) ownerAlias(name string) string {
	if a := mailbox(name); a != "" && !strings.HasPrefix(name, "@") {
		return "email:" + a
	}
	host, _, _ := strings.Cut(r.remote, "/")
	name, ok := strings.CutPrefix(name, "@")
	if !ok || name == "" || host == "" || len(name) > 255 || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return ""
	}
	if strings.Contains(name, "/") {
		return "git-team:" + host + "/" + strings.ToLower(name)
	}
	return "login:" + host + "/" + strings.ToLower(name)
}
