package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/store"
)

// A SavedView is a way of looking at a list that somebody kept, or that is shipped.
type SavedView struct {
	Schema  string     `json:"schema"`
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Doc     string     `json:"doc"`     // what it shows, in a sentence
	Noun    string     `json:"noun"`    // one of ViewNouns
	Filter  string     `json:"filter"`  // of the noun's list
	Sort    string     `json:"sort"`    // as Query.Sort
	Columns []string   `json:"columns"` // empty: the usual ones
	Group   string     `json:"group"`   // field to group by; "": none
	Visual  string     `json:"visual"`  // table, lanes, rings, matrix, map
	State   string     `json:"state"`   // what else a page keeps in its address; means nothing here
	Share   string     `json:"share"`   // private, team, org, shipped
	Team    string     `json:"team"`    // of team
	Owner   string     `json:"owner"`   // who made it; "": it is shipped
	Mine    bool       `json:"mine"`    // the caller may change it
	Version int64      `json:"version"` // what a change must name
	Changed *time.Time `json:"changed"`
	Watched bool       `json:"watched"` // the caller is told when what it lists changes
	News    *ViewNews  `json:"news"`    // of a list of views: what changed since they looked; null: it is not watched, or was asked for alone
}

// Words of a view.
var (
	ViewShares  = []string{"private", "team", "org"}
	ViewVisuals = []string{"table", "lanes", "rings", "matrix", "map"}
)

// ViewNouns lists what a view can list: every list of nodes, and the other lists.
func ViewNouns() []string {
	out := []string{"findings", "fixes", "risks", "edges", "documents", "unseen"}
	for _, n := range Nouns {
		out = append(out, n.Name)
	}
	slices.Sort(out)
	return out
}

const (
	maxViews     = 500 // of one owner
	maxViewText  = 8 << 10
	maxViewNames = 64
)

// A shippedView is a view that everybody has.
type shippedView struct{ id, name, doc, noun, filter, sort string }

// shippedViews are the questions that every house asks.
var shippedViews = []shippedView{
	{"unowned", "Unowned", "Nobody who is still there answers for it, or nobody confirmed it in time.", "identities", "verdict=nhi,shared -owned=yes", "-risk"},
	{"stale-admin", "Stale admin", "Rights of an administrator, or grants, that are seldom or never used.", "findings", "check=standingprivilege,stalegrant", ""},
	{"due-30d", "Due in 30 days", "Credentials that end within 30 days, and those that have ended.", "credentials", "expires<30d", "expires"},
	{"third-party", "Third-party", "Third parties that nobody reviewed, that reach protected data, or are let in too widely.", "findings", "check=novendor,thirdpartydata,noexternalid,tenantconsent,unverifiedpublisher", ""},
	{"ai-agents", "AI agents", "Identities of AI agents, those with most risk first.", "identities", "nhi_type=ai_agent", "-risk"},
	{"shared-credential", "Shared credential", "Several use one credential or one account.", "findings", "check=sharedkey,sharedaccount,clonedkey,copiedsecret,sharedworkload,certkeyreuse", ""},
	{"never-used", "Never used", "Made long ago, and a source that would have seen any use saw none.", "findings", "check=neverused", ""},
	{"cross-environment", "Cross-environment", "One identity or credential for production and for trials.", "findings", "check=bothenvironments,crossenvkey,trialtoprod", ""},
	{"long-lived", "Long-lived", "Secrets older than their interval, and credentials that never end.", "findings", "check=longlived,noexpiry,longcertificate", ""},
	{"public-leak", "Public leak", "Secrets that lie in the open, or did and were not changed since.", "findings", "check=publicsecret,leakedsecret,leaknotrotated", ""},
	{"accepted", "Accepted", "What somebody decided to live with, until a date.", "findings", "state=accepted", ""},
	{"no-rotation-legacy", "No-rotation legacy", "Credentials whose secret was not changed for two years.", "credentials", "rotated>2y OR (rotated:unknown AND created>2y)", "created"},
}

const viewSchema = "drover/v1/view"

func (v shippedView) view() SavedView {
	return SavedView{Schema: viewSchema, ID: v.id, Name: v.name, Doc: v.doc, Noun: v.noun, Filter: v.filter, Sort: v.sort, Columns: []string{}, Visual: "table", Share: "shipped"}
}

