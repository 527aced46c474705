package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A UseFact is one thing that a source said of the use of a subject, over the time
// in which it said so.
type UseFact struct {
	ID          int64  // of the subject's ref, see RefID
	Claim       string // drover.ClaimLastUsed, ClaimNeverUsed or ClaimLive
	Source      string // what says so
	At          time.Time
	Window      time.Duration
	Granularity time.Duration
	Grade       drover.Grade
	First, Last time.Time // when it was first and last said
}

// useAtOnce is how many subjects one query asks for, and useMost how many facts a
// call of UseHistory returns: of subjects with more, the oldest are left out, which
// makes days unknown and nothing else.
const (
	useAtOnce = 256
	useMost   = 40_000
)

// UseHistory lists what sources that the scope may see said of the use of some
// subjects by a generation, as far as it was still said at since or later: not only
// what holds, as Evidence does, but what was said before. It reads nothing of other
// subjects. The list is in order of subject, the newest first.
func (s *Store) UseHistory(ctx context.Context, gen int64, scope drover.Scope, refs []drover.Ref, since time.Time) ([]UseFact, error) {
	ids := make([]int64, len(refs))
	for i, r := range refs {
		ids[i] = s.RefID(r)
	}
	slices.Sort(ids)
	cov, err := s.coverages(ctx, s.r)
	if err != nil {
		return nil, err
	}
	var out []UseFact
	looks := lookTimes{}
	for part := range slices.Chunk(slices.Compact(ids), useAtOnce) {
		args, marks := []any{gen}, make([]string, len(part))
		for i, id := range part {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		var rows []useRow
		err := each(ctx, s.r, func(r *sql.Rows) error {
			var u useRow
			err := u.scan(r)
			if err == nil && scope.Source(cov[u.coverage].source) {
				rows = append(rows, u)
			}
			return err
		}, `SELECT ref_id, coverage_id, to_gen, observed_us, seen_us, claim, source, at_us, window_ns, granularity_ns, grade FROM evidence
			WHERE ref_id IN (`+strings.Join(marks, ",")+`) AND from_gen <= $1 AND claim IN ('last_used', 'never_used', 'live')
			ORDER BY ref_id, id DESC LIMIT `+strconv.Itoa(useMost), args...)
		if err != nil {
			return nil, fmt.Errorf("read the history of use: %w", s.d.explain(err))
		}
		for _, u := range rows {
			last, err := s.lastLook(ctx, looks, u.coverage, min(u.until, gen+1), since)
			if err != nil {
				return nil, fmt.Errorf("read the history of use: %w", s.d.explain(err))
			}
			if last.After(u.fact.Last) {
				u.fact.Last = last
			}
			if !u.fact.Last.Before(since) {
				out = append(out, u.fact)
			}
		}
	}
	return out, nil
}

// A useRow is one row of evidence.
type useRow struct {
	fact     UseFact
	coverage int64
	until    int64 // the generation from which it no longer held
}

func (u *useRow) scan(r *sql.Rows) error {
	f := &u.fact
	var first, last int64
	var at, window, granularity sql.NullInt64
	var grade sql.NullString
	err := r.Scan(&f.ID, &u.coverage, &u.until, &first, &last, &f.Claim, &f.Source, &at, &window, &granularity, &grade)
	f.At, f.Window, f.Granularity, f.Grade = nullTime(at), time.Duration(window.Int64), time.Duration(granularity.Int64), drover.Grade(grade.String)
	f.First, f.Last = timeOf(first), timeOf(last)
	return err
}

// lookTimes are the looks of a coverage that saw everything, by generation: when the
// latest of them was up to then. What holds after such a look was seen by it.
type lookTimes map[int64][]look

type look struct{ gen, at int64 }

// looksMost bounds how many looks of one coverage are read: the newest.
const looksMost = 20_000

// lastLook is when a coverage was last seen whole before a generation, since a
// moment; zero: it was not.
func (s *Store) lastLook(ctx context.Context, known lookTimes, coverage, before int64, since time.Time) (time.Time, error) {
	list, ok := known[coverage]
	if !ok {
		err := each(ctx, s.r, func(r *sql.Rows) error {
			var l look
			err := r.Scan(&l.gen, &l.at)
			list = append(list, l)
			return err
		}, `SELECT gen, observed_us FROM section WHERE coverage_id = $1 AND status = 'ok' AND observed_us >= $2 ORDER BY id DESC LIMIT `+strconv.Itoa(looksMost), coverage, micros(since))
		if err != nil {
			return time.Time{}, err
		}
		slices.SortFunc(list, func(a, b look) int { return cmp.Or(cmp.Compare(a.gen, b.gen), cmp.Compare(a.at, b.at)) })
		for i := 1; i < len(list); i++ {
			list[i].at = max(list[i].at, list[i-1].at)
		}
		known[coverage] = list
	}
	i, _ := slices.BinarySearchFunc(list, before, func(l look, gen int64) int { return cmp.Compare(l.gen, gen) })
	if i == 0 {
		return time.Time{}, nil
	}
	return timeOf(list[i-1].at), nil
}
