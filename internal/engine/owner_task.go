package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/classify/owner"
	"github.com/droverhq/drover/graph/leaver"
	"github.com/droverhq/drover/graph/owners"
)

// Tasks of owners follow from the estate, its history and the decisions: nothing
// of them is stored, so that what is done is gone and what comes back is there
// again.

// The kinds of tasks.
const (
	TaskHandover = "hand_over" // its owner has left, or is on no list any more
	TaskRotate   = "rotate"    // somebody who left made it or could read its credential
	TaskEmpty    = "empty"     // the team that owns it has nobody left
	TaskMoved    = "moved"     // its owner has another department or manager
	TaskRenamed  = "renamed"   // the team that owns it has another name
	TaskConfirm  = "confirm"   // nobody confirmed its owner for too long
)

// An OwnerTask is one thing that somebody must do about an owner.
type OwnerTask struct {
	ID      string     `json:"id"` // stable: of kind, subject and person
	Kind    string     `json:"kind"`
	Subject NodeView   `json:"subject"`
	Who     *OwnerView `json:"who"`    // who must act; null: nobody can be named, so security
	Person  *OwnerView `json:"person"` // because of whom
	What    string     `json:"what"`   // in the imperative
	Why     string     `json:"why"`
	Since   *time.Time `json:"since"` // when the reason arose; null: not known
	By      *time.Time `json:"by"`
	Overdue bool       `json:"overdue"`
	Grade   string     `json:"grade"`
	Risk    int        `json:"risk"`  // 0 to 100, as `drover risk` says of the subject, or of what it proves; 0 too where there is no score
	Reach   int        `json:"reach"` // things that fall with it
	ToTier0 int        `json:"to_tier0"`
	Command string     `json:"command"`
}

// How long people have, by what is asked, and how much shorter where something of
// tier 0 falls with it.
const (
	handoverWithin = 7 * drover.Day
	rotateWithin   = 3 * drover.Day
	confirmWithin  = 14 * drover.Day
	worstWithin    = drover.Day
)

// OwnerTasks lists what must be done about owners, the highest risk first. For
// narrows it to one who must act; "" is everybody.
func (e *Engine) OwnerTasks(ctx context.Context, forWhom string, asOf time.Time) ([]OwnerTask, int64, error) {
	x, err := e.Effects(ctx, asOf)
	if err != nil {
		return nil, 0, err
	}
	only := ""
	if forWhom != "" {
		p, near := x.s.Owners().Find(forWhom)
		if p.None() {
			_, err := x.s.stranger(forWhom, "--for", near)
			return nil, 0, errors.Join(err)
		}
		only = x.s.Owners().Key(p)
	}
	list, err := x.ownerTasks(ctx, only)
	return list, x.s.Generation, err
}

// ownerTasks finds the tasks of everybody, or of the one with this Key.
func (x *Effects) ownerTasks(ctx context.Context, only string) ([]OwnerTask, error) {
	t := &tasks{ctx: ctx, e: x.s.e, x: x, s: x.s, o: x.s.Owners(), only: only}
	for _, step := range []func() error{t.leavers, t.gone, t.moves, t.confirmations} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	t.rank()
	return t.list, nil
}

// maxCounted is up to how many things the tasks are counted at the end of each scan:
// that takes the graph of effects.
const maxCounted = 100_000

// countTasks counts the tasks at the end of a scan that changed something, where
// people are known; nil where it was not done. That it fails does not fail the scan.
func (e *Engine) countTasks(ctx context.Context, r *ScanResult) *int {
	c, ch := r.Counts, r.Changes
	size := c.Identities + c.Credentials + c.Humans + c.Resources
	if c.Humans == 0 || size > maxCounted || ch.Added+ch.Changed+ch.Removed+ch.EdgesAdded+ch.EdgesChanged+ch.EdgesRemoved == 0 {
		return nil
	}
	list, _, err := e.OwnerTasks(ctx, "", time.Time{})
	if err != nil {
		e.o.Log.WarnContext(ctx, "the tasks of owners were not counted", "err", err)
		return nil
	}
	n := len(list)
	return &n
}

