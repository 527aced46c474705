package engine

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// ownSource is the source of Drover's own identities: who asks what can reach
// what sees those that let people and machines into Drover, too.
const ownSource = "drover"

// noteOwn brings our own users, tokens and signing key up to date in the
// inventory, as ordinary records of the source "drover". It does so whenever they
// change, and at every scan. An installation that nobody was let into has none. Who
// works on this computer and opens the page before anything was scanned is noted by
// the first scan: the past of a demonstration could not be loaded after them.
func (e *Engine) noteOwn(ctx context.Context) error {
	if e.o.ReadOnly {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	members, err := e.store.Members(ctx)
	if err != nil {
		return err
	}
	if len(members) == 1 && e.caller.Kind == authz.Here && members[0].Name == hereName(e.caller) {
		if gen, err := e.store.Latest(ctx); err != nil || gen.ID == 0 {
			return err
		}
	}
	if len(members) == 0 {
		known, err := e.known(ctx, ownSource, "")
		if err != nil || len(known) == 0 {
			return err
		}
	}
	tokens, err := e.store.Credentials(ctx, kindToken, "")
	if err != nil {
		return err
	}
	records, err := e.ownRecords(ctx, members, tokens)
	if err != nil {
		return err
	}
	if err := e.stageOwn(ctx, records); err != nil {
		return fmt.Errorf("note our own identities: %w", err)
	}
	return nil
}

func (e *Engine) stageOwn(ctx context.Context, records []drover.Record) error {
	now := e.o.Now()
	run, err := e.store.BeginScan(ctx, store.ScanStart{Started: now})
	if err != nil {
		return err
	}
	stage, err := run.Stage(ctx, store.StageInfo{Source: ownSource, Name: "people", Coverage: "drover:" + e.prints.KeyID() + "/people", Observed: now})
	if errors.Is(err, drover.ErrConflict) { // another call is at it, and sees what we see
		return run.End(ctx, store.ScanEnd{Status: drover.StatusPartial, Sources: []store.ScanSource{{ID: ownSource, Kind: ownSource, Status: drover.StatusPartial}}})
	}
	if err != nil {
		return err
	}
	defer stage.Abort()
	for _, r := range records {
		if err := stage.Put("", r); err != nil {
			return err
		}
	}
	if _, err := stage.Commit(ctx, drover.Section{Status: drover.StatusOK}); err != nil {
		return err
	}
	return run.End(ctx, store.ScanEnd{Status: drover.StatusOK, Sources: []store.ScanSource{{ID: ownSource, Kind: ownSource, Status: drover.StatusOK}}})
}

// ownRecords are the nodes, edges and evidence of our own identities.
func (e *Engine) ownRecords(ctx context.Context, members []store.Member, tokens []store.Credential) ([]drover.Record, error) {
	if len(members) == 0 {
		return nil, nil
	}
	tenant := e.prints.KeyID()
	ref := func(typ, id string) drover.Ref { return drover.NewRef("drover", tenant, typ, id) }
	var out []drover.Record
	node := func(n drover.Node) { out = append(out, drover.Record{Node: &n}) }
	edge := func(from, to drover.Ref, kind drover.EdgeKind, proof string) {
		out = append(out, drover.Record{Edge: &drover.Edge{From: from, To: to, Kind: kind, Grade: drover.GradeProven, Proof: proof}})
	}
	house := ref("instance", "self")
	node(drover.Node{Ref: house, Kind: drover.KindIdentity, Type: "drover.instance", Name: "drover"})
	door := ref("api", "self")
	node(drover.Node{Ref: door, Kind: drover.KindResource, Type: "drover.api", Name: "Drover"})
	key, err := e.signingKey(ctx, false)
	switch {
	case err == nil:
		public := key.Public().(ed25519.PublicKey)
		signer := ref("key", keyID(public))
		node(drover.Node{Ref: signer, Kind: drover.KindCredential, Type: "drover.audit_key", Name: "audit.key", Attrs: drover.NewAttrs(map[string]any{"algorithm": "Ed25519", "public_key": hex.EncodeToString(public)})})
		edge(signer, house, drover.EdgeAuthenticates, "signs the ends of the audit log")
	case !errors.Is(err, drover.ErrNotFound): // one that was lost is not there
		return nil, err
	}
	for _, m := range members {
		who := ref("user", m.ID)
		n := drover.Node{Ref: who, Kind: drover.KindIdentity, Type: "drover.user", Name: m.Name, Created: m.Created, Attrs: drover.NewAttrs(map[string]any{"kind": m.Kind, "grants": spelled(grantsOf(m.Grants))})}
		if m.Kind == authz.Machine {
			n.Type = "drover.machine"
		}
		if m.Email != "" {
			n.Aliases = append(n.Aliases, "email:"+m.Email)
		}
		if m.Subject != "" {
			n.Aliases = append(n.Aliases, "oidc:"+m.Subject)
		}
		slices.Sort(n.Aliases)
		node(n)
		edge(who, door, drover.EdgeCanAccess, "a user of Drover: "+fmt.Sprint(spelled(grantsOf(m.Grants))))
		if !m.Seen.IsZero() {
			out = append(out, drover.Record{Evidence: &drover.Evidence{Subject: who, Claim: drover.ClaimLastUsed, Source: "drover", At: m.Seen, Granularity: touchEvery}})
		}
	}
	for _, c := range tokens {
		t := ref("token", c.ID)
		node(drover.Node{Ref: t, Kind: drover.KindCredential, Type: "drover.token", Name: c.Name, Created: c.Created, Rotated: c.Created, Expires: c.Until, Attrs: drover.NewAttrs(map[string]any{"id": c.ID, "grants": spelled(grantsOf(c.Grants))})})
		edge(t, ref("user", c.Member), drover.EdgeAuthenticates, "an API token of Drover")
		if !c.Seen.IsZero() {
			out = append(out, drover.Record{Evidence: &drover.Evidence{Subject: t, Claim: drover.ClaimLastUsed, Source: "drover", At: c.Seen, Granularity: touchEvery}})
		}
	}
	return out, nil
}
