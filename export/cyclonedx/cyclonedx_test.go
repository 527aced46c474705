package cyclonedx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

func TestContract(t *testing.T) { exporttest.Run(t, Format) }

func bom(t *testing.T, records []drover.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(t.Context(), &b, exporttest.Head(), exporttest.Seq(records)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var types = []string{"x509.certificate", "ssh.certificate", "x509.private_key", "ssh.key", "aws.iam.ssh_public_key", "aws.iam.access_key", "secret.password", "aws.iam.login_profile", "github.token", "entra.password_credential", "sys.thing", "monkey", ""}

// estate is a node of each kind and type of credential, with hostile texts in all.
func estate() (records []drover.Record) {
	i := 0
	add := func(kind drover.Kind, typ string) {
		bad := exporttest.Hostile[i%len(exporttest.Hostile)]
		day := time.Date(2020+i%9000, 1, 2, 3, 4, 5, 6, time.FixedZone("x", 3600))
		records = append(records, drover.Record{Node: &drover.Node{Ref: drover.NewRef("sys", bad, "t", fmt.Sprint(i)), Kind: kind, Type: typ, Name: bad, Aliases: []string{bad, "a"}, Created: day, Rotated: day, Expires: day, Attrs: drover.NewAttrs(map[string]any{
			"subject": bad, "issuer": bad, "bits": 2048, "status": bad, "env": bad, "owner": bad, "tier": 0, "tags": []any{bad, 1, true, nil, map[string]any{}}, "risk": 7.5, "nhi_type": []string{"container", "iot_device", "ai_agent"}[i%3]})}})
		i++
	}
	for range 3 {
		for _, k := range drover.Kinds {
			add(k, "sys.thing")
		}
		for _, typ := range types {
			add(drover.KindCredential, typ)
		}
	}
	records = append(records, drover.Record{Node: &drover.Node{Ref: drover.NewRef("sys", "", "t", "bare"), Kind: drover.KindIdentity}}, drover.Record{Node: &drover.Node{Ref: drover.NewRef("sys", "", "t", "year"), Kind: drover.KindCredential, Type: "x509.certificate", Expires: time.Date(99_999, 1, 1, 0, 0, 0, 0, time.UTC)}})
	return append(records, exporttest.Records()...)
}

// The library of the standard's authors finds nothing wrong, by the strict schema
// of the version that is claimed and of the next, and reads every component.
func TestSchema(t *testing.T) {
	for name, doc := range map[string][]byte{"estate": bom(t, estate()), "empty": bom(t, nil)} {
		if fault := realtest.CycloneDX(t, version, doc); fault != "" {
			t.Errorf("%s: %s\n%.600s", name, fault, doc)
		}
		next := bytes.Replace(doc, []byte(`"specVersion":"1.6"`), []byte(`"specVersion":"1.7"`), 1)
		if fault := realtest.CycloneDX(t, "1.7", next); fault != "" {
			t.Errorf("%s as 1.7: %s", name, fault)
		}
	}
}

// The validator is one that finds faults.
func TestSchemaFindsFaults(t *testing.T) {
	whole := string(bom(t, estate()))
	for _, change := range [][2]string{{`"type":"application"`, `"type":"robot"`}, {`"assetType":"certificate"`, `"assetType":"diploma"`}, {`"notValidAfter":"20`, `"notValidAfter":"x20`}, {`"type":"token"`, `"type":"ticket"`}, {`"bom-ref":`, `"bom_ref":`}, {`"size":2048`, `"size":"2048"`}} {
		bad := strings.Replace(whole, change[0], change[1], 1)
		if bad == whole {
			t.Errorf("%s is nowhere in the document", change[0])
		} else if fault := realtest.CycloneDX(t, version, []byte(bad)); fault == "" {
			t.Errorf("%s was not complained of", change[1])
		}
	}
}

func TestComponents(t *testing.T) {
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	one := func(n drover.Node) component {
		t.Helper()
		n.Ref = drover.NewRef("s", "t", "x", "1")
		c, ok := of(&n)
		if !ok {
			t.Fatalf("%+v is no component", n)
		}
		return c
	}
	got := one(drover.Node{Kind: drover.KindCredential, Type: "x509.certificate", Name: "orders", Created: day, Expires: day.AddDate(1, 0, 0), Attrs: drover.NewAttrs(map[string]any{"subject": "CN=orders", "issuer": "CN=ca", "key_bits": 2048, "pem": "never told"})})
	want := component{Type: "cryptographic-asset", Ref: "s/t/x/1", Name: "orders", Crypto: &crypto{Asset: "certificate", Certificate: &certificate{"CN=orders", "CN=ca", "2026-01-02T03:04:05Z", "2027-01-02T03:04:05Z", "X.509"}},
		Properties: []property{{"drover:kind", "credential"}, {"drover:type", "x509.certificate"}, {"drover:created", "2026-01-02T03:04:05Z"}, {"drover:expires", "2027-01-02T03:04:05Z"}, {"drover:key_bits", "2048"}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for typ, want := range map[string]string{"secret.password": "password", "aws.iam.access_key": "secret-key", "aws.iam.ssh_public_key": "public-key", "ssh.key": "private-key", "x509.private_key": "private-key", "kubernetes.service_account_token": "token", "github.federated_trust": "credential", "monkey": "credential", "me.key": "key"} {
		if got := one(drover.Node{Kind: drover.KindCredential, Type: typ}); got.Crypto.Material == nil || got.Crypto.Material.Type != want {
			t.Errorf("%s: %+v, want %s", typ, got.Crypto, want)
		}
	}
	for typ, want := range map[string]string{"container": "container", "iot_device": "device", "ai_agent": "application", "": "application"} {
		if got := one(drover.Node{Kind: drover.KindIdentity, Attrs: drover.NewAttrs(map[string]any{"nhi_type": typ})}); got.Type != want || got.Name != "s/t/x/1" {
			t.Errorf("%s: %+v", typ, got)
		}
	}
	for _, k := range []drover.Kind{drover.KindHuman, drover.KindGroup, drover.KindRole, drover.KindPolicy, drover.KindVendor} {
		if _, ok := of(&drover.Node{Kind: k}); ok {
			t.Errorf("%s is a component", k)
		}
	}
	long := drover.NewRef("s", "", "x", strings.Repeat("é", 3000))
	if a, b := reference(long), reference(long+"1"); a == b || len(a) > maxRef || len(b) > maxRef {
		t.Errorf("long refs: %d and %d bytes, the same: %v", len(a), len(b), a == b)
	}
}

// What is written is JSON with the parts in the order of the standard.
func TestDocument(t *testing.T) {
	var doc struct {
		BomFormat, SpecVersion string
		Metadata               struct {
			Timestamp  string
			Properties []property
		}
		Components []json.RawMessage
	}
	if err := json.Unmarshal(bom(t, estate()), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.BomFormat != "CycloneDX" || doc.SpecVersion != version || doc.Metadata.Timestamp != exporttest.Now.Format(time.RFC3339) || len(doc.Metadata.Properties) != 2 || len(doc.Components) < 30 {
		t.Errorf("%+v, %d components", doc.Metadata, len(doc.Components))
	}
}
