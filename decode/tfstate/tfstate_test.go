package tfstate

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// TestReferenceStates: no state fails, and no instance that a generic walk
// counts is lost; what the golden results name is there with its id.
func TestReferenceStates(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "tfstate", "driftctl")
	if _, err := os.Stat(root); err != nil {
		t.Skip("reference data not present")
	}
	files, instances, secrets, ids := 0, 0, 0, 0
	goldenResources, goldenAttrs, goldenSecrets := 0, 0, 0
	filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".tfstate") {
			return err
		}
		data, _ := os.ReadFile(p)
		s, err := Parse(data)
		name, _ := filepath.Rel(root, p)
		if !json.Valid(data) {
			if err == nil {
				t.Errorf("%s: no error for what is no JSON", name)
			}
			return nil
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		var g struct{ Resources []struct{ Instances []any } }
		json.Unmarshal(data, &g)
		want := 0
		for _, r := range g.Resources {
			want += len(r.Instances)
		}
		if len(s.Resources) != want {
			t.Errorf("%s: %d instances, want %d", name, len(s.Resources), want)
		}
		seen := map[string]bool{}
		for _, r := range s.Resources {
			if seen[r.Address+r.Deposed] {
				t.Errorf("%s: %s twice", name, r.Address)
			}
			seen[r.Address+r.Deposed] = true
			secrets += len(r.Secrets)
			ids += len(r.Identities)
			for _, x := range r.Secrets {
				if len(x.Value) > 8 && bytes.Contains(r.Attributes, []byte(x.Value.Reveal())) && !strings.Contains(string(r.Attributes), x.Path+"_") {
					t.Logf("%s: %s: the value of %s stands elsewhere in the attributes", name, r.Address, x.Path)
				}
			}
		}
		r, a, x := golden(t, name, filepath.Join(filepath.Dir(p), "results.golden.json"), s)
		goldenResources, goldenAttrs, goldenSecrets = goldenResources+r, goldenAttrs+a, goldenSecrets+x
		files, instances = files+1, instances+want
		return nil
	})
	t.Logf("%d states, %d instances, %d secrets, %d identities; golden: %d resources, %d attributes, %d of them secret", files, instances, secrets, ids, goldenResources, goldenAttrs, goldenSecrets)
	if goldenResources < 100 || goldenAttrs < 500 {
		t.Errorf("only %d resources and %d attributes were compared", goldenResources, goldenAttrs)
	}
}

// golden compares with the results that another reader of states wrote: each
// resource by type and id, and each of its plain attributes by value. That
// reader has no notion of secrets: where we have REDACTED, the secret that was
// taken out is the value there.
func golden(t *testing.T, name, file string, s State) (resources, attributes, redacted int) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, 0, 0
	}
	var want []struct {
		ID, Type string
		Attrs    map[string]any
	}
	if json.Unmarshal(data, &want) != nil {
		return 0, 0, 0
	}
	for _, w := range want {
		i := slices.IndexFunc(s.Resources, func(r Resource) bool { return r.Type == w.Type && r.ID == w.ID })
		if i < 0 {
			t.Errorf("%s: %s with id %q is missing", name, w.Type, w.ID)
			continue
		}
		resources++
		r := s.Resources[i]
		var got map[string]any
		if err := json.Unmarshal(r.Attributes, &got); err != nil {
			t.Errorf("%s: %s: %v", name, r.Address, err)
		}
		for k, v := range w.Attrs {
			switch v.(type) {
			case string, float64:
			default:
				continue // that reader adds false and drops what is empty
			}
			attributes++
			if got[k] == "REDACTED" {
				j := slices.IndexFunc(r.Secrets, func(x Secret) bool { return x.Path == k })
				if j < 0 || r.Secrets[j].Value.Reveal() != v {
					t.Errorf("%s: %s: the secret at %s is not the value that was there", name, r.Address, k)
				}
				redacted++
				continue
			}
			if !equalValue(got[k], v) {
				t.Errorf("%s: %s: %s is %.80v, want %.80v", name, r.Address, k, got[k], v)
			}
		}
	}
	return resources, attributes, redacted
}

// equalValue holds two texts equal that are the same JSON: that reader sorts
// the keys of policies.
func equalValue(a, b any) bool {
	if a == b {
		return true
	}
	x, _ := a.(string)
	y, _ := b.(string)
	var v, w any
	return json.Unmarshal([]byte(x), &v) == nil && json.Unmarshal([]byte(y), &w) == nil && reflect.DeepEqual(v, w)
}

