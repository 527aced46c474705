package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/classify/owner"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/owners"
)

// OwnerView is who answers for something.
type OwnerView struct {
	Ref       drover.Ref  `json:"ref"`
	Name      string      `json:"name"`
	Kind      drover.Kind `json:"kind"`
	How       string      `json:"how"`            // decided, policy, system, inherited
	From      *string     `json:"inherited_from"` // the name of what it comes down from
	Overrides []string    `json:"overrides"`      // owners that a system names, or that would come down, and that this one stands before
	Missing   string      `json:"missing"`        // why it cannot be relied on: left, empty, unconfirmed; "": it can
	Confirmed *time.Time  `json:"confirmed"`      // when somebody last decided or confirmed it
	By        *string     `json:"by"`             // who
	Deputy    *string     `json:"deputy"`         // who stands in
}

// An OwnerItem is one item of `owner suggest` and `owner unowned`.
type OwnerItem struct {
	ID          string           `json:"id"`
	Ref         drover.Ref       `json:"ref"`
	Name        string           `json:"name"`
	Kind        drover.Kind      `json:"kind"`
	Type        string           `json:"type"`
	Env         *string          `json:"env"`
	Missing     string           `json:"missing"` // never, left, empty, unconfirmed; "": somebody answers for it
	Owner       *OwnerView       `json:"owner"`
	Suggestions []SuggestionView `json:"suggestions"` // likeliest first
	Clear       bool             `json:"clear"`       // the first stands out; else ask
	Risk        int              `json:"risk"`        // by its blast radius, 0 to 100; 0 in show
	Command     string           `json:"command"`     // takes the first suggestion; "": there is none that is clear
}

// A SuggestionView is one candidate with why.
type SuggestionView struct {
	Ref        drover.Ref   `json:"ref"`
	Name       string       `json:"name"`
	Kind       drover.Kind  `json:"kind"`
	Known      bool         `json:"known"`      // a list of people or teams has them
	Confidence float64      `json:"confidence"` // how often a suggestion like it is right
	Reasons    []ReasonView `json:"reasons"`    // heaviest first
}

// A ReasonView is one fact that speaks for a candidate.
type ReasonView struct {
	Kind   string       `json:"kind"`
	Text   string       `json:"text"`   // a clause whose subject is the candidate
	Source string       `json:"source"` // where it was read
	Grade  drover.Grade `json:"grade"`
}

// maxSuggested is how many candidates an item lists.
const maxSuggested = 5

// Owners says who answers for what in the snapshot.
func (s *Snapshot) Owners() *owners.Estate { return s.judge.Owners() }

// confirmEvery is how often the policy asks for a confirmation of row i, the
// regulations that it is in the scope of taken into account; 0: never.
func (s *Snapshot) confirmEvery(i int) time.Duration {
	every, _ := s.e.policy.ConfirmEvery(s.Regulation(i))
	return every
}

// ownerView is who answers for row i; nil: nobody is known.
func (s *Snapshot) ownerView(i int) *OwnerView {
	if s.Unseen(i) {
		return nil
	}
	missing, o := s.Owners().Missing(i, s.confirmEvery(i))
	if missing == owners.Never {
		return nil
	}
	v := s.partyView(o.Party)
	v.How, v.Missing, v.By, v.Confirmed = string(o.How), string(missing), known(o.By), when(o.At)
	if o.From >= 0 {
		v.From = known(s.Name(o.From))
	}
	for _, p := range o.Overrides {
		v.Overrides = append(v.Overrides, s.Owners().Name(p))
	}
	if !o.Deputy.None() {
		v.Deputy = known(s.Owners().Name(o.Deputy))
	}
	return &v
}

// ownedColumn is what `owned=yes` filters by. It is judged when it is asked for.
func (s *Snapshot) ownedColumn() *filter.Column {
	return &filter.Column{Text: func(i int) string {
		if k := s.Kind(i); k == drover.KindHuman || k == drover.KindGroup {
			return ""
		}
		missing, _ := s.Owners().Missing(i, s.confirmEvery(i))
		return cmp.Or(string(missing), "yes")
	}}
}

