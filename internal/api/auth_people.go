package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// addPeople adds who one is, sessions, tokens, users and the audit log.
func (s *Server) addPeople() {
	add(s, route[struct{}, me]{Method: "GET", Path: "/me", ID: "me", Tag: "Access", Short: "Say who calls, and what they may", Action: authz.SelfRead, Do: s.me})
	addList(s, list[everybodyIn]{Path: "/sessions", ID: "list_sessions", Tag: "Access", Short: "List sessions", Doc: "One's own; with all=true everybody's.", Action: authz.SelfRead, Noun: "sessions", Item: engine.SessionItem{}, Find: s.sessions})
	add(s, route[idIn, nothing]{Method: "DELETE", Path: "/sessions/{id}", ID: "end_session", Tag: "Access", Short: "End a session", Doc: "One's own; an admin ends others' too.", Action: authz.SelfWrite, Acting: true, Do: s.endSession})
	add(s, route[struct{}, nothing]{Method: "POST", Path: "/session:logout", ID: "logout", Tag: "Access", Short: "Sign out", Action: authz.SelfWrite, Acting: true, Do: s.logout})
	add(s, route[viewAsIn, nothing]{Method: "POST", Path: "/session:viewAs", ID: "view_as", Tag: "Access", Short: "Look on as another role", Doc: "What the browser of this session asks from now on is answered as for somebody with that role alone: fewer rows, fewer rights, and nothing can be changed. No role ends it.", Action: authz.SelfWrite, Acting: true, Do: s.viewAs})
	addList(s, list[everybodyIn]{Path: "/tokens", ID: "list_tokens", Tag: "Access", Short: "List API tokens", Doc: "One's own; with all=true everybody's. Values are kept nowhere.", CLI: "drover token list", Action: authz.SelfRead, Noun: "tokens", Item: engine.TokenItem{}, Find: s.tokens})
	add(s, route[tokenIn, madeToken]{Method: "POST", Path: "/tokens", ID: "create_token", Tag: "Access", Short: "Make an API token", Doc: "The answer holds its value, this once. It takes a session: a token makes no tokens.", CLI: "drover token create", Action: authz.TokenWrite, Acting: true, Status: http.StatusCreated, Secret: true, Do: s.createToken})
	add(s, route[idIn, nothing]{Method: "DELETE", Path: "/tokens/{id}", ID: "revoke_token", Tag: "Access", Short: "Revoke an API token, at once", CLI: "drover token revoke", Action: authz.SelfWrite, Acting: true, Do: s.revokeToken})
	addList(s, list[ListParams]{Path: "/users", ID: "list_users", Tag: "Access", Short: "List users", CLI: "drover user list", Action: authz.UserRead, Noun: "users", Item: engine.UserItem{}, Find: s.users})
	add(s, route[idIn, engine.UserItem]{Method: "GET", Path: "/users/{id}", ID: "get_user", Tag: "Access", Short: "Show a user", Action: authz.UserRead, Do: s.user})
	add(s, route[userIn, engine.UserItem]{Method: "POST", Path: "/users", ID: "add_user", Tag: "Access", Short: "Add a user", CLI: "drover user add", Action: authz.UserAdmin, Acting: true, Status: http.StatusCreated, Do: s.addUser})
	add(s, route[grantIn, engine.UserItem]{Method: "PUT", Path: "/users/{id}", ID: "grant_user", Tag: "Access", Short: "Change what a user may do", Doc: "Their sessions end. Nobody changes their own grants.", CLI: "drover user grant", Action: authz.UserGrant, Acting: true,
		Current: func(ctx context.Context, in *grantIn) (any, error) { return s.user(ctx, &idIn{in.ID}) }, Do: s.grantUser})
	add(s, route[removeIn, engine.UserRemoval]{Method: "DELETE", Path: "/users/{id}", ID: "remove_user", Tag: "Access", Short: "Remove a user, with all sessions and tokens", CLI: "drover user remove", Action: authz.UserAdmin, Acting: true,
		Current: func(ctx context.Context, in *removeIn) (any, error) { return s.user(ctx, &idIn{in.ID}) }, Do: s.removeUser})
	addList(s, list[auditIn]{Path: "/audit", ID: "list_audit", Tag: "Access", Short: "List what was done, the newest first", CLI: "drover audit", Action: authz.AuditRead, Noun: "audit", Item: engine.AuditItem{}, Find: s.audit})
	add(s, route[struct{}, engine.AuditProof]{Method: "POST", Path: "/audit:verify", ID: "verify_audit", Tag: "Access", Short: "Verify the audit log", Doc: "Recomputes it whole, and compares it with the signed heads that were anchored. It changes nothing.", CLI: "drover audit verify", Action: authz.AuditRead, Do: s.verifyAudit})
	add(s, route[exportAuditIn, auditExport]{Method: "GET", Path: "/audit:export", ID: "export_audit", Tag: "Access", Short: "Export old entries of the audit log", Doc: "One JSON object a line, the oldest first, with all that its hash covers: what a cut before the same time would remove.", CLI: "drover audit cut --out FILE", Action: authz.AuditRead,
		Media: []string{"application/x-ndjson"}, answer: func(*Server) map[string]schema { return map[string]schema{"application/x-ndjson": {"type": "string"}} },
		Do: s.exportAudit})
	add(s, route[cutAuditIn, engine.AuditCutView]{Method: "POST", Path: "/audit:cut", ID: "cut_audit", Tag: "Access", Short: "Remove old entries of the audit log, by a signed cut", Doc: "One signed record stands in their place, from which the rest proves itself. A log that was changed is not cut. What regulations ask for is kept.", CLI: "drover audit cut", Action: authz.AuditWrite, Acting: true, Do: s.cutAudit})
}