type tasks struct {
	ctx  context.Context
	e    *Engine
	x    *Effects
	s    *Snapshot
	o    *owners.Estate
	only string // Key of who must act

	owned map[string][]int // by Key: what they own themselves
	mail  map[string]int   // listed people by domain
	list  []OwnerTask
	rows  []int // subject of each
}

// add keeps a task. Within is how long there is from when its reason was known.
func (t *tasks) add(kind string, row int, who owners.Party, person owners.Party, since time.Time, within time.Duration, grade drover.Grade, what, why, command string) {
	if t.only != "" && (who.None() || t.o.Key(who) != t.only) {
		return
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + string(t.s.Ref(row)) + "\x00" + t.o.Key(person)))
	task := OwnerTask{ID: "T-" + strings.ToUpper(hex.EncodeToString(sum[:4])), Kind: kind, Subject: t.x.node(uint32(row)), What: what, Why: why, Since: when(since), Grade: string(grade), Command: command}
	if !who.None() {
		v := t.s.partyView(who)
		task.Who = &v
	}
	if !person.None() {
		v := t.s.partyView(person)
		task.Person = &v
	}
	if since.IsZero() {
		since = t.s.now
	}
	task.By = when(since.Add(within))
	t.list, t.rows = append(t.list, task), append(t.rows, row)
}

// rank orders by risk, then by what falls with it, and gives less time for what is worst.
func (t *tasks) rank() {
	if len(t.list) == 0 {
		t.list = []OwnerTask{}
		return
	}
	type standing struct{ blast, reach, tier0 int }
	of := map[int]standing{}
	for s := range t.x.Standings(t.x.Batch(reachAll)) {
		of[int(s.Row)] = standing{s.Risk, s.Reach, s.Tier0}
	}
	risks := t.x.risks(t.rows)
	for i := range t.list {
		row := t.rows[i]
		s, ok := of[row]
		if !ok {
			for h := range t.s.Out(row) { // a credential is as bad as what it proves
				if h.Kind == drover.EdgeAuthenticates && of[h.Row].blast >= s.blast {
					s = of[h.Row]
				}
			}
		}
		x := &t.list[i]
		x.Risk, x.Reach, x.ToTier0 = risks[row], s.reach, s.tier0
		if (s.tier0 > 0 || x.Subject.Tier0) && x.Since != nil && (x.Kind == TaskHandover || x.Kind == TaskRotate) {
			x.By = when(x.Since.Add(worstWithin))
		}
		x.Overdue = x.By != nil && x.By.Before(t.s.now)
	}
	slices.SortStableFunc(t.list, func(a, b OwnerTask) int {
		return cmp.Or(b.Risk-a.Risk, b.ToTier0-a.ToTier0, b.Reach-a.Reach, cmp.Compare(urgency[a.Kind], urgency[b.Kind]), cmp.Compare(a.Subject.Name, b.Subject.Name), cmp.Compare(a.Subject.Ref, b.Subject.Ref), cmp.Compare(a.ID, b.ID))
	})
}

var urgency = map[string]int{TaskRotate: 0, TaskHandover: 1, TaskEmpty: 2, TaskMoved: 3, TaskRenamed: 4, TaskConfirm: 5}

// ownership finds, once, what everybody owns themselves.
func (t *tasks) ownership() map[string][]int {
	if t.owned != nil {
		return t.owned
	}
	t.owned = map[string][]int{}
	for i := range t.s.Seen() {
		if t.s.IsMember(i) || !t.counts(i) {
			continue
		}
		if x, ok := t.o.Current(i); ok && x.How != owners.Inherited {
			key := t.o.Key(x.Party)
			t.owned[key] = append(t.owned[key], i)
		}
	}
	return t.owned
}

