package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// An estate is what testdata/svc_moto.py planted into an emulator.
type estate struct {
	moto     *realtest.MotoServer
	Canaries []string
	Account  string
}

func plant(t *testing.T, regions ...string) *estate {
	t.Helper()
	t.Setenv("AWS_CA_BUNDLE", "")
	e := &estate{moto: realtest.Moto(t)}
	if err := json.Unmarshal(e.moto.Run(t, "testdata/svc_moto.py", nil, append([]string{"seed"}, regions...)...), e); err != nil {
		t.Fatal(err)
	}
	return e
}

// sections are the names of those that read services.
func serviceSections() []string {
	var names []string
	for _, s := range services {
		names = append(names, s.name)
	}
	return names
}

func emulated(url string, regions ...string) map[string][]string {
	return map[string][]string{"endpoint": {url}, "access_key_id": {"testing"}, "secret_access_key": {"testing"}, "regions": regions, "retry_wait": {"1ms"}, "page_size": {"7"}}
}

// notEmulated are sections of which moto 5.2 lacks an operation: source
// credentials, access entries and Pod Identity, CA certificates, function URLs,
// Roles Anywhere. They are read over the documented fake. Of Bedrock's agents moto
// gives times as numbers, where the API gives texts.
var notEmulated = []string{"codebuild.source_credentials", "eks.clusters", "iot.certificates", "lambda.functions", "rolesanywhere"}

// What boto3's paginators list, drover has seen, and nothing besides.
func TestServicesCountedByBoto3(t *testing.T) {
	regions := []string{"eu-central-1", "us-east-1"}
	e := plant(t, regions...)
	got := connectortest.CollectContext(t.Context(), t, Connector, emulated(e.moto.URL, regions...), serviceSections()...)
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	for _, s := range got.Sections {
		if s.Status != drover.StatusOK && !slices.Contains(notEmulated, s.Name) {
			t.Errorf("%s %s %s: %s %v", s.Name, s.Coverage, s.Status, s.Error, s.Notes)
		}
	}
	again := connectortest.CollectContext(t.Context(), t, Connector, emulated(e.moto.URL, regions...), serviceSections()...)
	if d := cmp.Diff([]any{got.Nodes, got.Edges, got.Documents}, []any{again.Nodes, again.Edges, again.Documents}); d != "" {
		t.Errorf("two scans of one account differ (-first +again):\n%s", d)
	}
	var want struct {
		Nodes map[string][]string
		Edges map[string][][2]string
	}
	if err := json.Unmarshal(e.moto.Run(t, "testdata/svc_moto.py", nil, append([]string{"count"}, regions...)...), &want); err != nil {
		t.Fatal(err)
	}
	for typ, ids := range want.Nodes {
		slices.Sort(ids)
		if d := cmp.Diff(ids, namedBy(got, typ)); d != "" {
			t.Errorf("%s (-boto3 +drover):\n%s", typ, d)
		}
		t.Logf("%-32s %5d of boto3, %5d of drover", typ, len(ids), len(namedBy(got, typ)))
	}
	for kind, pairs := range want.Edges {
		wanted := map[string]bool{}
		for _, p := range pairs {
			wanted[p[0]+" -> "+p[1]] = true
		}
		have := pairsOf(got, drover.EdgeKind(kind))
		for pair := range wanted {
			if !have[pair] {
				t.Errorf("%s: boto3 has %s, drover has not", kind, pair)
			}
		}
		for pair := range have {
			if from, _, _ := strings.Cut(pair, " -> "); !wanted[pair] && counted(want.Nodes, from) {
				t.Errorf("%s: drover has %s, boto3 has not", kind, pair)
			}
		}
		t.Logf("%-32s %5d of boto3", kind, len(wanted))
	}
	connectortest.NoCanary(t, fmt.Sprintf("%s%s", asText(got), got.Logs), e.Canaries)
}

// counted reports whether the foreign counter knows the thing, so that its edges
// of a kind are all there.
func counted(nodes map[string][]string, id string) bool {
	for _, ids := range nodes {
		if slices.Contains(ids, id) {
			return true
		}
	}
	return false
}

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// namedBy lists the nodes of a type by their ARN, or by their id where they are
// known by that.
func namedBy(r *connectortest.Result, typ string) []string {
	var list []string
	for _, n := range r.Merged().ByType(typ) {
		list = append(list, foreignName(n))
	}
	slices.Sort(list)
	return list
}

func foreignName(n drover.Node) string {
	if n.Type == "aws.account" {
		return n.Ref.ID()
	}
	for _, a := range n.Aliases {
		if strings.HasPrefix(a, "arn:") && !strings.Contains(a, ":alias/") {
			return a
		}
	}
	return n.Ref.ID()
}

// pairsOf lists the edges of a kind as boto3 would name their ends.
func pairsOf(r *connectortest.Result, kind drover.EdgeKind) map[string]bool {
	names := map[drover.Ref]string{}
	for _, n := range r.Merged().Nodes {
		names[n.Ref] = foreignName(n)
	}
	name := func(ref drover.Ref) string {
		if n, ok := names[ref]; ok {
			return n
		}
		return ref.ID()
	}
	out := map[string]bool{}
	for _, e := range r.Edges {
		if e.Kind == kind {
			out[name(e.From)+" -> "+name(e.To)] = true
		}
	}
	return out
}