func (s *Snapshot) partyView(p owners.Party) OwnerView {
	v := OwnerView{Name: s.Owners().Name(p), Kind: drover.KindHuman, Overrides: []string{}}
	if s.Owners().IsTeam(p) {
		v.Kind = drover.KindGroup
	}
	switch {
	case p.Row >= 0:
		v.Ref = s.Ref(p.Row)
	case p.Delisted():
		v.Ref = drover.Ref(p.Text)
	case p.Text != "":
		v.Ref = drover.UnseenRef(p.Text)
	}
	return v
}

// OwnerQuery asks for suggestions, or for what nobody answers for.
type OwnerQuery struct {
	Filter  string         // the name of one thing, or a filter; "": every identity that is no person's
	Missing owners.Missing // only what is missing for this reason; "": for any
	All     bool           // also what somebody answers for
	Limit   int            // items at most; 0: all
	AsOf    time.Time
}

// An OwnerList is the answer.
type OwnerList struct {
	Generation int64
	Items      []OwnerItem
	Total      int            // of all that match, also of those that a limit left out
	Looked     int            // how many identities the filter kept
	Counts     map[string]int // by why an owner is missing, "" for those that have one
}

// OwnerItems lists who may answer for what nobody answers for, what falls with
// most first.
func (e *Engine) OwnerItems(ctx context.Context, q OwnerQuery) (*OwnerList, error) {
	o, err := e.OwnerListing(ctx, q)
	if err != nil {
		return nil, err
	}
	l := &OwnerList{Generation: o.Generation, Items: []OwnerItem{}, Total: o.Total, Looked: o.Looked, Counts: o.Counts}
	n := o.Total
	if q.Limit > 0 {
		n = min(n, q.Limit)
	}
	for i := range n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l.Items = append(l.Items, o.Item(i))
	}
	return l, nil
}

// An OwnerListing is an OwnerList whose items are made when they are asked for. It
// is shared, and must not be changed.
type OwnerListing struct {
	Generation int64
	Total      int
	Looked     int
	Counts     map[string]int

	s    *Snapshot
	rows []uint32
	risk []int32
}

// Item makes an item, 0 to Total-1.
func (l *OwnerListing) Item(i int) OwnerItem {
	return l.s.ownerItem(int(l.rows[i]), int(l.risk[i]))
}

