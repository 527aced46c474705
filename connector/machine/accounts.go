package machine

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

var accountRows = []*row{
	{category: accountsCategory, what: "accounts", paths: paths{linux: []string{"/etc/passwd"}, darwin: []string{"/etc/passwd"}}, read: readPasswd},
	{category: accountsCategory, what: "groups of accounts", paths: paths{linux: []string{"/etc/group"}, darwin: []string{"/etc/group"}}, read: readGroup},
	{category: accountsCategory, what: "who may become another account by sudo", paths: paths{linux: []string{"/etc/sudoers", "/etc/sudoers.d/*"}, darwin: []string{"/etc/sudoers", "/private/etc/sudoers.d/*"}}, read: readSudoers},
}

// self emits the computer itself: what its host key and its agents prove.
func (h *host) self(out *connector.Out) {
	if !h.local && !h.disk.system {
		return // a folder is not a computer
	}
	name := h.name
	if name == "" {
		name = "machine " + h.tenant
	}
	out.Node(drover.Node{Ref: h.hostRef(), Kind: drover.KindIdentity, Type: "machine.host", Name: clip(name), Aliases: []string{h.hostAlias()},
		Attrs: safeAttrs(map[string]any{"hostname": h.name})})
}

func (h *host) hostRef() drover.Ref { return h.ref("host", h.tenant) }
func (h *host) hostAlias() string   { return "machine:" + h.tenant }

// selfRef is the computer as the end of an edge.
func (f *file) selfRef() drover.Ref {
	if (f.local || f.disk.system) && !f.off[accountsCategory] {
		return f.hostRef()
	}
	return drover.UnseenRef(f.hostAlias())
}

// readPasswd emits every account: passwd(5) does not tell a person from a
// service, so neither does this.
func readPasswd(f *file) error {
	entries, err := decode.ParsePasswd(f.data)
	seen := map[string]bool{}
	for _, e := range entries {
		if e.Name == "" || seen[e.Name] || strings.ContainsAny(e.Name[:1], "+-") {
			continue // NIS compatibility entries name no account
		}
		seen[e.Name] = true
		ref := f.account(e.Name)
		f.out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "machine.account", Name: clip(e.Name), Aliases: []string{f.accountAlias(e.Name)},
			Attrs: safeAttrs(map[string]any{"uid": e.UID, "gid": e.GID, "gecos": e.Gecos, "home": e.Home, "shell": e.Shell, "login": e.Login,
				"system": e.UID < 1000 || e.UID >= 65534, "password_in_passwd": e.Hash})})
		f.edge(drover.EdgeContains, f.selfRef(), ref, e.Line)
	}
	return err
}

// readGroup emits groups and who is a member by name.
func readGroup(f *file) error {
	groups, err := decode.ParseGroup(f.data)
	for _, g := range groups {
		if g.Name == "" {
			continue
		}
		ref := f.group(g.Name)
		f.out.Node(drover.Node{Ref: ref, Kind: drover.KindGroup, Type: "machine.group", Name: clip(g.Name), Aliases: []string{"group:" + f.tenant + "/" + g.Name}, Attrs: safeAttrs(map[string]any{"gid": g.GID})})
		for _, m := range g.Members {
			if m != "" {
				f.edge(drover.EdgeMemberOf, f.accountRef(m), ref, g.Line)
			}
		}
	}
	return err
}

func (h *host) group(name string) drover.Ref { return h.ref("group", drover.Named(name)) }

// readSudoers emits who may act as whom: can_assume, with the commands as its
// condition (sudoers(5)).
func readSudoers(f *file) error {
	if strings.HasSuffix(f.base(), "~") || strings.Contains(f.base(), ".") && f.base() != "sudoers" {
		return nil // sudo itself leaves such files in sudoers.d out
	}
	rules, err := decode.ParseSudoers(f.data)
	for _, r := range rules {
		runAs := r.RunAs
		if len(runAs) == 0 {
			runAs = []string{"root"}
		}
		for _, who := range r.Who {
			from := f.sudoWho(who)
			for _, as := range runAs {
				to := f.accountRef(as)
				if as == "ALL" {
					to = f.accountRef("root") // any account includes this one
				}
				if from == to || from == "" {
					continue
				}
				grade := drover.GradeProven
				if len(r.Commands) != 1 || r.Commands[0] != "ALL" {
					grade = drover.GradeInferred // some commands only: what they let it become depends on them
				}
				f.out.Edge(drover.Edge{From: from, To: to, Kind: drover.EdgeCanAssume, Part: clip(f.show + ": " + strings.Join(r.Commands, ", ")), Grade: grade, Proof: f.at(r.Line),
					Cond: safeAttrs(map[string]any{"commands": r.Commands, "hosts": r.Hosts, "runas": runAs, "nopasswd": r.NoPasswd, "setenv": r.SetEnv})})
			}
		}
	}
	return err
}

// sudoWho is the node that the user of a rule stands for.
func (f *file) sudoWho(who string) drover.Ref {
	switch {
	case strings.HasPrefix(who, "%#"), strings.HasPrefix(who, "+"), strings.HasPrefix(who, "!"), who == "":
		return ""
	case strings.HasPrefix(who, "%"):
		if f.groups[who[1:]] {
			return f.group(who[1:])
		}
		return drover.UnseenRef("group:" + f.tenant + "/" + who[1:])
	case strings.HasPrefix(who, "#"):
		who = f.users[who[1:]]
		if who == "" {
			return ""
		}
	case who == "ALL":
		return drover.UnseenRef("account:" + f.tenant + "/*")
	}
	return f.accountRef(who)
}
