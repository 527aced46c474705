package aws

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

const fakeVersion = "fake, from the vendor's documentation"

// A shelf is what a store would hold after scans: assertions by coverage and part.
type shelf struct {
	mu       sync.Mutex
	records  map[string]map[string]bool // coverage -> part NUL record
	kept     map[string][]string
	sections map[string]drover.Section
	text     strings.Builder
}

type shelfSink struct {
	s        *shelf
	coverage string
}

func (k shelfSink) Put(part string, r drover.Record) error {
	if err := r.Valid(); err != nil {
		return err
	}
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	line := asText(r)
	k.s.text.WriteString(line)
	k.s.records[k.coverage][part+"\x00"+line] = true
	return nil
}

func (k shelfSink) Keep(part string) error {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	k.s.kept[k.coverage] = append(k.s.kept[k.coverage], part)
	return nil
}

func (k shelfSink) Close(sec drover.Section) error {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	k.s.sections[k.coverage] = sec
	k.s.text.WriteString(asText(sec))
	return nil
}

// scanShelf reads services of the fake, those in only, and returns what came.
func scanShelf(ctx context.Context, t *testing.T, f *fake, only []string, extra map[string][]string) (*shelf, error) {
	t.Helper()
	var logs bytes.Buffer
	config := emulated(f.URL, "eu-central-1")
	config["page_size"] = []string{"1000"}
	maps.Copy(config, extra)
	s := &shelf{records: map[string]map[string]bool{}, kept: map[string][]string{}, sections: map[string]drover.Section{}}
	scan := &connector.Scan{Session: connectortest.Session(t, Connector, config, &logs), Only: only, Open: func(_ context.Context, _, coverage string) (connector.Sink, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.records[coverage] = map[string]bool{}
		return shelfSink{s, coverage}, nil
	}}
	err := Connector.Discover(ctx, scan)
	s.text.WriteString(logs.String())
	return s, err
}

var byParts = regexp.MustCompile(`^\d+ of the places could not be read`)

// removed lists what a store that held before would end after this scan.
func (s *shelf) removed(before *shelf) []string {
	var out []string
	for coverage, sec := range s.sections {
		if sec.Status == drover.StatusFailed || sec.Status == drover.StatusSkipped || sec.Status == drover.StatusPartial && !byParts.MatchString(sec.Error) {
			continue // nothing is removed
		}
		for record := range before.records[coverage] {
			part, line, _ := strings.Cut(record, "\x00")
			spared := slices.ContainsFunc(s.kept[coverage], func(k string) bool { return k == "" || k == part || strings.HasPrefix(part, k+"/") })
			if !spared && !s.has(coverage, part, line) {
				out = append(out, coverage+" "+part+": "+line)
			}
		}
	}
	return out
}

// changed lists how what a store held before would differ after this scan, part
// by part: what ended, became another, or was not there. Evidence is left out, of
// which the latest counts.
func (s *shelf) changed(before *shelf) []string {
	out := s.removed(before)
	for coverage, records := range s.records {
		had := map[string]string{}
		for record := range before.records[coverage] {
			part, line, _ := strings.Cut(record, "\x00")
			had[part+"\x00"+keyOf(line)] = line
		}
		for record := range records {
			part, line, _ := strings.Cut(record, "\x00")
			if old := had[part+"\x00"+keyOf(line)]; old != line && !strings.HasPrefix(line, `{"evidence"`) {
				out = append(out, coverage+" "+part+": "+line+", before: "+old)
			}
		}
	}
	return out
}

// has reports whether the thing that a record speaks of came again, changed or not.
func (s *shelf) has(coverage, part, line string) bool {
	if s.records[coverage][part+"\x00"+line] {
		return true
	}
	key := keyOf(line)
	for r := range s.records[coverage] {
		if p, l, _ := strings.Cut(r, "\x00"); p == part && keyOf(l) == key {
			return true
		}
	}
	return false
}

var recordKey = regexp.MustCompile(`^\{"(node":\{"ref":"[^"]*"|edge":\{"from":"[^"]*","to":"[^"]*","kind":"[^"]*"(?:,"part":"(?:[^"\\]|\\.)*")?|evidence":\{"subject":"[^"]*","claim":"[^"]*"|document":\{"hash":"[^"]*")`)

func keyOf(line string) string { return recordKey.FindString(line) }

