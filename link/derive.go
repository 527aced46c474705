package link

import (
	"strings"

	"github.com/droverhq/drover"
)

// Derived is another alias that leads where an alias leads.
type Derived struct {
	Alias  string       // canonical
	Reason string       // half a sentence: "the subject names the repository"
	Grade  drover.Grade // the best that an edge led there can have; "": no worse than it was
}

// Derive lists the other aliases that mean what an alias means, or that lead to
// where it does, the surest first. A pattern has none: see Match.
func Derive(alias string) []Derived {
	if Pattern(alias) || len(alias) > maxPattern {
		return nil
	}
	alias = Canon(alias)
	s, rest := split(alias)
	switch s.Name {
	case "arn":
		return deriveARN(alias)
	case "aws-principal-id":
		// aws:userid of a role's session is <role id>:<session name> (AWS IAM User
		// Guide, IAM policy elements: variables).
		if id, session, ok := strings.Cut(rest, ":"); ok && session != "" && strings.HasPrefix(id, "AROA") {
			return []Derived{{"aws-principal-id:" + id, "it is a session of the role", ""}}
		}
	case "k8s-user":
		// Kubernetes, authenticating: service account tokens.
		host, user, _ := strings.Cut(rest, "/")
		if sa, ok := strings.CutPrefix(user, "system:serviceaccount:"); ok {
			if ns, name, ok := strings.Cut(sa, ":"); ok && ns != "" && name != "" && !strings.ContainsAny(sa, "/") {
				return []Derived{{"k8s:" + host + "/" + ns + "/" + name, "it is the user that the ServiceAccount is to the API server", ""}}
			}
		}
	case "k8s":
		if p := strings.Split(rest, "/"); len(p) == 3 && p[1] != "" && p[2] != "" {
			return []Derived{{"k8s-user:" + p[0] + "/system:serviceaccount:" + p[1] + ":" + p[2], "it is the user that the ServiceAccount is to the API server", ""}}
		}
	case "oidc":
		if f, sub, ok := repoSubject(alias); ok {
			return f.derive(sub)
		}
	case "github":
		return []Derived{{Canon("git:github.com/" + rest), "it is the repository of that name on github.com", ""}}
	case "git":
		if path, ok := strings.CutPrefix(rest, "github.com/"); ok && strings.Count(path, "/") == 1 {
			return []Derived{{"github:" + path, "it is the repository of that name on github.com", ""}}
		}
	}
	return nil
}

// deriveARN leads from a session to its role (AWS IAM User Guide, IAM
// identifiers: assumed-role sessions). A role's name is unique in its account
// whatever its path; some places write the ARN without the path (Amazon EKS User
// Guide, aws-auth), where it is a hint only.
func deriveARN(alias string) []Derived {
	f := strings.SplitN(alias, ":", 6)
	if len(f) != 6 || f[4] == "" {
		return nil
	}
	switch p := strings.Split(f[5], "/"); {
	case f[2] == "sts" && p[0] == "assumed-role" && len(p) == 3 && p[1] != "":
		return []Derived{{strings.Join(f[:5], ":") + ":assumed-role/" + p[1], "it is a session of the role", ""}}
	case f[2] == "iam" && p[0] == "role" && len(p) == 2 && p[1] != "":
		f[2] = "sts"
		return []Derived{{strings.Join(f[:5], ":") + ":assumed-role/" + p[1], "the account has one role of that name, whose path the ARN leaves out", drover.GradeInferred}}
	}
	return nil
}

// A repoForm is how a build system writes a repository into its tokens' subjects.
type repoForm struct {
	key     string   // "repo:"
	aliases []string // what the aliases of its repositories begin with
	reason  string
	rests   []string // what stands between the repository and a last part without colon; "pull_request" alone is whole
}

// repoSubject recognises the subjects of the tokens of GitHub Actions and GitLab
// CI/CD, on their own hosts and on others':
//
//	https://token.actions.githubusercontent.com[/<enterprise>]  repo:<org>/<repo>:<context>
//	https://token.actions.<name>.ghe.com                        (GitHub Enterprise Cloud with data residency)
//	https://<host>/_services/token                              (GitHub Enterprise Server)
//	https://<host>                                              project_path:<group>/<project>:ref_type:…
//
// GitHub documentation, OpenID Connect reference; GitLab documentation, OpenID
// Connect authentication using ID tokens.
func repoSubject(alias string) (f repoForm, sub string, ok bool) {
	rest, ok := strings.CutPrefix(alias, "oidc:https://")
	if !ok {
		return f, "", false
	}
	issuer, sub, ok := strings.Cut(rest, "|")
	if !ok || wild(issuer) {
		return f, "", false
	}
	host, path, _ := strings.Cut(issuer, "/")
	github := repoForm{key: "repo:", reason: "the GitHub subject names the repository", rests: []string{":ref:refs/", ":environment:", ":pull_request"}}
	switch {
	case host == "token.actions.githubusercontent.com" && !strings.Contains(path, "/"):
		github.aliases = []string{"github:", "git:github.com/"}
		f = github
	case strings.HasPrefix(host, "token.actions.") && strings.HasSuffix(host, ".ghe.com") && path == "":
		github.aliases = []string{"git:" + strings.TrimPrefix(host, "token.actions.") + "/"}
		f = github
	case path == "_services/token":
		github.aliases = []string{"git:" + host + "/"}
		f = github
	case path == "":
		f = repoForm{key: "project_path:", aliases: []string{"git:" + host + "/"}, reason: "the GitLab subject names the project", rests: []string{":ref_type:branch:ref:", ":ref_type:tag:ref:"}}
	default:
		return f, "", false
	}
	// A subject of nothing but signs may be any; one that begins otherwise is of
	// another form, which an organisation may choose, and names no repository.
	if head := literal(sub); !strings.HasPrefix(sub, f.key) && (!wild(sub) || !strings.HasPrefix(f.key, head)) {
		return f, "", false
	}
	return f, sub, true
}

// path is what a subject says of the repository, without what begins it.
func (f *repoForm) path(sub string) string {
	p, ok := strings.CutPrefix(sub, f.key)
	if !ok {
		return "*"
	}
	path, _, _ := strings.Cut(p, ":")
	return path
}

func (f *repoForm) derive(sub string) (out []Derived) {
	path := f.path(sub)
	org, name, ok := strings.Cut(path, "/")
	if !ok || org == "" || name == "" || f.key == "repo:" && strings.Contains(name, "/") {
		return nil
	}
	for _, a := range f.aliases {
		out = append(out, Derived{Canon(a + path), f.reason, ""})
	}
	return out
}

// covers reports whether a build of the repository can have a subject that the
// pattern covers: its name, and then a branch, tag or environment, none of which
// can have a colon. Where the name itself is without signs, whatever context
// follows is taken, for organisations may have others. Hosts take a
// repository's name in any case, and write it in the one it was made with.
func (f *repoForm) covers(pattern, path string) bool {
	_, sub, ok := strings.Cut(pattern, "|")
	if !ok || path == "" || strings.ContainsAny(path, ":|") {
		return false
	}
	sub, path = strings.ToLower(sub), strings.ToLower(path)
	if p, ok := strings.CutPrefix(sub, f.key); ok {
		if name, _, ok := strings.Cut(p, ":"); ok && !strings.Contains(name, "*") {
			return glob(name, path)
		}
	}
	for _, rest := range f.rests {
		head := f.key + path + rest
		if rest == ":pull_request" && glob(sub, head) || rest != ":pull_request" && begins(sub, head) {
			return true
		}
	}
	return false
}
