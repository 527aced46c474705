package remote

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
)

// Users lists who may come in.
func (e *Estate) Users(ctx context.Context) ([]engine.UserItem, error) {
	v, err := client.All(ctx, client.ListParams{}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.UserItem], error) {
		return e.c.ListUsers(ctx, client.ListUsersRequest{ListParams: p})
	})
	if err != nil {
		return nil, err
	}
	return v.Items, nil
}

func texts(grants []authz.Grant) []string {
	list := []string{}
	for _, g := range grants {
		list = append(list, g.String())
	}
	return list
}

// AddUser adds a person or a machine.
func (e *Estate) AddUser(ctx context.Context, n engine.NewUser) (*engine.UserItem, error) {
	return e.c.AddUser(ctx, client.AddUserRequest{Body: client.UserInBody{Name: n.Name, Email: n.Email, Kind: n.Kind, Grants: texts(n.Grants)}})
}

// GrantUser says all that a user may do from now on.
func (e *Estate) GrantUser(ctx context.Context, who string, grants []authz.Grant) (*engine.UserItem, error) {
	tag, err := e.c.ETag(ctx, client.GetUserRequest{ID: who})
	if err != nil {
		return nil, err
	}
	return e.c.GrantUser(ctx, client.GrantUserRequest{ID: who, IfMatch: tag, Body: client.GrantInBody{Grants: texts(grants)}})
}

// RemoveUser removes a user, with all sessions and tokens.
func (e *Estate) RemoveUser(ctx context.Context, who, reassign string) (*engine.UserRemoval, error) {
	tag, err := e.c.ETag(ctx, client.GetUserRequest{ID: who})
	if err != nil {
		return nil, err
	}
	return e.c.RemoveUser(ctx, client.RemoveUserRequest{ID: who, Reassign: reassign, IfMatch: tag})
}

// Tokens lists tokens: one's own, or everybody's.
func (e *Estate) Tokens(ctx context.Context, all bool) ([]engine.TokenItem, error) {
	v, err := client.All(ctx, client.ListParams{}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.TokenItem], error) {
		return e.c.ListTokens(ctx, client.ListTokensRequest{ListParams: p, All: all})
	})
	if err != nil {
		return nil, err
	}
	return v.Items, nil
}

// CreateToken makes a token and returns its value, this once.
func (e *Estate) CreateToken(ctx context.Context, n engine.NewToken) (*engine.MadeToken, error) {
	expires := ""
	if n.Expires != 0 {
		expires = span(n.Expires)
	}
	v, err := e.c.CreateToken(ctx, client.CreateTokenRequest{Body: client.TokenInBody{Name: n.Name, User: n.User, Grants: texts(n.Grants), Expires: expires}})
	if err != nil {
		return nil, err
	}
	return &engine.MadeToken{Schema: v.Schema, Token: v.Token, Value: drover.Secret(v.Value)}, nil
}

// RevokeToken ends a token.
func (e *Estate) RevokeToken(ctx context.Context, id string) error {
	return e.c.RevokeToken(ctx, client.RevokeTokenRequest{ID: id})
}

func entries(q engine.AuditQuery, p client.ListParams) client.ListAuditRequest {
	return client.ListAuditRequest{ListParams: p, Who: q.Who, Action: q.Action, Target: q.Target, Outcome: q.Outcome, From: client.AsOf(q.From), To: client.AsOf(q.To)}
}

// AuditCount counts what was done.
func (e *Estate) AuditCount(ctx context.Context, q engine.AuditQuery) (int, error) {
	v, err := e.c.ListAudit(ctx, entries(q, client.ListParams{PageSize: -1}))
	if err != nil {
		return 0, plain(err, "from", "to")
	}
	return v.TotalSize, nil
}

// AuditList lists what was done, the newest first.
func (e *Estate) AuditList(ctx context.Context, q engine.AuditQuery) ([]engine.AuditItem, error) {
	v, err := client.All(ctx, client.ListParams{}, q.Limit, func(ctx context.Context, p client.ListParams) (*client.Page[engine.AuditItem], error) {
		return e.c.ListAudit(ctx, entries(q, p))
	})
	if err != nil {
		return nil, plain(err, "from", "to")
	}
	return v.Items, nil
}

// AuditVerify tells whether anybody changed the record, by what the server holds.
func (e *Estate) AuditVerify(ctx context.Context, files ...string) (*engine.AuditProof, error) {
	if len(files) > 0 {
		return nil, here("--heads reads " + files[0])
	}
	return e.c.VerifyAudit(ctx, client.VerifyAuditRequest{})
}

// ExportAudit writes what a cut would remove.
func (e *Estate) ExportAudit(ctx context.Context, before time.Time, w io.Writer) error {
	return e.c.ExportAudit(ctx, before, w)
}

// CutAudit removes old entries of the record, by a signed cut.
func (e *Estate) CutAudit(ctx context.Context, r engine.AuditCutRequest) (*engine.AuditCutView, error) {
	v, err := e.c.CutAudit(ctx, client.CutAuditRequest{Body: client.CutAuditInBody{Before: client.AsOf(r.Before), Sha256: r.SHA256, DryRun: &r.DryRun}})
	return v, plain(err, "before")
}

// Demo loads, reloads (reset) or removes the demonstration organisation. ratio is
// how many non-human identities there are to one human.
func (e *Estate) Demo(ctx context.Context, verb string, ratio int, tell func(string)) (*engine.DemoView, error) {
	var op *engine.Operation
	var err error
	switch verb {
	case "load":
		op, err = e.c.LoadDemo(ctx, client.LoadDemoRequest{Body: client.DemoInBody{Ratio: ratio}})
	case "reset":
		op, err = e.c.ResetDemo(ctx, client.ResetDemoRequest{Body: client.DemoInBody{Ratio: ratio}})
	default:
		op, err = e.c.RemoveDemo(ctx, client.RemoveDemoRequest{})
	}
	if err != nil {
		return nil, err
	}
	v := &engine.DemoView{}
	return v, e.c.Follow(ctx, op, func(s engine.OperationStep) { tell(s.Says) }, v)
}

// Who is how the server names the caller, and the grants by which they see.
func (e *Estate) Who(ctx context.Context) (string, []string, error) {
	me, err := e.c.Me(ctx, client.MeRequest{})
	if err != nil {
		return "", nil, err
	}
	if me.Email != nil && *me.Email != "" {
		return *me.Email, me.Grants, nil
	}
	return cmp.Or(me.Name, me.ID), me.Grants, nil
}