// counts reports whether a row is something that needs an owner: no person's, not
// retired.
func (t *tasks) counts(i int) bool {
	switch t.s.Kind(i) {
	case drover.KindIdentity:
		f := t.s.Facts(i)
		return f.Verdict != drover.VerdictHuman && f.Lifecycle != drover.LifecycleRetired
	case drover.KindCredential, drover.KindResource, drover.KindWorkload:
		return true
	}
	return false
}

// leavers makes the tasks that each person who has left leaves behind.
func (t *tasks) leavers() error {
	gone := map[int]bool{}
	for _, h := range t.o.Humans() {
		if t.o.Gone(owners.Party{Row: h}) {
			gone[h] = true
		}
	}
	if len(gone) == 0 {
		return nil
	}
	accounts := leaver.Accounts(t.o, gone)
	for _, h := range t.o.Humans() {
		if !gone[h] {
			continue
		}
		if err := t.ctx.Err(); err != nil {
			return err
		}
		p := owners.Party{Row: h}
		since, err := t.leftAt(h)
		if err != nil {
			return err
		}
		t.handOver(p, since)
		t.made(p, accounts[h], since)
		t.readable(p, accounts[h], since)
	}
	return nil
}

// handOver asks who takes over what somebody who is gone owns.
func (t *tasks) handOver(p owners.Party, since time.Time) {
	name := check.Clean(t.o.Name(p))
	for _, row := range t.ownership()[t.o.Key(p)] {
		next, how := t.successor(row, p)
		what := "Take over " + t.say(row)
		if next.None() {
			what = "Find an owner for " + t.say(row)
		}
		why := name + " owns it and has left" + t.s.leftOn(p) + "."
		if p.Delisted() {
			why = name + " owns it and is on no list of people any more."
		}
		if how != "" {
			why += " " + how
		}
		t.add(TaskHandover, row, next, p, since, handoverWithin, drover.GradeProven, what, why, t.setCommand(row, next))
	}
}

// setCommand is what makes next the owner of a row.
func (t *tasks) setCommand(row int, next owners.Party) string {
	if next.None() {
		return "drover owner suggest " + t.s.shortID(row)
	}
	return ownerCommand("set", t.s.shortID(row), next, t.s)
}

// successor is who should take over: as the policy says, else whom the signals name
// clearly. How says why.
func (t *tasks) successor(row int, p owners.Party) (next owners.Party, how string) {
	if next = t.s.next(p); !next.None() {
		name := check.Clean(t.o.Name(next))
		if t.o.IsTeam(next) {
			return next, name + " is their team."
		}
		return next, name + " is their manager."
	}
	if t.s.e.settings.Policy.Ownership.OnLeaver == "orphan" {
		return owners.Nobody, ""
	}
	if best, ok := owner.Clear(t.o.Suggest(row, t.s.e.settings.Policy.Ownership.Sources)); ok {
		next = t.o.Party(best.Who)
		return next, fmt.Sprintf("%s %s (confidence %.2f).", check.Clean(t.o.Name(next)), check.Clean(best.Reasons[0].Text), best.Confidence)
	}
	return owners.Nobody, ""
}

// made asks to change the credentials of what somebody who left made and somebody
// else owns now: whoever makes a key has seen it.
func (t *tasks) made(p owners.Party, rows []int, since time.Time) {
	name := check.Clean(t.o.Name(p))
	seen := map[int]bool{}
	for _, from := range rows {
		for h := range t.s.Out(from) {
			row := t.s.Head(h.Row)
			if h.Kind != drover.EdgeCreated || seen[row] || t.s.Unseen(row) || !t.counts(row) || t.s.Kind(row) != drover.KindIdentity && t.s.Kind(row) != drover.KindCredential {
				continue
			}
			seen[row] = true
			if !t.stillOpen(row, since) {
				continue
			}
			x, ok := t.o.Current(row)
			var who owners.Party
			if ok && !t.o.Gone(x.Party) {
				who = x.Party
			} else {
				who, _ = t.successor(row, p)
			}
			t.add(TaskRotate, row, who, p, since, rotateWithin, drover.GradeInferred, "Change the credentials of "+t.say(row), name+" made it and has left"+t.s.leftOn(p)+": whoever makes a key has seen it.", "drover show "+t.s.shortID(row))
		}
	}
}