func (s *shelf) worst() drover.Status {
	worst := drover.StatusOK
	for _, sec := range s.sections {
		if sec.Status != drover.StatusOK {
			worst = sec.Status
		}
	}
	return worst
}

// Every operation of the fake is asked, each is in the privileges that are
// listed, and no secret of the estate comes out.
func TestServicesOverDocumentedFake(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	realtest.Suite(t, "AWS API, services", fakeVersion)
	f := newFake(t)
	s, err := scanShelf(t.Context(), t, f, serviceSections(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for coverage, sec := range s.sections {
		if sec.Status != drover.StatusOK {
			t.Errorf("%s is %s: %s %v", coverage, sec.Status, sec.Error, sec.Notes)
		}
	}
	granted := map[string]bool{"sts:GetCallerIdentity": true} // needs no privilege
	for _, sc := range Connector.Scopes {
		granted[sc.Name] = true
	}
	for _, op := range f.ops {
		name := op.service + ":" + op.name
		if f.asked[name] == 0 && name != "iam:GetAccountAuthorizationDetails" {
			t.Errorf("%s was never asked", name)
		}
		if r, ok := renamed[name]; ok {
			name = r
		}
		if !granted[name] {
			t.Errorf("%s is called and no scope lists it", name)
		}
	}
	connectortest.NoCanary(t, s.text.String(), fakeCanaries)
	again, err := scanShelf(t.Context(), t, f, serviceSections(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s.records, again.records); d != "" {
		t.Errorf("two scans of one account differ (-first +again):\n%s", d)
	}
}

// A way for one operation to fail. Once: it does only the first time, and nothing
// may be seen of it. Else it does every time, and then the scan says so.
type trouble struct {
	name string
	once bool
	do   func(w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter))
}

var troubles = []trouble{
	{"403", false, func(w http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
		writeFault(w, r, 403, "AccessDeniedException")
	}},
	{"expired", false, func(w http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
		writeFault(w, r, 403, "ExpiredTokenException")
	}},
	{"500", false, func(w http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
		writeFault(w, r, 500, "InternalFailure")
	}},
	{"truncated", false, truncated},
	{"429 once", true, func(w http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
		w.Header().Set("Retry-After", "0")
		writeFault(w, r, 429, "TooManyRequestsException")
	}},
	{"500 once", true, func(w http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
		writeFault(w, r, 500, "InternalFailure")
	}},
	{"truncated once", true, truncated},
}

// truncated breaks the answer off in its middle.
func truncated(w http.ResponseWriter, _ *http.Request, answer func(http.ResponseWriter)) {
	rec := httptest.NewRecorder()
	answer(rec)
	b := rec.Body.Bytes()
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	_, _ = w.Write(b[:len(b)/2])
}

// sectionsOf are the sections that ask an operation.
func sectionsOf(t *testing.T, f *fake) map[string][]string {
	t.Helper()
	asks := map[string][]string{}
	for _, name := range serviceSections() {
		f.mu.Lock()
		clear(f.asked)
		f.mu.Unlock()
		if _, err := scanShelf(t.Context(), t, f, []string{name}, nil); err != nil {
			t.Fatal(err)
		}
		f.mu.Lock()
		for op := range f.asked {
			asks[op] = append(asks[op], name)
		}
		f.mu.Unlock()
	}
	return asks
}

// Whatever fails, at whichever operation: the scan ends, says what it could not
// read, removes and changes nothing that is still there, and gives no secret away; what fails
// once is tried again and leaves no trace.
func TestServiceFaults(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	realtest.Suite(t, "AWS API, services with faults", fakeVersion)
	f := newFake(t)
	asks := sectionsOf(t, f)
	whole, err := scanShelf(t.Context(), t, f, serviceSections(), nil)
	if err != nil {
		t.Fatal(err)
	}
	delete(asks, "sts:GetCallerIdentity") // without it there is no account to read
	var group errgroup.Group
	group.SetLimit(16) // they mostly wait before they try again
	for _, op := range slices.Sorted(maps.Keys(asks)) {
		group.Go(func() error {
			mine := f.twin(t)
			for _, tr := range troubles {
				mine.reset(op, tr)
				faulty(t, mine, op, tr, asks[op], whole)
			}
			return nil
		})
	}
	_ = group.Wait()
	t.Logf("%d faults at each of %d operations", len(troubles), len(asks))
}

func faulty(t *testing.T, f *fake, op string, tr trouble, sections []string, whole *shelf) {
	t.Helper()
	got, err := scanShelf(t.Context(), t, f, sections, map[string][]string{"max_attempts": {"3"}})
	if err != nil {
		t.Errorf("%s at %s ended the scan: %v", tr.name, op, err)
		return
	}
	if gone := got.changed(whole); len(gone) > 0 {
		t.Errorf("%s at %s: %d records would be removed or changed, among them %s", tr.name, op, len(gone), gone[0])
	}
	if ok := got.worst() == drover.StatusOK; ok != tr.once {
		t.Errorf("%s at %s: the scan is %s", tr.name, op, got.worst())
	}
	connectortest.NoCanary(t, got.text.String(), fakeCanaries)
}

func (f *fake) reset(op string, tr trouble) {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.asked)
	f.fault = func(name string, n int, w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter)) bool {
		if name != op || tr.once && n > 1 {
			return false
		}
		tr.do(w, r, answer)
		return true
	}
}

