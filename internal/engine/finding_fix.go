package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// A FixItem is one act and everything that it ends.
type FixItem struct {
	ID       string          `json:"id"` // X- and digits: the same act has the same id
	Action   string          `json:"action"`
	Title    string          `json:"title"` // in the imperative: "Take AdministratorAccess from 14 access keys"
	Severity drover.Severity `json:"severity"`

	RiskRemoved int    `json:"risk_removed"` // points that the risk of the subjects, or of who may become them, falls by, added up
	How         string `json:"how"`          // how the points were counted

	Findings int          `json:"findings"` // that it closes
	Subjects int          `json:"subjects"` // of these
	Closes   []ClosedItem `json:"closes"`
	Objects  []FixObject  `json:"objects"` // what is changed, in the order in which to do it

	Breaks drover.Breaks `json:"breaks"`
	Owners []string      `json:"owners"` // who answers for the objects, as displayed
	group  string        // what the fixes have in common, see group
}

// A FixObject is one thing that a fix changes.
type FixObject struct {
	Ref     drover.Ref `json:"ref"`
	Name    string     `json:"name"`
	Type    string     `json:"type"`
	Text    string     `json:"text"`
	Command string     `json:"command"`
	kind    drover.Kind
}

// A ClosedItem is one finding that a fix closes.
type ClosedItem struct {
	ID       string          `json:"id"`
	Key      string          `json:"key"`
	Check    string          `json:"check"`
	Severity drover.Severity `json:"severity"`
	What     string          `json:"what"`
	Risk     int             `json:"risk"`
	subject  drover.Ref
}

// bulk are the actions that are one piece of work however many things they
// concern: nothing stops by them.
var bulk = []string{"set_owner", "confirm_owner", "hand_over", "tag", "review"}

// A cover is an action and the actions that it makes needless on the same thing.
type cover struct {
	action string
	others []string // nil: all of them, on the credentials of an identity too
}

// covers are the actions after which other findings on the same thing hold no
// more, the strongest first.
var covers = []cover{
	{"delete", nil},
	{"disable", nil},
	{"revoke", []string{"rotate", "expire"}},
	{"federate", []string{"rotate", "expire", "vault"}},
	{"vault", []string{"rotate"}},
}

// groupFixes groups findings that hold by the act that ends them. A finding
// stands in one group: the strongest act that ends it takes it.
func (e *Engine) groupFixes(x *Effects, list []drover.Finding) []*FixItem {
	groups := map[string][]int{}
	var order []string
	on := map[drover.Ref][]int{} // what was found on a thing
	for i := range list {
		f := &list[i]
		if f.State == drover.FindingFixed || f.State == drover.FindingAccepted {
			continue
		}
		g := group(f)
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], i)
		on[f.Subject.Ref] = append(on[f.Subject.Ref], i)
	}
	slices.SortStableFunc(order, func(a, b string) int {
		return cmp.Compare(strength(&list[groups[a][0]]), strength(&list[groups[b][0]]))
	})
	taken := make([]bool, len(list))
	out := make([]*FixItem, 0, len(order))
	for _, g := range order {
		if item := x.fixItem(g, list, groups[g], on, taken); item != nil {
			out = append(out, item)
		}
	}
	return out
}

// strength is the place of an act among those that cover others.
func strength(f *drover.Finding) int {
	for i, c := range covers {
		if c.action == f.Fix.Action {
			return i
		}
	}
	return len(covers)
}

// group is what findings have in common that one act ends.
func group(f *drover.Finding) string {
	if slices.Contains(bulk, f.Fix.Action) {
		return f.Fix.Action + " " + f.Check
	}
	if f.Fix.Group != "" {
		return f.Fix.Group
	}
	return f.Fix.Action + " " + string(f.Fix.Object) + " " + f.Fix.Text
}

