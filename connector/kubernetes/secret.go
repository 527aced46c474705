package kubernetes

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

var secretKind = &kind{
	version: "v1", resource: "secrets", name: "Secret", typ: "secret", namespaced: true,
	scope: connector.Scope{
		Name: "secrets: list",
		Why: "which secrets there are, legacy tokens of service accounts with their last use, who owns them. Kubernetes has no right to list names alone: this rule lets its holder read every value. Unless the option secrets is decode, Drover asks for the printed table, " +
			"which has metadata and no data. kubectl apply without --server-side keeps a copy of the Secret in the annotation last-applied-configuration, which is metadata: it comes along and is dropped unread. " +
			"Whoever steals drover's credential could ask for more. To grant nothing, set secrets to skip and leave this rule out",
	},
	needs: []string{"service_account"},
	table: func(c *cluster) bool { return c.secrets != secretsDecode },
	emit:  emitSecret,
}

// The types of Secrets that mean something to Kubernetes (Kubernetes
// documentation, Secrets, and package core/v1).
const (
	typeToken     = "kubernetes.io/service-account-token"
	typeBootstrap = "bootstrap.kubernetes.io/token"
	typeTLS       = "kubernetes.io/tls"
)

type secretObject struct {
	Type  string            `json:"type"`
	Data  map[string][]byte `json:"data"`
	Text  map[string]string `json:"stringData"`
	Cells *struct {
		Type string      `json:"Type"`
		Data json.Number `json:"Data"`
	} `json:"cells"`
	Immutable bool `json:"immutable"`
}

// emitSecret emits what a Secret is. What is in it is read only where the option
// secrets is decode, or where a manifest has it.
func emitSecret(c *cluster, o *object, out *connector.Out) {
	var s secretObject
	if err := o.decode(&s); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	if s.Cells != nil {
		s.Type = s.Cells.Type
		if n, err := s.Cells.Data.Int64(); err == nil {
			attrs["keys"] = n
		}
	} else {
		attrs["keys"], attrs["key_names"] = s.keys()
		attrs["immutable"] = s.Immutable
	}
	if s.Type == "" && !c.live {
		s.Type = "Opaque" // what the API server fills in
	}
	attrs["type"] = cut(s.Type, 512)
	n := c.node(o, drover.KindResource, "secret", attrs)
	out.Node(n)
	switch s.Type {
	case typeToken:
		c.legacyToken(o, &s, n.Ref, out)
	case typeBootstrap:
		c.bootstrapToken(o, &s, n.Ref, out)
	}
	if s.Cells == nil {
		c.contents(o, &s, n.Ref, out)
	}
}

// maxKeys is how many keys of one Secret are named.
const maxKeys = 256

// keys counts the keys and names them.
func (s *secretObject) keys() (int, []string) {
	all := map[string]bool{}
	for k := range s.Data {
		all[k] = true
	}
	for k := range s.Text {
		all[k] = true
	}
	names := sortedKeys(all)
	short := []string{}
	for _, k := range names[:min(len(names), maxKeys)] {
		short = append(short, cut(k, 253))
	}
	return len(names), short
}

// Annotations and labels of legacy tokens (Kubernetes documentation, Well-Known
// Labels, Annotations and Taints).
const (
	annotationAccount    = "kubernetes.io/service-account.name"
	annotationAccountUID = "kubernetes.io/service-account.uid"
	labelLastUsed        = "kubernetes.io/legacy-token-last-used"
	labelInvalidSince    = "kubernetes.io/legacy-token-invalid-since"
)

// legacyToken emits the token of a service account that lies in a Secret and has
// no expiry. The control plane writes when it was last used into a label, to the
// day; without the label it was not used since that is tracked, or it is not
// tracked. Where the value is read it is one more name of the token, by which the
// same one is found elsewhere.
func (c *cluster) legacyToken(o *object, s *secretObject, holder drover.Ref, out *connector.Out) {
	account := o.Meta.Annotations[annotationAccount]
	attrs := map[string]any{"secret": o.id(), "namespace": o.Meta.Namespace, "service_account": cut(account, 253), "no_expiry": true}
	if v := o.Meta.Labels[labelInvalidSince]; v != "" {
		attrs["invalid_since"] = cut(v, 32)
	}
	t := drover.Node{Ref: c.ref("service_account_token", o), Kind: drover.KindCredential, Type: system + ".service_account_token",
		Name: o.Meta.Name, Created: o.Meta.Created}
	sa, proof := c.saEnd(o.Meta.Namespace, account), o.where+" annotation "+annotationAccount
	uid := o.Meta.Annotations[annotationAccountUID]
	if said := accountOf(s.text("token")); said != "" && said != o.Meta.Namespace+"/"+account {
		// The API server goes by what it has signed, not by what somebody wrote beside.
		out.Note(o.where, fmt.Sprintf("the token is of service account %s by its claim sub, the annotation %s names %s; the claim counts", cut(said, 507), annotationAccount, cut(join(o.Meta.Namespace, account), 507)))
		ns, name, _ := strings.Cut(said, "/")
		attrs["annotated_service_account"], attrs["service_account"], attrs["contradiction"] = cut(account, 253), cut(name, 253), true
		account, uid = name, ""
		sa, proof = c.saEnd(ns, name), o.where+" key token claim sub"
	}
	// A token is good for the account of this uid only: one that was made anew
	// under the same name is another.
	stale := c.live && uid != "" && !sa.Unseen() && sa.ID() != uid
	if stale {
		attrs["service_account_uid"], attrs["stale"] = cut(uid, 64), true
	}
	t.Attrs = drover.NewAttrs(attrs)
	t.Aliases = c.valueAlias(s.text("token"))
	out.Node(t)
	out.Edge(drover.Edge{From: t.Ref, To: holder, Kind: drover.EdgeStoredIn, Proof: o.where})
	if account != "" && !stale {
		out.Edge(drover.Edge{From: t.Ref, To: sa, Kind: drover.EdgeAuthenticates, Proof: proof})
	}
	c.legacyTokenUse(o, t.Ref, out)
}