// OwnerListing is OwnerItems, whatever its limit.
func (e *Engine) OwnerListing(ctx context.Context, q OwnerQuery) (*OwnerListing, error) {
	if !q.AsOf.IsZero() || e.memory == nil {
		return e.ownerListing(ctx, q)
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("owner items %t %q %q", q.All, q.Missing, q.Filter)
	size := func(l *OwnerListing) int { return 2 * l.Total }
	return memoised(ctx, &s.held.memos, key, size, func(ctx context.Context) (*OwnerListing, error) { return e.ownerListing(ctx, q) })
}

func (e *Engine) ownerListing(ctx context.Context, q OwnerQuery) (*OwnerListing, error) {
	x, err := e.Effects(ctx, q.AsOf)
	if err != nil {
		return nil, err
	}
	rows, one, err := x.s.ownable(q.Filter)
	if err != nil {
		return nil, err
	}
	l := &OwnerListing{Generation: x.s.Generation, Looked: len(rows), Counts: map[string]int{}, s: x.s}
	var wanted []int
	for _, row := range rows {
		missing, _ := x.s.Owners().Missing(row, x.s.confirmEvery(row))
		l.Counts[string(missing)]++
		if !q.All && !one && (missing == owners.Owned || q.Missing != "" && missing != q.Missing) {
			continue
		}
		wanted = append(wanted, row)
	}
	risk := x.risks(wanted)
	slices.SortStableFunc(wanted, func(a, b int) int {
		return cmp.Or(risk[b]-risk[a], cmp.Compare(x.s.Name(a), x.s.Name(b)), cmp.Compare(x.s.Ref(a), x.s.Ref(b)))
	})
	l.Total, l.rows, l.risk = len(wanted), make([]uint32, len(wanted)), make([]int32, len(wanted))
	for i, row := range wanted {
		l.rows[i], l.risk[i] = uint32(row), int32(risk[row])
	}
	return l, nil
}

// risks are the blast radii of rows, 0 where none is known.
func (x *Effects) risks(rows []int) map[int]int {
	out := map[int]int{}
	if len(rows) == 0 {
		return out
	}
	m, err := x.s.e.Risk(context.Background(), x)
	if err != nil {
		return out // the order is by name then
	}
	for _, row := range rows {
		out[row] = max(m.Total(row), 0)
	}
	return out
}

// ownable are the rows that somebody should answer for: what a text names, or the
// identities that a filter keeps and that are no person's, retired or made and run
// by their provider. One is true where the text is a name.
func (s *Snapshot) ownable(text string) (rows []int, one bool, err error) {
	var missing error // nothing is called so
	if text != "" {
		var i int
		if i, missing = s.Lookup(text); missing == nil {
			if s.Unseen(i) {
				return nil, false, fmt.Errorf("%s is only mentioned, no source lists it: %w", text, drover.ErrNotFound)
			}
			return []int{i}, true, nil
		} else if !errors.Is(missing, drover.ErrNotFound) {
			return nil, false, missing
		}
	}
	found, err := s.Match(text)
	if err != nil {
		return nil, false, err
	}
	if len(found) == 0 && text != "" && isName(text) {
		return nil, false, missing
	}
	estate := &check.Estate{Graph: s.Snapshot, Policy: s.e.settings.Policy, Now: s.now}
	estate.Prepare()
	for _, r := range s.heads(found) {
		i := int(r)
		if s.Kind(i) != drover.KindIdentity {
			continue
		}
		f := s.Facts(i)
		if f.Verdict == drover.VerdictHuman || f.Lifecycle == drover.LifecycleRetired {
			continue
		}
		if _, exempt := estate.Exempt(i); exempt {
			continue
		}
		rows = append(rows, i)
	}
	return rows, false, nil
}

func (s *Snapshot) ownerItem(row, risk int) OwnerItem {
	missing, _ := s.Owners().Missing(row, s.confirmEvery(row))
	v := s.ownerHead(row, missing)
	v.Risk = risk
	s.suggest(&v, row)
	return v
}

// ownerHead is an item without suggestions.
func (s *Snapshot) ownerHead(row int, missing owners.Missing) OwnerItem {
	return OwnerItem{ID: s.shortID(row), Ref: s.Ref(row), Name: s.Name(row), Kind: s.Kind(row), Type: s.Type(row), Env: known(s.Facts(row).Env), Missing: string(missing), Owner: s.ownerView(row), Suggestions: []SuggestionView{}}
}

func (s *Snapshot) suggest(v *OwnerItem, row int) {
	o := s.Owners()
	ranked := o.Suggest(row, s.e.settings.Policy.Ownership.Sources)
	for i, r := range ranked {
		if i == maxSuggested {
			break
		}
		v.Suggestions = append(v.Suggestions, s.suggestionView(r))
	}
	if best, ok := owner.Clear(ranked); ok {
		v.Clear = true
		v.Command = ownerCommand("set", v.ID, o.Party(best.Who), s)
	}
}

// ownerCommand is what to type to make a party the owner. The owner is written so
// that it is found again.
func ownerCommand(verb, id string, p owners.Party, s *Snapshot) string {
	return "drover owner " + verb + " " + id + " " + shellWord(s.ownerText(p))
}

// ownerText is a text by which a party is found: its name where that is its alone,
// else its ref.
func (s *Snapshot) ownerText(p owners.Party) string {
	name := s.Owners().Name(p)
	if found, _ := s.Owners().Find(name); found.Row >= 0 && found.Row == p.Row && check.Clean(name) == name && !strings.HasPrefix(name, "-") {
		return name
	}
	return s.Owners().Key(p)
}

// shellWord quotes a word for a POSIX shell where it must be.
func shellWord(w string) string {
	if w != "" && strings.IndexFunc(w, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/@:+=,%", r))
	}) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(check.Clean(w), "'", `'\''`) + "'"
}