// stillOpen reports whether a credential, or one of an identity, may still be what
// it was when somebody left. Where an identity has none that is known, it has.
func (t *tasks) stillOpen(row int, since time.Time) bool {
	if t.s.Kind(row) == drover.KindCredential {
		if st := t.s.Facts(row).Status; st == "expired" || st == "disabled" {
			return false
		}
		n := t.s.Node(row)
		changed := n.Rotated
		if changed.IsZero() {
			changed = n.Created
		}
		return since.IsZero() || changed.IsZero() || !changed.After(since)
	}
	known, open := 0, 0
	for h := range t.s.In(row) {
		if h.Kind == drover.EdgeAuthenticates {
			known++
			if t.stillOpen(h.Row, since) {
				open++
			}
		}
	}
	return known == 0 || open > 0
}

// readable asks to change the credentials that somebody who left could read.
func (t *tasks) readable(p owners.Party, rows []int, since time.Time) {
	name := check.Clean(t.o.Name(p))
	for _, x := range leaver.Exposed(t.x.Graph, t.s.Snapshot, rows) {
		if x.Credential >= t.s.Seen() || !t.stillOpen(x.Credential, since) {
			continue
		}
		for _, row := range x.Identities {
			if row = t.s.Head(row); t.s.Unseen(row) || !t.counts(row) {
				continue
			}
			var who owners.Party
			if o, ok := t.o.Current(row); ok && !t.o.Gone(o.Party) {
				who = o.Party
			} else {
				who, _ = t.successor(row, p)
			}
			why := name + " has left" + t.s.leftOn(p) + " and could read it"
			if x.Place >= 0 && x.Place < t.s.Len() {
				why += " in " + check.Clean(t.s.Name(x.Place))
			}
			if x.Via >= 0 && x.Via != p.Row && !slices.Contains(rows, x.Via) {
				why += ", as a member of " + check.Clean(t.s.Name(x.Via))
			}
			t.add(TaskRotate, x.Credential, who, p, since, rotateWithin, x.Grade, "Change "+t.sayCredential(x.Credential, row), why+".", "drover show "+t.s.shortID(x.Credential))
			break
		}
	}
}

// gone asks who takes over from people and teams that no list has any more, and
// from teams without anybody.
func (t *tasks) gone() error {
	for _, key := range sortedKeys(t.ownership()) {
		p := t.o.Party(key)
		switch {
		case p.Delisted() && !t.o.IsTeam(p):
			since, err := t.endedAt(drover.Ref(key))
			if err != nil {
				return err
			}
			t.handOver(p, since)
		case t.o.IsTeam(p) && t.o.Gone(p):
			if err := t.emptied(p); err != nil {
				return err
			}
		case p.Row < 0:
			t.stranger(p)
		}
	}
	return nil
}

// manyListed is from how many people of a mail domain on, that are listed, a list of
// people is taken to have everybody of it.
const manyListed = 5

// stranger asks who answers for what is said to be somebody's whom no list of people
// has, though it has others of their domain: an export that leaves out who has left
// looks like that, and so does a mailbox that several read.
func (t *tasks) stranger(p owners.Party) {
	mail, ok := strings.CutPrefix(p.Text, "email:")
	_, domain, at := strings.Cut(mail, "@")
	if !ok || !at || t.domains()[domain] < manyListed {
		return
	}
	for _, row := range t.owned[t.o.Key(p)] {
		if o, ok := t.o.Current(row); !ok || !o.At.IsZero() {
			continue // a person decided so
		}
		who, how := t.successor(row, p)
		why := check.Clean(mail) + " is said to own it, and no list of people has them."
		if how != "" {
			why += " " + how
		}
		t.add(TaskConfirm, row, who, p, time.Time{}, confirmWithin, drover.GradeInferred, "Find out who answers for "+t.say(row), why, t.setCommand(row, who))
	}
}

