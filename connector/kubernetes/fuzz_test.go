package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// sinkOf checks what is emitted, and forgets it.
type sinkOf struct{ t testing.TB }

func (s sinkOf) Put(_ string, r drover.Record) error {
	if err := r.Valid(); err != nil {
		s.t.Errorf("bad record: %v", err)
	}
	return nil
}
func (sinkOf) Keep(string) error { return nil }
func (s sinkOf) Close(sec drover.Section) error {
	if strings.Contains(sec.Error, "panicked") {
		s.t.Error(sec.Error)
	}
	return nil
}

// emitOne runs emit in a section whose records are checked.
func emitOne(t testing.TB, emit func(*connector.Out)) {
	t.Helper()
	s := &connector.Scan{Session: &connector.Session{}, Open: func(context.Context, string, string) (connector.Sink, error) { return sinkOf{t}, nil }}
	err := s.Section(t.Context(), "fuzz", "kubernetes:fuzz", func(_ context.Context, out *connector.Out) error {
		emit(out)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// An object of any content makes no emit function panic or emit a bad record.
func FuzzObject(f *testing.F) {
	text, err := os.ReadFile("testdata/estate.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "---\n") {
		var v any
		if err := yaml.Load([]byte(part), &v); err != nil {
			f.Fatal(err)
		}
		b, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"metadata":{"name":"\u0000\ud800","namespace":"a/b","uid":"x","labels":{"kubernetes.io/legacy-token-last-used":"2026-99-99"}},"type":"kubernetes.io/service-account-token"}`))
	f.Add([]byte(`{"metadata":{"name":"x","uid":"u","creationTimestamp":"2026-01-01T00:00:00Z","managedFields":[{"manager":"m","time":"2026-01-01T00:00:00Z"}]},"status":{"certificate":"LS0t"},"spec":{"username":"system:serviceaccount::"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, live := range []bool{true, false} {
			o, err := parseObject(raw, "fuzz")
			if err != nil {
				return
			}
			c := &cluster{tenant: "t", hosts: []string{"h"}, live: live, index: index{}, prints: drover.NewFingerprinter(bytes.Repeat([]byte{1}, 32)), secrets: secretsDecode, now: time.Unix(1, 0)}
			for _, k := range append(kinds, configMapKind) {
				o.Kind, o.APIVersion = k.name, strings.TrimPrefix(k.group+"/"+k.version, "/")
				emitOne(t, func(out *connector.Out) {
					c.learn(k.typ, o)
					k.emit(c, o, out)
				})
			}
		}
	})
}

// An answer of any bytes makes the reader of lists neither panic nor give an item
// that is no JSON object.
func FuzzList(f *testing.F) {
	for _, s := range []string{
		`{"kind":"List","metadata":{"continue":"c","resourceVersion":"1"},"items":[{"metadata":{"name":"a"}},{"x":1}]}`,
		`{"columnDefinitions":[{"name":"Name"},{"name":"Type"}],"rows":[{"cells":["a","Opaque"],"object":{"metadata":{"uid":"u"}}}]}`,
		`{"items":null}`, `{"items":[1]}`, `[]`, `{"items":[{}`, `{"metadata":[],"items":[]}`, `{"rows":[{"cells":null,"object":null}]}`, "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = readList(bytes.NewReader(body), func(raw []byte) error {
			if len(raw) == 0 || raw[0] != '{' {
				t.Errorf("item %q", raw)
			}
			return nil
		})
	})
}

// aws-auth of any text is read or refused.
func FuzzAuthMap(f *testing.F) {
	f.Add("- rolearn: arn:aws:iam::1:role/x\n  username: a{{b}}\n  groups: [g]\n")
	f.Add("a: &a [*a]")
	f.Add("- {userarn: 'arn:', groups: null}")
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := json.Marshal(map[string]any{"metadata": map[string]string{"name": authMap, "namespace": "kube-system", "uid": "u"}, "data": map[string]string{"mapRoles": text, "mapUsers": text, "mapAccounts": text}})
		if err != nil {
			t.Fatal(err)
		}
		o, err := parseObject(raw, "fuzz")
		if err != nil {
			t.Fatal(err)
		}
		c := &cluster{tenant: "t", live: true, index: index{}}
		emitOne(t, func(out *connector.Out) { emitConfigMap(c, o, out) })
	})
}