// fixItem makes one act of the findings of a group, nil where others end them all.
func (x *Effects) fixItem(key string, list []drover.Finding, of []int, on map[drover.Ref][]int, taken []bool) *FixItem {
	of = slices.DeleteFunc(slices.Clone(of), func(i int) bool { return taken[i] })
	if len(of) == 0 {
		return nil
	}
	first := &list[of[0]]
	item := &FixItem{ID: fixID(key), Action: first.Fix.Action, group: first.Fix.Group, Closes: []ClosedItem{}, Objects: []FixObject{}, Owners: []string{}, Breaks: drover.Breaks{Unknowns: []string{}}}
	objects := map[drover.Ref]bool{}
	closed := map[int]bool{}
	var fixes []drover.Fix
	for _, i := range of {
		f := &list[i]
		closed[i] = true
		if f.Fix.Object == "" || objects[f.Fix.Object] {
			continue
		}
		objects[f.Fix.Object] = true
		fixes = append(fixes, f.Fix)
		item.Objects = append(item.Objects, x.fixObject(f.Fix))
		item.merge(f)
		for _, j := range x.closedWith(f, list, on) {
			if !taken[j] {
				closed[j] = true
			}
		}
	}
	subjects := map[drover.Ref]bool{}
	for _, i := range slices.Sorted(maps.Keys(closed)) {
		f := &list[i]
		taken[i] = true
		item.Severity = max(item.Severity, f.Severity)
		subjects[f.Subject.Ref] = true
		item.Closes = append(item.Closes, ClosedItem{ID: f.ID(), Key: f.Key(), Check: f.Check, Severity: f.Severity, What: f.What, Risk: f.Risk, subject: f.Subject.Ref})
		if f.Owner != "" && !slices.Contains(item.Owners, f.Owner) {
			item.Owners = append(item.Owners, f.Owner)
		}
	}
	item.Breaks.Unknowns = fewUnknowns(item.Breaks.Unknowns)
	item.Findings, item.Subjects = len(item.Closes), len(subjects)
	item.Title = title(fixes, item.Objects, first)
	return item
}

// title names an act: its own words where it is about one thing.
func title(fixes []drover.Fix, objects []FixObject, first *drover.Finding) string {
	if len(fixes) <= 1 {
		object := ""
		if len(objects) == 1 {
			object = check.Named(objects[0].Type, check.Clean(objects[0].Name))
		}
		return remedy.Title(first.Fix, object)
	}
	noun, kind := objects[0].Type, objects[0].kind
	for _, o := range objects[1:] {
		if o.Type != noun {
			noun = ""
		}
		if o.kind != kind {
			kind = "thing"
		}
	}
	if noun = check.TypeWords(noun); noun == "" {
		noun = string(kind)
	}
	return remedy.GroupTitle(fixes, check.Count(len(objects), noun))
}

func (x *Effects) fixObject(f drover.Fix) FixObject {
	o := FixObject{Ref: f.Object, Text: f.Text, Command: f.Command}
	if row, ok := x.s.Find(f.Object); ok {
		o.Name, o.Type, o.kind = check.Clean(x.s.Name(row)), x.s.Type(row), x.s.Kind(row)
	}
	return o
}

// closedWith are the other findings that the fix of a finding ends.
func (x *Effects) closedWith(f *drover.Finding, list []drover.Finding, on map[drover.Ref][]int) (out []int) {
	i := strength(f)
	if i == len(covers) {
		return nil
	}
	for _, j := range on[f.Fix.Object] {
		if covers[i].others == nil || slices.Contains(covers[i].others, list[j].Fix.Action) {
			out = append(out, j)
		}
	}
	row, ok := x.s.Find(f.Fix.Object)
	if covers[i].others != nil || !ok || x.s.Kind(row) != drover.KindIdentity {
		return out
	}
	for h := range x.s.In(row) {
		if h.Kind == drover.EdgeAuthenticates {
			out = append(out, on[x.s.Ref(h.Row)]...)
		}
	}
	return out
}

