package git

import (
	"context"
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// ownerFiles are where hosts look for CODEOWNERS, in their order; the first that
// is there counts (GitHub "About code owners", GitLab "Code Owners").
var ownerFiles = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}

const (
	maxOwnersFile = 3 << 20 // what GitHub reads of it
	maxOwnerLines = 20000
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

func (r *reading) emitOwners(out *connector.Out, path string, data []byte) {
	out.Node(r.node())
	n := 0
	for line := range strings.Lines(string(data)) {
		if n++; n > maxOwnerLines {
			out.Note(path, fmt.Sprintf("lines after %d are not read", maxOwnerLines))
			return
		}
		pattern, list := parseOwners(line)
		for _, name := range list {
			alias := r.ownerAlias(name)
			if alias == "" {
				continue
			}
			e := drover.Edge{From: drover.UnseenRef(alias), To: r.ref, Kind: drover.EdgeOwns, Part: clip(pattern), Grade: drover.GradeDeclared, Proof: fmt.Sprintf("%s:%d", path, n)}
			if pattern != "*" {
				e.Cond = drover.NewAttrs(map[string]any{"path": clip(pattern)})
			}
			out.Edge(e)
		}
	}
}

// parseOwners reads a line: a pattern, with spaces escaped, and its owners. Lines
// that name nobody, comments and GitLab's section headings give none.
func parseOwners(line string) (pattern string, owners []string) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "[") || strings.HasPrefix(line, "^[") {
		return "", nil
	}
	fields := strings.Fields(strings.ReplaceAll(line, `\ `, "\x00"))
	for _, f := range fields[1:] {
		if strings.HasPrefix(f, "#") {
			break
		}
		if len(owners) < 100 {
			owners = append(owners, strings.ReplaceAll(f, "\x00", `\ `))
		}
	}
	return strings.ReplaceAll(fields[0], "\x00", " "), owners
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