// domains counts the listed people by the domain of their mail.
func (t *tasks) domains() map[string]int {
	if t.mail == nil {
		t.mail = map[string]int{}
		for _, h := range t.o.Humans() {
			for _, a := range t.s.Aliases(h) {
				if mail, ok := strings.CutPrefix(strings.ToLower(a), "email:"); ok {
					_, domain, _ := strings.Cut(mail, "@")
					t.mail[domain]++
				}
			}
		}
	}
	return t.mail
}

// emptied asks who takes over from a team.
func (t *tasks) emptied(p owners.Party) error {
	name := check.Clean(t.o.Name(p))
	why := "The team " + name + " owns it and has nobody left."
	next, since := owners.Nobody, time.Time{}
	kind := TaskEmpty
	if p.Delisted() {
		var err error
		if since, err = t.endedAt(drover.Ref(p.Text)); err != nil {
			return err
		}
		why = "The team " + name + " owns it and is on no list any more."
		if next, err = t.becameOf(p, since); err != nil {
			return err
		}
		if !next.None() {
			kind = TaskRenamed
			why = "The team " + name + " owns it and is on no list any more: most of its people are in " + check.Clean(t.o.Name(next)) + " now."
		}
	}
	for _, row := range t.ownership()[t.o.Key(p)] {
		who, reason := next, why
		if who.None() {
			if best, ok := owner.Clear(t.o.Suggest(row, t.s.e.settings.Policy.Ownership.Sources)); ok {
				who = t.o.Party(best.Who)
				reason += " " + check.Clean(t.o.Name(who)) + " " + check.Clean(best.Reasons[0].Text) + "."
			}
		}
		what := "Find an owner for " + t.say(row)
		if !who.None() {
			what = "Confirm that " + check.Clean(t.o.Name(who)) + " answers for " + t.say(row)
		}
		t.add(kind, row, who, p, since, confirmWithin, drover.GradeProven, what, reason, t.setCommand(row, who))
	}
	return nil
}

// confirmations asks owners whom nobody confirmed for too long.
func (t *tasks) confirmations() error {
	for _, key := range sortedKeys(t.ownership()) {
		for _, row := range t.owned[key] {
			every := t.s.confirmEvery(row)
			if every <= 0 {
				continue
			}
			missing, o := t.o.Missing(row, every)
			if missing != owners.Unconfirmed || t.s.Kind(row) != drover.KindIdentity {
				continue
			}
			since := o.At
			why := "Nobody has confirmed since " + check.Day(since) + " that " + check.Clean(t.o.Name(o.Party)) + " answers for it."
			if since.IsZero() {
				since = t.s.Row(row).FirstSeen
				why = "Nobody has ever confirmed that " + check.Clean(t.o.Name(o.Party)) + " answers for it; it is known since " + check.Day(since) + "."
			}
			t.add(TaskConfirm, row, o.Party, o.Party, since.Add(every), confirmWithin, drover.GradeProven, "Confirm that you answer for "+t.say(row), why, "drover owner confirm "+t.s.shortID(row))
		}
	}
	return nil
}

func (t *tasks) say(row int) string {
	name := check.Clean(t.s.Name(row))
	if name == "" {
		name = check.Clean(string(t.s.Ref(row)))
	}
	return check.Named(t.s.Type(row), name)
}

// sayCredential names a credential and whose it is; many are called after that.
func (t *tasks) sayCredential(credential, row int) string {
	if name := t.s.Name(credential); strings.Contains(name, t.s.Name(row)) && strings.Contains(name, " ") {
		return check.Clean(name)
	}
	return t.say(credential) + " of " + t.say(row)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