// merge adds what one object's change breaks.
func (item *FixItem) merge(f *drover.Finding) {
	b := &item.Breaks
	b.Dependents += f.Breaks.Dependents
	for _, u := range f.Breaks.Unknowns {
		if len(b.Unknowns) < 1000 && !slices.Contains(b.Unknowns, u) {
			b.Unknowns = append(b.Unknowns, u)
		}
	}
	if len(item.Objects) == 1 {
		b.Text = f.Breaks.Text
	} else {
		b.Text = fmt.Sprintf("%s depend on the %d things that change.", check.Count(b.Dependents, "thing"), len(item.Objects))
	}
}

// fewUnknowns keeps the first ten of what could not be seen, and says how many more there are.
func fewUnknowns(list []string) []string {
	const most = 10
	if n := len(list) - most; n > 0 {
		return append(list[:most:most], check.Count(n, "more unknown"))
	}
	return list
}

func fixID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "X-" + strings.ToUpper(hex.EncodeToString(sum[:4]))
}

// weigh counts the risk that fixes remove, and puts first what is most urgent and
// removes most.
func (e *Engine) weigh(ctx context.Context, x *Effects, fixes []*FixItem) {
	r := e.risks(ctx, x)
	for _, f := range fixes {
		f.RiskRemoved, f.How = r.removed(x, f)
	}
	slices.SortStableFunc(fixes, func(a, b *FixItem) int {
		return cmp.Or(cmp.Compare(b.urgency(), a.urgency()), cmp.Compare(b.RiskRemoved, a.RiskRemoved), cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.ID, b.ID))
	})
}

// urgency orders acts: by the worst that they end, paper after deeds.
func (f *FixItem) urgency() int {
	u := int(f.Severity)
	if slices.Contains(bulk, f.Action) {
		u--
	}
	return u
}

// Fixes lists the acts that end what a query keeps, the one that helps most first.
// They may be shared and must not be changed.
func (e *Engine) Fixes(ctx context.Context, q FindingQuery) ([]*FixItem, error) {
	if !q.AsOf.IsZero() || e.memory == nil {
		return e.fixes(ctx, q)
	}
	f, err := e.memory.foundOf(ctx, e)
	if err != nil {
		return nil, err
	}
	size := func(list []*FixItem) (n int) {
		for _, x := range list {
			n += 2*findingSize + 16*len(x.Closes) + 16*len(x.Objects)
		}
		return n
	}
	return memoised(ctx, &f.memos, "fixes "+q.key(), size, func(ctx context.Context) ([]*FixItem, error) { return e.fixes(ctx, q) })
}

func (e *Engine) fixes(ctx context.Context, q FindingQuery) ([]*FixItem, error) {
	list, _, err := e.Findings(ctx, q)
	if err != nil {
		return nil, err
	}
	x, err := e.Effects(ctx, q.AsOf)
	if err != nil {
		return nil, err
	}
	fixes := e.groupFixes(x, list)
	e.weigh(ctx, x, fixes)
	return fixes, nil
}

// FindFix finds an act by its id, or the beginning of it.
func (e *Engine) FindFix(ctx context.Context, id string, q FindingQuery) (*FixItem, error) {
	fixes, err := e.Fixes(ctx, q)
	if err != nil {
		return nil, err
	}
	var hit *FixItem
	want := strings.ToUpper(id)
	for _, f := range fixes {
		if f.ID == want || len(want) >= 4 && strings.HasPrefix(f.ID, want) {
			if hit != nil {
				return nil, fmt.Errorf("several fixes begin with %s: %w", check.Clean(id), drover.ErrConflict)
			}
			hit = f
		}
	}
	if hit == nil {
		return nil, fmt.Errorf("there is no fix %s; `drover fix list` lists them: %w", check.Clean(id), drover.ErrNotFound)
	}
	return hit, nil
}
