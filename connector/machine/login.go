package machine

import (
	"path"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

// loopback is the computer whose loopback addresses and sockets the file means:
// this one, unless what is written in it happens elsewhere; "" then.
func (f *file) loopback() string {
	if f.elsewhere {
		return ""
	}
	return f.tenant
}

// logins are the identities that a credential opens: the user of a server as
// connection strings name it, on every host that it names; where the protocol is
// not known, the account at a host. A host that means another computer elsewhere
// ("db", and "localhost" in a pipeline) gives an account that only the files of
// this folder know.
func (f *file) logins(x decode.Found) []drover.Ref {
	d := decode.DSN{Scheme: x.Scheme, Host: x.Host, User: x.Account}
	if x.Class == decode.ClassConnection {
		if p, err := decode.ParseDSN(x.Value.Reveal()); err == nil {
			d = p
		}
	}
	if d.User == "" || decode.TokenUser(d.User) || !d.System() && d.Form == "" && x.Host == "" {
		return nil
	}
	attrs := map[string]any{"host": d.Host, "user": d.User}
	if d.System() {
		attrs["system"] = d.Scheme
		var out []drover.Ref
		for _, a := range x.UserAliases(f.loopback()) {
			out = append(out, f.known("login.account", d.User+" at "+serverOf(a), attrs, a))
		}
		if len(out) > 0 {
			return out
		}
	} else if a := decode.LoginAlias(d.Host+portOf(d), d.User, f.loopback()); a != "" {
		host := decode.HostName(d.Host+portOf(d), f.loopback())
		return []drover.Ref{f.known("login.account", d.User+" at "+host, map[string]any{"host": host, "user": d.User}, a)}
	}
	if d.Host == "" {
		return nil
	}
	ref := f.ref("login", path.Dir(slashed(f.show))+"#"+d.Scheme+"://"+d.Host+portOf(d)+"/"+d.User)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "login.account", Name: clip(d.User + " at " + d.Host), Attrs: safeAttrs(attrs)})
	return []drover.Ref{ref}
}

// serverOf is host and port of a dsn: alias.
func serverOf(alias string) string {
	_, rest, _ := strings.Cut(alias, "://")
	server, _, _ := strings.Cut(rest, "/")
	return server
}

// portOf is the port that a connection string of the web has, with its colon.
func portOf(d decode.DSN) string {
	if d.Form == "" || d.Port == "" || d.Scheme == "https" && d.Port == "443" {
		return ""
	}
	return ":" + d.Port
}