// Views lists the views that the caller may see: their own by name, then those of
// their teams, those of all, and the shipped ones.
func (e *Engine) Views(ctx context.Context) ([]SavedView, error) {
	rows, err := e.store.Views(ctx)
	if err != nil {
		return nil, err
	}
	var list []SavedView
	for _, r := range rows {
		v, err := e.viewOf(r)
		if err != nil {
			return nil, err
		}
		if e.seesView(&v) {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(a, b SavedView) int { return e.distance(&a) - e.distance(&b) })
	for _, v := range shippedViews {
		list = append(list, v.view())
	}
	mine, err := e.watches(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if w, ok := mine[list[i].ID]; ok {
			list[i].Watched, list[i].News = true, e.newsOf(ctx, &list[i], w)
		}
	}
	return list, nil
}

// distance is how near a view is to the caller.
func (e *Engine) distance(v *SavedView) int {
	if v.Owner == e.actor() {
		return 0
	}
	return 1 + slices.Index(ViewShares, v.Share)
}

func (e *Engine) viewOf(r store.SavedView) (SavedView, error) {
	var v SavedView
	if err := json.Unmarshal([]byte(r.Body), &v); err != nil {
		return v, fmt.Errorf("view %s: %w", r.ID, err)
	}
	v.Schema, v.ID, v.Name, v.Owner, v.Share, v.Team, v.Version, v.Changed = viewSchema, r.ID, r.Name, r.Owner, r.Share, r.Team, r.Version, when(r.Changed)
	v.Columns, v.Watched, v.News = list(v.Columns), false, nil
	v.Mine = v.Owner == e.actor() || e.manages()
	return v, nil
}

// seesView reports whether the caller may see a view that is kept.
func (e *Engine) seesView(v *SavedView) bool {
	return v.Owner == e.actor() || v.Share == "org" || v.Share == "team" && e.inTeam(v.Team)
}

// View finds a view by its id or its name, as `drover list @unowned` does: of
// several that are called so, the nearest to the caller. Case, spaces and dashes do
// not count. The error wraps drover.ErrNotFound.
func (e *Engine) View(ctx context.Context, text string) (*SavedView, error) {
	all, err := e.Views(ctx)
	if err != nil {
		return nil, err
	}
	for _, match := range []func(v *SavedView) bool{
		func(v *SavedView) bool { return v.ID == strings.TrimPrefix(text, "@") },
		func(v *SavedView) bool { return viewKey(v.Name) == viewKey(text) },
	} {
		for i := range all {
			if match(&all[i]) {
				all[i].News = nil // changes with the estate, and the view does not
				return &all[i], nil
			}
		}
	}
	near, best := "", 4
	for i := range all {
		if d := filter.Distance(viewKey(all[i].Name), viewKey(text)); d < best {
			near, best = all[i].ID, d
		}
	}
	if near != "" {
		near = ", did you mean @" + near + "?"
	}
	return nil, fmt.Errorf("no view is called %q%s: %w", check.Clean(clip(text, 80)), near, drover.ErrNotFound)
}

func viewKey(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '_' {
			return -1
		}
		return unicode.ToLower(r)
	}, strings.TrimPrefix(s, "@"))
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// SaveView adds a view where v.ID is "", else changes the one of that id, which must
// have v.Version. Its owner is the caller; only its owner and an admin change it.
// Errors wrap drover.ErrInvalid with the field that is wrong, drover.ErrConflict for
// an old version or a name that the caller has already, drover.ErrPermission for a
// view of somebody else or a shipped one, drover.ErrNotFound.
func (e *Engine) SaveView(ctx context.Context, v SavedView) (*SavedView, error) {
	if err := e.checkView(&v); err != nil {
		return nil, err
	}
	watched := false
	r := store.SavedView{ID: v.ID, Name: v.Name, Owner: e.actor(), Share: v.Share, Team: v.Team, Version: v.Version}
	if v.ID == "" {
		r.ID, r.Version = "view_"+strings.ToLower(rand.Text()[:16]), 0
		if err := e.roomForView(ctx); err != nil {
			return nil, err
		}
	} else {
		have, err := e.changeable(ctx, v.ID)
		if err != nil {
			return nil, err
		}
		if v.Version == 0 {
			return nil, fmt.Errorf("say which version of the view is changed: it has %d: %w", have.Version, drover.ErrInvalid)
		}
		r.Owner, watched = have.Owner, have.Watched
	}
	v.Watched, v.News = false, nil
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("save view: %w", err)
	}
	r.Body = string(body)
	a := &AuditEntry{Action: "view.save", Target: r.ID, Detail: map[string]any{"name": r.Name, "share": r.Share}}
	err = e.recorded(ctx, a, func(ctx context.Context) error { r.Version, err = e.store.PutView(ctx, r); return err })
	if err != nil {
		return nil, err
	}
	r.Changed = e.o.Now()
	out, err := e.viewOf(r)
	out.Watched = watched
	return &out, err
}