const state4 = `{"version":4,"terraform_version":"1.9.0","serial":7,"lineage":"l","outputs":{"pw":{"value":"out-canary","type":"string","sensitive":true},"url":{"value":"x"}},
"resources":[
 {"module":"module.a[\"x\"]","mode":"managed","type":"aws_iam_access_key","name":"k","provider":"provider[\"registry.terraform.io/hashicorp/aws\"].eu",
  "instances":[{"index_key":0,"attributes":{"id":"AKIAX","user":"bot","secret":"canary-secret","encrypted_secret":null},"sensitive_attributes":[]},
   {"index_key":"b","status":"tainted","attributes":{"id":"AKIAY","user":"bot","secret":"canary-2"},"deposed":"00ff"}]},
 {"mode":"data","type":"aws_caller_identity","name":"me","provider":"provider.aws","instances":[{"attributes":{"id":"1"}}]},
 {"mode":"managed","type":"kubernetes_secret","name":"s","provider":"provider[\"example.org/x/kubernetes\"]","instances":[{"attributes":{"id":"ns/s","metadata":[{"name":"s"}],"data":{"a":"canary-3"}}}]},
 {"mode":"managed","type":"kubernetes_service_account_v1","name":"sa","provider":"p","instances":[{"attributes":{"id":"ns/sa","metadata":[{"name":"sa","namespace":"ns","uid":"u1"}]}}]},
 {"mode":"managed","type":"custom_thing","name":"c","provider":"p","instances":[{"attributes":{"id":"c","blob":{"x":["canary-4"]},"token_type":"t","kms_key_id":"k"},
   "sensitive_attributes":[[{"type":"get_attr","value":"blob"},{"type":"get_attr","value":"x"}]]}]}
]}`

func TestVersion4(t *testing.T) {
	s, err := Parse([]byte(state4))
	if err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for _, r := range s.Resources {
		addresses = append(addresses, r.Address)
		if bytes.Contains(r.Attributes, []byte("canary")) {
			t.Errorf("%s: a secret stays in the attributes: %s", r.Address, r.Attributes)
		}
	}
	want := []string{`module.a["x"].aws_iam_access_key.k[0]`, `module.a["x"].aws_iam_access_key.k["b"]`, "data.aws_caller_identity.me", "kubernetes_secret.s", "kubernetes_service_account_v1.sa", "custom_thing.c"}
	if !slices.Equal(addresses, want) {
		t.Errorf("addresses %q", addresses)
	}
	k := s.Resources[0]
	if k.Provider != "hashicorp/aws" || len(k.Secrets) != 1 || k.Secrets[0].Class != "aws-access-key" || k.Secrets[0].Value.Reveal() != "canary-secret" ||
		k.Identities[0].Aliases[0] != "aws-key:AKIAX" || k.Identities[0].Owner != "bot" {
		t.Errorf("got %+v", k)
	}
	if r := s.Resources[1]; !r.Tainted || r.Deposed != "00ff" {
		t.Errorf("got %+v", r)
	}
	if r := s.Resources[3]; len(r.Secrets) != 1 || r.Secrets[0].Path != "data.a" || r.Provider != "example.org/x/kubernetes" {
		t.Errorf("got %+v", r)
	}
	if r := s.Resources[4]; len(r.Identities) != 1 || r.Identities[0].Name != "ns/sa" || r.Identities[0].Kind != drover.KindIdentity {
		t.Errorf("got %+v", r)
	}
	if r := s.Resources[5]; len(r.Secrets) != 1 || !r.Secrets[0].Known || r.Secrets[0].Path != "blob.x[0]" {
		t.Errorf("got %+v", r)
	}
	if len(s.Outputs) != 2 || !s.Outputs[0].Sensitive || len(s.Outputs[0].Secrets) != 1 || s.Outputs[0].Secrets[0].Value.Reveal() != "out-canary" || len(s.Outputs[1].Secrets) != 0 {
		t.Errorf("outputs %+v", s.Outputs)
	}
}

func TestVersion3(t *testing.T) {
	s, err := Parse([]byte(`{"version":3,"serial":1,"modules":[{"path":["root","net"],"outputs":{},"resources":{
 "aws_db_instance.main.1":{"type":"aws_db_instance","provider":"provider.aws","primary":{"id":"db","attributes":{"id":"db","password":"canary","username":"root","tags.%":"1","tags.a":"b"}}},
 "data.aws_ami.x":{"type":"aws_ami","primary":{"id":"ami","attributes":{}}}}}]}`))
	if err != nil || len(s.Resources) != 2 {
		t.Fatal(s, err)
	}
	slices.SortFunc(s.Resources, func(a, b Resource) int { return strings.Compare(a.Type, b.Type) })
	r := s.Resources[1]
	if r.Address != "module.net.aws_db_instance.main[1]" || r.ID != "db" || len(r.Secrets) != 1 || bytes.Contains(r.Attributes, []byte("canary")) || r.Identities[0].Name != "root" {
		t.Errorf("got %+v", r)
	}
	if a := s.Resources[0]; a.Address != "module.net.data.aws_ami.x" || a.ID != "ami" || a.Provider != "aws" {
		t.Errorf("got %+v", a)
	}
}

func TestOtherForms(t *testing.T) {
	if s, err := Parse([]byte(`{"serial":1,"encrypted_data":"x","encryption_version":"v0"}`)); err != nil || !s.Encrypted {
		t.Error(s, err)
	}
	if _, err := Parse(nil); err != nil {
		t.Error(err)
	}
	for _, in := range []string{`{"version":9}`, `[]`, `{`, `{}`, `{"version":4,"resources":{}}`} {
		if _, err := Parse([]byte(in)); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(state4))
	f.Add([]byte(`{"version":3,"modules":[{"path":["root"],"resources":{"a.b":{"primary":{"id":"x","attributes":{"a":1}}}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, _ := Parse(data)
		for _, r := range s.Resources {
			if r.Attributes.Valid() != nil {
				t.Fatal("attributes are not canonical")
			}
		}
	})
}