// accountOf is the service account, namespace/name, that a token of one says it is
// of; "" where it says none, or is not read.
func accountOf(token string) string {
	if token == "" {
		return ""
	}
	j, err := decode.ParseJWT(token)
	if err != nil {
		return ""
	}
	ns, name, ok := strings.Cut(strings.TrimPrefix(j.Subject, "system:serviceaccount:"), ":")
	if !ok || !strings.HasPrefix(j.Subject, "system:serviceaccount:") || !usable(ns) || !usable(name) || strings.ContainsAny(ns+name, "/:") {
		return ""
	}
	return ns + "/" + name
}

// text is the value of a key, "" where values are not read. stringData wins, as in
// the API server.
func (s *secretObject) text(key string) string {
	if v, ok := s.Text[key]; ok {
		return v
	}
	return string(s.Data[key])
}

// valueAlias names a credential by its value; nil where that was not read.
func (c *cluster) valueAlias(value string) []string {
	if value == "" {
		return nil
	}
	return []string{"secret:" + string(c.prints.Of([]byte(value)))}
}

func (c *cluster) legacyTokenUse(o *object, token drover.Ref, out *connector.Out) {
	const source, day = "kube-apiserver:legacy-token-tracking", 24 * time.Hour
	if used, err := time.Parse(time.DateOnly, o.Meta.Labels[labelLastUsed]); err == nil {
		out.Evidence(drover.Evidence{Subject: token, Claim: drover.ClaimLastUsed, Source: source, At: used, Granularity: day})
		return
	}
	since := c.tokensTracked
	if o.Meta.Created.After(since) {
		since = o.Meta.Created
	}
	window := c.now.Sub(since).Truncate(day)
	if o.Meta.Labels[labelLastUsed] != "" || c.tokensTracked.IsZero() || window < day {
		return
	}
	out.Evidence(drover.Evidence{Subject: token, Claim: drover.ClaimNeverUsed, Source: source, At: c.now.Truncate(day), Window: window, Granularity: day})
}

// bootstrapID is the public id of the bootstrap token that a Secret holds; "" if it
// holds none, for the API server takes no notice of others of this type.
func bootstrapID(o *object, typ string) string {
	id, ok := strings.CutPrefix(o.Meta.Name, "bootstrap-token-")
	if !ok || typ != typeBootstrap || o.Meta.Namespace != "kube-system" {
		return ""
	}
	return id
}

// bootstrapToken emits a token by which nodes join (Kubernetes documentation,
// Authenticating with Bootstrap Tokens). Its id is public and in the name.
func (c *cluster) bootstrapToken(o *object, s *secretObject, holder drover.Ref, out *connector.Out) {
	id := bootstrapID(o, s.Type)
	if id == "" {
		return
	}
	attrs := map[string]any{"token_id": id, "namespace": o.Meta.Namespace, "secret": o.id()}
	n := drover.Node{Ref: c.ref("bootstrap_token", o), Kind: drover.KindCredential, Type: system + ".bootstrap_token", Name: id, Created: o.Meta.Created}
	if s.Cells == nil {
		if t, err := time.Parse(time.RFC3339, s.text("expiration")); err == nil {
			n.Expires = t
		} else if s.text("expiration") == "" {
			attrs["no_expiry"] = true
		}
		for _, k := range []string{"usage-bootstrap-authentication", "usage-bootstrap-signing", "auth-extra-groups"} {
			if v := s.text(k); v != "" {
				attrs[k] = cut(v, 512)
			}
		}
	}
	n.Attrs = drover.NewAttrs(attrs)
	if v := s.text("token-secret"); v != "" {
		n.Aliases = c.valueAlias(s.text("token-id") + "." + v)
	}
	out.Node(n)
	out.Edge(drover.Edge{From: n.Ref, To: holder, Kind: drover.EdgeStoredIn, Proof: o.where})
	user := c.user("system:bootstrap:"+id, out)
	out.Edge(drover.Edge{From: n.Ref, To: user, Kind: drover.EdgeAuthenticates, Proof: o.where})
	groups := append([]string{"system:bootstrappers"}, strings.FieldsFunc(s.text("auth-extra-groups"), func(r rune) bool { return r == ',' })...)
	for _, g := range groups[:min(len(groups), 64)] {
		if g = strings.TrimSpace(g); g != "" {
			c.memberOf(user, g, "", o.where, nil, out)
		}
	}
}