func (e *Engine) roomForView(ctx context.Context) error {
	rows, err := e.store.Views(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, r := range rows {
		n += btoi(r.Owner == e.actor())
	}
	if n >= maxViews {
		return fmt.Errorf("you have %d views; delete one first: %w", n, drover.ErrInvalid)
	}
	return nil
}

// changeable returns a view that the caller may change.
func (e *Engine) changeable(ctx context.Context, id string) (*SavedView, error) {
	v, err := e.View(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case v.Share == "shipped":
		return nil, fmt.Errorf("view %s is shipped and is not changed: save it under another name: %w", v.ID, drover.ErrPermission)
	case !v.Mine:
		return nil, fmt.Errorf("view %s belongs to %s, who may change it, as may an admin: %w", v.ID, check.Clean(v.Owner), drover.ErrPermission)
	}
	return v, nil
}

// RemoveView deletes a view, found as View does; version 0 stands for any. Errors
// are those of SaveView.
func (e *Engine) RemoveView(ctx context.Context, text string, version int64) (*SavedView, error) {
	v, err := e.changeable(ctx, text)
	if err != nil {
		return nil, err
	}
	return v, e.recorded(ctx, &AuditEntry{Action: "view.remove", Target: v.ID, Detail: map[string]any{"name": v.Name}}, func(ctx context.Context) error {
		return e.store.RemoveView(ctx, v.ID, version)
	})
}

// checkView refuses a view that cannot be run, and fills in what is left out.
func (e *Engine) checkView(v *SavedView) error {
	wrong := func(field, format string, args ...any) error {
		return about(field, fmt.Errorf("%s: %s: %w", field, fmt.Sprintf(format, args...), drover.ErrInvalid))
	}
	if v.Share == "" {
		v.Share = "private"
	}
	if v.Visual == "" {
		v.Visual = "table"
	}
	if v.Noun == "" {
		v.Noun = "identities"
	}
	switch {
	case !plainName(v.Name):
		return wrong("name", "write 1 to 80 letters, without control characters, that do not begin with @")
	case shippedName(v.Name):
		return wrong("name", "a shipped view is called so; take another name")
	case !slices.Contains(ViewNouns(), v.Noun):
		return wrong("noun", "%.40q is none of %s", v.Noun, strings.Join(ViewNouns(), ", "))
	case !slices.Contains(ViewShares, v.Share):
		return wrong("share", "%.40q is none of %s", v.Share, strings.Join(ViewShares, ", "))
	case v.Share == "team" && (v.Team == "" || len(v.Team) > 200):
		return wrong("team", "say with which team it is shared")
	case v.Share == "team" && !e.inTeam(v.Team):
		return wrong("team", "you are not of %s", check.Clean(clip(v.Team, 80)))
	case !slices.Contains(ViewVisuals, v.Visual):
		return wrong("visual", "%.40q is none of %s", v.Visual, strings.Join(ViewVisuals, ", "))
	case len(v.Doc)+len(v.Filter)+len(v.State)+len(v.Sort)+len(v.Group) > maxViewText:
		return wrong("filter", "filter, description and the rest are over %d bytes", maxViewText)
	case len(v.Columns) > maxViewNames || slices.ContainsFunc(append(slices.Clone(v.Columns), strings.TrimPrefix(v.Sort, "-"), v.Group), func(s string) bool { return !plainField(s) }):
		return wrong("columns", "name at most %d fields, in letters, digits, dots and underscores", maxViewNames)
	}
	if v.Share != "team" {
		v.Team = ""
	}
	fields := graph.Fields
	switch v.Noun {
	case "findings", "fixes":
		fields = FindingFields
	case "edges", "documents", "unseen":
		return nil // their lists say what is wrong
	}
	_, err := filter.Parse(v.Filter, fields, e.o.Now())
	return err
}

// plainName reports whether a name can be shown and typed.
func plainName(s string) bool {
	return strings.TrimSpace(s) == s && s != "" && len([]rune(s)) <= 80 && !strings.HasPrefix(s, "@") &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar })
}

func plainField(s string) bool {
	return len(s) <= 80 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == ""
}

func shippedName(name string) bool {
	return slices.ContainsFunc(shippedViews, func(v shippedView) bool {
		return viewKey(v.name) == viewKey(name) || viewKey(v.id) == viewKey(name)
	})
}
