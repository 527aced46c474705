// Package demo makes estates out of nothing: Harbour & Finch, the organisation of
// the demonstration, and random ones with faults planted in them. What it writes
// are ordinary exports (an HR list, records, files of the AWS CLI, manifests),
// which come in by the ordinary doors. Nothing here is known to the engine.
//
// An estate is laid down in days before now. It can be written as any moment
// before saw it, so that scans of the past make a history.
package demo

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/droverhq/drover"
)

// A world is an estate that is being written.
type world struct {
	clock
	dir       string
	dice      *dice
	org       *org
	files     map[string]*file
	aws       *account
	k8s       *cluster
	count     int               // identities, whatever the moment saw of them
	serial    int               // the last number that was given out
	made      map[*platform]int // of each platform
	fixed     string            // the environment of what is made next; "": it is drawn
	rootKey   bool              // the root user of the AWS account has one
	rootNoMFA bool              // and it has no second factor
	rootUse   bool              // and it was used
	ghosts    []*team           // teams that nothing grows in
}

func newWorld(dir string, now, at time.Time, seed uint64) (*world, error) {
	if err := os.RemoveAll(filepath.Join(dir, "aws")); err != nil {
		return nil, fmt.Errorf("make the folder of the estate: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the estate: %w", err)
	}
	return &world{clock: clock{now.UTC(), at.UTC()}, dir: dir, dice: newDice(seed), files: map[string]*file{}, made: map[*platform]int{}}, nil
}

// end closes all files.
func (w *world) end() error {
	errs := []error{w.awsAccount().end(w), w.manifests().end()}
	for _, name := range w.sources() {
		errs = append(errs, w.file(name).close(w.org.slug))
	}
	return errors.Join(errs...)
}

// sources are the names of the files of records that an estate has.
func (w *world) sources() []string {
	names := []string{"teams", "places"}
	for _, p := range platforms {
		if p.write == nil && !slices.Contains(names, p.source) {
			names = append(names, p.source)
		}
	}
	return names
}

// good makes an identity that nothing is wrong with.
func (w *world) good(p *platform, t *team, d *dice) *identity {
	function, n := t.function()
	if n > 0 {
		function += strconv.Itoa(n + 1)
	}
	i := &identity{p: p, team: t, env: w.env(d), function: function, region: pick(d, w.org.regions), born: float64(d.between(120, 1400))}
	i.purpose = function + " of " + t.name
	if d.chance(60) {
		i.owner = t.here(d.n(1000))
	}
	i.creator = t.here(d.n(1000))
	i.use = use{ago: float64(d.n(90)) / 10, every: 1 + float64(d.n(3))}
	p.make(w, i, d)
	return i
}

// number is one that no other thing of the estate has.
func (w *world) number() int { w.serial++; return w.serial }

// code is such a number, as eight letters of a mainframe have room for.
func (w *world) code(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789"
	b := make([]byte, n)
	v := w.number() * 7368787 // shares no factor with the number of codes, so none comes twice
	for k := n - 1; k >= 0; k, v = k-1, v/len(letters) {
		b[k] = letters[v%len(letters)]
	}
	return string(b)
}

// put writes an identity, where the moment saw it.
func (w *world) put(i *identity) {
	w.count++
	w.made[i.p]++
	if !w.seen(i.born, i.ended) {
		return
	}
	if i.p.write != nil {
		i.p.write(w, i)
		return
	}
	writePlain(w, i)
}

// A Source is how one part of an estate is to be configured for a scan.
type Source struct {
	ID, Kind string
	Options  map[string][]string // paths are below the folder of the estate
}

func (w *world) configured() []Source {
	list := []Source{{"people", "file", map[string][]string{"paths": {"hr.csv"}, "mapping": {"hr"}}}}
	for _, name := range w.sources() {
		list = append(list, Source{name, "file", map[string][]string{"paths": {name + ".jsonl"}}})
	}
	return append(list, Source{"aws", "aws", map[string][]string{"path": {"aws"}}},
		Source{"kubernetes", "kubernetes", map[string][]string{"path": {"cluster"}, "cluster": {w.org.cluster}, "issuer": {"https://" + w.org.issuer}}})
}

// newTeam adds a team to the org.
func (o *org) newTeam(name, unit string, products []string) *team {
	t := &team{name: name, unit: unit, ref: drover.NewRef("org", o.slug, "team", name), products: products}
	o.teams = append(o.teams, t)
	return t
}

// hire adds a person to a team.
func (o *org) hire(t *team, given, family, title string, manager *person, hired float64) *person {
	p := &person{id: "E" + strconv.Itoa(1000+len(o.people)), given: given, family: family, title: title, team: t, manager: manager, hired: hired}
	o.people = append(o.people, p)
	t.members = append(t.members, p)
	return p
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func itoa(n int) string { return strconv.Itoa(n) }

func stringsOf(v any) []string { s, _ := v.([]string); return s }