// A page that comes twice in the place of another, and a page token that leads
// back: both hide what would have followed.
func TestServicePagesTwice(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	f := newFake(t)
	asks := sectionsOf(t, f)
	whole, err := scanShelf(t.Context(), t, f, serviceSections(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.ops {
		op := &f.ops[i]
		if op.list == "" {
			continue
		}
		name := op.service + ":" + op.name
		for _, stuck := range []bool{false, true} {
			f.repeat(op, stuck)
			got, err := scanShelf(t.Context(), t, f, asks[name], nil)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if gone := got.removed(whole); len(gone) > 0 {
				t.Errorf("a page of %s twice (token leads back: %v): %d records would be removed, among them %s", name, stuck, len(gone), gone[0])
			}
			if got.worst() == drover.StatusOK {
				t.Errorf("a page of %s twice (token leads back: %v): the scan is ok", name, stuck)
			}
		}
	}
}

// repeat answers every page with the first, whose token leads to the end after
// three, or for ever to itself.
func (f *fake) repeat(op *fakeOp, stuck bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = func(name string, _ int, w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter)) bool {
		if name != op.service+":"+op.name {
			return false
		}
		rec := httptest.NewRecorder()
		answer(rec)
		body := rec.Body.String()
		// The first page again: the same things, the token of the page that was asked for.
		first := *op
		page := httptest.NewRecorder()
		region := scopeOf.FindStringSubmatch(r.Header.Get("Authorization"))[1]
		bare := r.Clone(r.Context())
		bare.URL.RawQuery = ""
		first.write(page, bare, nil, region)
		out := page.Body.String()
		if !stuck {
			out = withToken(op, out, body)
		}
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		_, _ = w.Write([]byte(out))
		return true
	}
}

// withToken gives a page the token that another has, or none.
func withToken(op *fakeOp, page, of string) string {
	token := regexp.MustCompile(`(?:"` + op.out + `":"[0-9]+",?|(?:<IsTruncated>true</IsTruncated>)?<` + op.out + `>[0-9]+</` + op.out + `>)`)
	return token.ReplaceAllLiteralString(page, token.FindString(of))
}

// A scan that is cancelled says so, and claims nothing.
func TestServicesCancelled(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	f := newFake(t)
	whole, err := scanShelf(t.Context(), t, f, serviceSections(), nil)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, n := range f.asked {
		total += n
	}
	for _, at := range []int{2, total / 8, total / 4, total / 2, total * 3 / 4, total - 1} {
		ctx, cancel := context.WithCancel(t.Context())
		var mu sync.Mutex
		calls := 0
		f.mu.Lock()
		f.fault = func(string, int, http.ResponseWriter, *http.Request, func(http.ResponseWriter)) bool {
			mu.Lock()
			defer mu.Unlock()
			if calls++; calls == at {
				cancel()
			}
			return false
		}
		f.mu.Unlock()
		got, err := scanShelf(ctx, t, f, serviceSections(), nil)
		cancel()
		if err == nil {
			t.Errorf("cancelled at call %d of %d, the scan reported success", at, total)
		}
		if gone := got.removed(whole); len(gone) > 0 {
			t.Errorf("cancelled at call %d of %d, %d records would be removed, among them %s", at, total, len(gone), gone[0])
		}
	}
}