type idIn struct {
	ID string `path:"id" maxLength:"200" doc:"Its id, as the list has it."`
}

type everybodyIn struct {
	ListParams
	All bool `query:"all" doc:"Everybody's, not only one's own. It takes the right to see users."`
}

// me is who calls.
type me struct {
	Schema  string                `json:"schema"`
	ID      string                `json:"id"`
	Name    string                `json:"name"`
	Email   *string               `json:"email"`
	Kind    string                `json:"kind"`   // person, machine, local
	Grants  []string              `json:"grants"` // as `drover user grant` takes them
	Session *string               `json:"session"`
	Token   *string               `json:"token"`
	Viewing *string               `json:"viewing"` // the role that the session looks on as; null: its own
	ViewAs  []string              `json:"view_as"` // roles that it could look on as
	May     map[string]permission `json:"may"`     // by action
}

// permission is what a caller may, and who may where they may not.
type permission struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason"`
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*me, error) {
	c := caller(ctx)
	v := &me{Schema: "drover/v1/me", ID: c.ID, Name: c.Name, Email: orNil(c.Email), Kind: c.Kind, Grants: []string{}, Session: orNil(c.Session), Token: orNil(c.Token), Viewing: orNil(string(c.Viewing)), ViewAs: []string{}, May: map[string]permission{}}
	if c.Session != "" && c.Viewing == "" {
		for _, r := range c.Roles() {
			v.ViewAs = append(v.ViewAs, string(r))
		}
	}
	for _, g := range c.Grants {
		v.Grants = append(v.Grants, g.String())
	}
	for _, a := range authz.Actions() {
		d := authz.Decide(c, a)
		v.May[string(a)] = permission{d.Allowed, d.Reason}
	}
	return v, nil
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// plain refuses what short lists, which the store holds as they are, do not know.
func plain(in *ListParams) error {
	if in.Filter != "" {
		return refuse("invalid", "filter: this list has none", Fault{Pointer: "/query/filter", Detail: "this list has none"})
	}
	return ofNow(in)
}

// people is the engine as the caller of a request, with all that they hold: what
// is one's own is not bounded by a source.
func (s *Server) people(ctx context.Context) *engine.Engine { return s.o.Engine.For(caller(ctx)) }

func (s *Server) sessions(ctx context.Context, in *everybodyIn) (*found, error) {
	if err := plain(&in.ListParams); err != nil {
		return nil, err
	}
	all, err := s.people(ctx).Sessions(ctx, in.All)
	return whole(0, all), err
}

func (s *Server) endSession(ctx context.Context, in *idIn) (*nothing, error) {
	return &nothing{}, s.people(ctx).EndSession(ctx, in.ID)
}

func (s *Server) logout(ctx context.Context, _ *struct{}) (*nothing, error) {
	if caller(ctx).Session == "" {
		return nil, refuse("invalid", "no session makes this call: a token is revoked instead")
	}
	if err := s.people(ctx).EndSession(ctx, ""); err != nil {
		return nil, err
	}
	if x := exchangeOf(ctx); x != nil {
		// The cookie opens nothing any more; this is to be tidy (RFC 9110, W3C Clear-Site-Data).
		x.Header().Set("Clear-Site-Data", `"cookies", "cache"`)
	}
	return &nothing{}, nil
}

type viewAsIn struct {
	Body struct {
		Role string `json:"role" enum:",owner,responder,engineer,approver,auditor,admin" doc:"The role; empty to be oneself again."`
	}
}

// viewAs sets or clears the cookie by which Door.Authenticate takes rights away.
func (s *Server) viewAs(ctx context.Context, in *viewAsIn) (*nothing, error) {
	x := exchangeOf(ctx)
	c := caller(ctx)
	if x == nil || c.Session == "" {
		return nil, refuse("invalid", "no session makes this call: only a browser that signed in looks on as another role")
	}
	entry := engine.AuditEntry{Action: "session.view_as", Target: cmp.Or(in.Body.Role, "oneself")}
	if in.Body.Role != "" {
		if c.Viewing != "" {
			return nil, refuse("conflict", "this session looks on as "+string(c.Viewing)+" already: be yourself again first")
		}
		if _, err := c.As(authz.Role(in.Body.Role)); err != nil {
			entry.Outcome = engine.AuditRefused
			return nil, errors.Join(err, s.people(ctx).Audit(ctx, entry))
		}
	}
	if err := s.people(ctx).Audit(ctx, entry); err != nil {
		return nil, err
	}
	k := &http.Cookie{Name: cookieName(s.o.PublicURL) + viewCookie, Value: in.Body.Role, Path: "/", HttpOnly: true, Secure: strings.HasPrefix(s.o.PublicURL, "https://"), SameSite: http.SameSiteLaxMode}
	if in.Body.Role == "" {
		k.MaxAge = -1
	}
	http.SetCookie(x, k)
	return &nothing{}, nil
}

func (s *Server) tokens(ctx context.Context, in *everybodyIn) (*found, error) {
	if err := plain(&in.ListParams); err != nil {
		return nil, err
	}
	all, err := s.people(ctx).Tokens(ctx, in.All)
	return whole(0, all), err
}

type tokenIn struct {
	Body struct {
		Name    string   `json:"name" minLength:"1" maxLength:"128" doc:"What it is for."`
		Grants  []string `json:"grants,omitempty" maxItems:"32" doc:"What it may do, at most what its user may: \"responder:source=k8s-prod\". Without it, all that its user may, now and later." example:"[\"responder:source=k8s-prod\"]"`
		Expires string   `json:"expires,omitempty" maxLength:"20" doc:"How long it lives; 90d without it, a year at most." example:"30d"`
		User    string   `json:"user,omitempty" maxLength:"200" doc:"The machine that it is for; without it, who calls."`
	}
}

// madeToken shows the value of a token, this once.
type madeToken struct {
	Schema string           `json:"schema"`
	Token  engine.TokenItem `json:"token"`
	Value  string           `json:"value"` // it is kept nowhere
}

func (s *Server) createToken(ctx context.Context, in *tokenIn) (*madeToken, error) {
	grants, err := grantsOf(in.Body.Grants)
	if err != nil {
		return nil, err
	}
	n := engine.NewToken{User: in.Body.User, Name: in.Body.Name, Grants: grants}
	if in.Body.Expires != "" {
		if n.Expires, err = drover.ParseDuration(in.Body.Expires); err != nil {
			return nil, refuse("invalid", "expires: "+said(err), Fault{Pointer: "/body/expires", Detail: said(err)})
		}
	}
	t, err := s.people(ctx).CreateToken(ctx, n)
	if err != nil {
		return nil, err
	}
	return &madeToken{t.Schema, t.Token, t.Value.Reveal()}, nil
}

func grantsOf(texts []string) ([]authz.Grant, error) {
	var list []authz.Grant
	for i, text := range texts {
		g, err := authz.ParseGrant(text)
		if err != nil {
			return nil, refuse("invalid", said(err), Fault{Pointer: "/body/grants/" + strconv.Itoa(i), Detail: said(err)})
		}
		list = append(list, g)
	}
	return list, nil
}

func (s *Server) revokeToken(ctx context.Context, in *idIn) (*nothing, error) {
	return &nothing{}, s.people(ctx).RevokeToken(ctx, in.ID)
}

func (s *Server) users(ctx context.Context, in *ListParams) (*found, error) {
	if err := plain(in); err != nil {
		return nil, err
	}
	all, err := s.people(ctx).Users(ctx)
	return whole(0, all), err
}

func (s *Server) user(ctx context.Context, in *idIn) (*engine.UserItem, error) {
	return s.people(ctx).User(ctx, in.ID)
}

type userIn struct {
	Body struct {
		Name   string   `json:"name" minLength:"1" maxLength:"128" doc:"Unique, whatever its case."`
		Email  string   `json:"email,omitempty" maxLength:"254" doc:"By it the user of the identity provider is found the first time."`
		Kind   string   `json:"kind,omitempty" enum:"person,machine" doc:"person without it."`
		Grants []string `json:"grants" maxItems:"32" doc:"What they may do." example:"[\"engineer:source=aws-prod;env=prod\"]"`
	}
}

func (s *Server) addUser(ctx context.Context, in *userIn) (*engine.UserItem, error) {
	grants, err := grantsOf(in.Body.Grants)
	if err != nil {
		return nil, err
	}
	return s.people(ctx).AddUser(ctx, engine.NewUser{Name: in.Body.Name, Email: in.Body.Email, Kind: in.Body.Kind, Grants: grants})
}

type grantIn struct {
	ID   string `path:"id" maxLength:"200" doc:"The user's id, name or mail address."`
	Body struct {
		Grants []string `json:"grants" maxItems:"32" doc:"All that they may do from now on."`
	}
}

func (s *Server) grantUser(ctx context.Context, in *grantIn) (*engine.UserItem, error) {
	grants, err := grantsOf(in.Body.Grants)
	if err != nil {
		return nil, err
	}
	return s.people(ctx).GrantUser(ctx, in.ID, grants)
}

type removeIn struct {
	ID       string `path:"id" maxLength:"200" doc:"The user's id, name or mail address."`
	Reassign string `query:"reassign" maxLength:"256" doc:"Who is to act on the findings that they were asked to act on."`
}

func (s *Server) removeUser(ctx context.Context, in *removeIn) (*engine.UserRemoval, error) {
	return s.people(ctx).RemoveUser(ctx, in.ID, in.Reassign)
}

type auditIn struct {
	ListParams
	Who     string `query:"who" maxLength:"256" doc:"Who did it, as written."`
	Action  string `query:"action" maxLength:"100" doc:"What was done: tag.set; tag. for all that begins so."`
	Target  string `query:"target" maxLength:"1000" doc:"What it was done to, as written: a ref, an id."`
	Outcome string `query:"outcome" enum:"done,started,partial,failed,refused" doc:"How it ended."`
	From    string `query:"from" maxLength:"40" doc:"Not before: a time, a date, or an age such as 7d."`
	To      string `query:"to" maxLength:"40" doc:"Before."`
}

func (s *Server) audit(ctx context.Context, in *auditIn) (*found, error) {
	if err := plain(&in.ListParams); err != nil {
		return nil, err
	}
	q := engine.AuditQuery{Who: in.Who, Action: in.Action, Target: in.Target, Outcome: in.Outcome}
	for _, f := range []struct {
		name, text string
		at         *time.Time
	}{{"from", in.From, &q.From}, {"to", in.To, &q.To}} {
		var err error
		if *f.at, err = s.past(f.name, f.text); err != nil {
			return nil, err
		}
	}
	e := s.people(ctx)
	n, err := e.AuditCount(ctx, q)
	if err != nil {
		return nil, err
	}
	page := func(after string, size int) ([]any, string, error) {
		at := q
		if after != "" {
			if at.Before, err = strconv.ParseInt(after, 10, 64); err != nil {
				return nil, "", refuse("page_token_invalid", "")
			}
		}
		at.Limit = size + 1
		list, err := e.AuditList(ctx, at)
		if err != nil {
			return nil, "", err
		}
		next := ""
		if len(list) > size {
			list = list[:size]
			if size > 0 {
				next = strconv.FormatInt(list[size-1].ID, 10)
			}
		}
		return anys(list), next, nil
	}
	return &found{Total: n, Page: page, All: func(yield func(any) bool) {
		const most = 1000
		for after := ""; ; {
			items, next, err := page(after, most)
			if err != nil {
				return
			}
			for _, i := range items {
				if !yield(i) {
					return
				}
			}
			if after = next; after == "" {
				return
			}
		}
	}}, nil
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func (s *Server) verifyAudit(ctx context.Context, _ *struct{}) (*engine.AuditProof, error) {
	return s.people(ctx).AuditVerify(ctx)
}

type exportAuditIn struct {
	Before string `query:"before" required:"true" minLength:"1" maxLength:"40" doc:"Entries that are older than a time, a date, or an age such as 400d."`
}

// auditExport is the stream of entries before a time.
type auditExport struct {
	engine *engine.Engine
	before time.Time
}

func (s *Server) exportAudit(ctx context.Context, in *exportAuditIn) (*auditExport, error) {
	before, err := s.past("before", in.Before)
	return &auditExport{s.people(ctx), before}, err
}

func (a *auditExport) write(x *exchange) error {
	h := x.Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Disposition", `attachment; filename="drover-audit.ndjson"`)
	z, end := x.compressed(-1)
	x.WriteHeader(http.StatusOK)
	if x.r.Method == http.MethodHead {
		return nil
	}
	if err := a.engine.ExportAudit(x.r.Context(), a.before, z); err != nil {
		return err
	}
	end()
	return nil
}

type cutAuditIn struct {
	Body struct {
		Before string `json:"before" minLength:"1" maxLength:"40" doc:"Entries that are older than a time, a date, or an age such as 400d." example:"400d"`
		SHA256 string `json:"sha256,omitempty" pattern:"^[0-9a-f]{64}$" doc:"Of the export that was kept of them: other entries than those are not removed."`
		DryRun bool   `json:"dry_run,omitempty" doc:"Only say what would be removed."`
	}
}

func (s *Server) cutAudit(ctx context.Context, in *cutAuditIn) (*engine.AuditCutView, error) {
	before, err := parseMoment(in.Body.Before, s.o.Now())
	if err != nil {
		return nil, refuse("invalid", "before: "+said(err), Fault{Pointer: "/body/before", Detail: said(err)})
	}
	return s.people(ctx).CutAudit(ctx, engine.AuditCutRequest{Before: before, SHA256: in.Body.SHA256, DryRun: in.Body.DryRun})
}