func (s *Snapshot) suggestionView(r owner.Suggestion) SuggestionView {
	p := s.Owners().Party(r.Who)
	o := s.partyView(p)
	v := SuggestionView{Ref: o.Ref, Name: o.Name, Kind: o.Kind, Known: p.Row >= 0, Confidence: round(r.Confidence), Reasons: []ReasonView{}}
	for _, x := range r.Reasons {
		v.Reasons = append(v.Reasons, ReasonView{Kind: string(x.Kind), Text: x.Text, Source: x.Source, Grade: x.Grade})
	}
	return v
}

// An OwnerCount is one item of `owner list`: somebody and what they answer for.
type OwnerCount struct {
	OwnerView
	Identities  int  `json:"identities"`  // that they answer for, what comes down to them included
	Confirmed   int  `json:"confirmed"`   // of these, decided or confirmed by somebody within the time that the policy gives
	Members     *int `json:"members"`     // of a team: people who have not left; null: a person
	Left        bool `json:"left"`        // the person has left, or the team has nobody
	Unconfirmed int  `json:"unconfirmed"` // nobody confirmed them for too long
}

// OwnerCounts lists everybody who answers for something, with all also those who
// could.
func (e *Engine) OwnerCounts(ctx context.Context, asOf time.Time, all bool) ([]OwnerCount, int64, error) {
	s, err := e.Snapshot(ctx, asOf)
	if err != nil {
		return nil, 0, err
	}
	rows, _, err := s.ownable("")
	if err != nil {
		return nil, 0, err
	}
	o := s.Owners()
	by := map[string]*OwnerCount{}
	count := func(p owners.Party) *OwnerCount {
		key := o.Key(p)
		if by[key] == nil {
			c := &OwnerCount{OwnerView: s.partyView(p), Left: o.Gone(p)}
			if p.Row >= 0 && o.IsTeam(p) {
				active, _ := o.Members(p.Row)
				n := len(active)
				c.Members = &n
			}
			by[key] = c
		}
		return by[key]
	}
	if all {
		for _, i := range o.People() {
			if c := count(owners.Party{Row: i}); c.Left {
				delete(by, o.Key(owners.Party{Row: i}))
			}
		}
	}
	for _, row := range rows {
		missing, x := o.Missing(row, s.confirmEvery(row))
		if missing == owners.Never {
			continue
		}
		c := count(x.Party)
		c.Identities++
		switch {
		case missing == owners.Unconfirmed:
			c.Unconfirmed++
		case missing == owners.Owned && !x.At.IsZero():
			c.Confirmed++
		}
	}
	var out []OwnerCount
	for _, c := range by {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b OwnerCount) int {
		return cmp.Or(b.Identities-a.Identities, cmp.Compare(a.Name, b.Name), cmp.Compare(a.Ref, b.Ref))
	})
	return out, s.Generation, nil
}

// shortID is the id by which people name row i.
func (s *Snapshot) shortID(i int) string { return graph.ShortID(s.Kind(i), s.Entity(i)) }

// ownerDetail is who answers for what `show` shows; nil for people and groups, and
// for places.
func (s *Snapshot) ownerDetail(i int) *OwnerItem {
	switch s.Kind(i) {
	case drover.KindHuman, drover.KindGroup, drover.KindPlace, drover.KindPolicy, drover.KindVendor:
		return nil
	}
	missing, _ := s.Owners().Missing(i, s.confirmEvery(i))
	v := s.ownerHead(i, missing)
	if missing != owners.Owned {
		s.suggest(&v, i)
	}
	return &v
}
