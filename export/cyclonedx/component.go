package cyclonedx

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A component is one of the schema's, with the fields that are used here.
type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref,omitempty"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Crypto     *crypto    `json:"cryptoProperties,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type crypto struct {
	Asset       string       `json:"assetType"`
	Certificate *certificate `json:"certificateProperties,omitempty"`
	Material    *material    `json:"relatedCryptoMaterialProperties,omitempty"`
}

type certificate struct {
	Subject   string `json:"subjectName,omitempty"`
	Issuer    string `json:"issuerName,omitempty"`
	NotBefore string `json:"notValidBefore,omitempty"`
	NotAfter  string `json:"notValidAfter,omitempty"`
	Format    string `json:"certificateFormat"`
}

type material struct {
	Type    string `json:"type"`
	State   string `json:"state,omitempty"`
	Created string `json:"creationDate,omitempty"`
	Updated string `json:"updateDate,omitempty"`
	Expires string `json:"expirationDate,omitempty"`
	Size    int64  `json:"size,omitempty"` // bits
}

// of is the component of a node; false where the standard has none for its kind.
func of(n *drover.Node) (component, bool) {
	c := component{Ref: reference(n.Ref), Name: export.Line(n.Name)}
	if strings.TrimSpace(c.Name) == "" {
		c.Name = c.Ref
	}
	switch n.Kind {
	case drover.KindIdentity, drover.KindWorkload:
		c.Type = "application"
		switch typ := n.Attrs.Str("nhi_type"); {
		case typ == "container":
			c.Type = "container"
		case typ == "iot_device":
			c.Type = "device"
		}
	case drover.KindCredential:
		c.Type, c.Crypto = "cryptographic-asset", asset(n)
	case drover.KindResource, drover.KindPlace:
		c.Type = "data"
	default:
		return c, false
	}
	c.Properties = properties(n)
	return c, true
}

const maxRef = 2_000

// reference is the ref of a node in as many bytes as others take.
func reference(ref drover.Ref) string {
	s := export.Visible(string(ref), 2*maxRef, false)
	if len(s) <= maxRef && len(ref) <= maxRef {
		return s
	}
	return fmt.Sprintf("%s#%x", s[:maxRef/2], sha256.Sum256([]byte(ref)))
}

// asset says of a credential what kind of material it is.
func asset(n *drover.Node) *crypto {
	if word(n.Type, "certificate") && !word(n.Type, "private_key") {
		return &crypto{Asset: "certificate", Certificate: &certificate{Subject: export.Line(n.Attrs.Str("subject")), Issuer: export.Line(n.Attrs.Str("issuer")), NotBefore: stamp(n.Created), NotAfter: stamp(n.Expires), Format: formatOf(n.Type)}}
	}
	m := &material{Type: "credential", Created: stamp(n.Created), Updated: stamp(n.Rotated), Expires: stamp(n.Expires)}
	for _, k := range materials {
		if slices.ContainsFunc(k.words, func(w string) bool { return word(n.Type, w) }) {
			m.Type = k.typ
			break
		}
	}
	switch n.Attrs.Str("status") {
	case "active":
		m.State = "active"
	case "disabled", "inactive":
		m.State = "suspended"
	}
	if bits, _ := n.Attrs.Int("bits"); bits > 0 {
		m.Size = bits
	}
	return &crypto{Asset: "related-crypto-material", Material: m}
}

// materials are what the standard calls the words in which types of credentials
// end; the first that is there holds.
var materials = []struct {
	typ   string
	words []string
}{
	{"password", []string{"password", "login_profile", "password_credential"}},
	{"public-key", []string{"public_key"}},
	{"private-key", []string{"private_key", "ssh.key"}},
	{"token", []string{"token", "pat", "refresh_token"}},
	{"secret-key", []string{"access_key", "api_key", "client_secret", "secret_key", "hmac"}},
	{"key", []string{"key"}},
}

// word reports whether a type has a word or some in it: "aws.iam.access_key" has
// "access_key" and "key".
func word(typ, w string) bool {
	split := strings.NewReplacer(".", "_", "-", "_", "/", "_")
	return strings.Contains("_"+split.Replace(strings.ToLower(typ))+"_", "_"+split.Replace(w)+"_")
}

// formatOf is the format of a certificate: SSH has its own.
func formatOf(typ string) string {
	if word(typ, "ssh") {
		return "OpenSSH"
	}
	return "X.509"
}

// told are the attributes that are properties, beside those of every node. What
// else a vendor says of a node is in the other formats: it is long, and of no
// scheme that readers of bills of materials know.
var told = []string{"env", "purpose", "owner", "nhi_type", "verdict", "lifecycle", "business_unit", "data_class", "criticality", "regulation", "tier", "risk", "last_used", "identity", "fingerprint", "status", "sources", "places", "tags", "key_alg", "key_bits", "sig_alg", "alg"}

const maxValues = 100 // of one attribute

func properties(n *drover.Node) []property {
	list := []property{{"drover:kind", string(n.Kind)}}
	add := func(name, value string) {
		if value != "" {
			list = append(list, property{"drover:" + name, export.Line(value)})
		}
	}
	add("type", n.Type)
	add("created", stamp(n.Created))
	add("rotated", stamp(n.Rotated))
	add("expires", stamp(n.Expires))
	for i, a := range n.Aliases {
		if i == maxValues {
			break
		}
		add("alias", a)
	}
	for _, name := range told {
		switch v := n.Attrs.Get(name).(type) {
		case nil:
		case []any:
			for i, x := range v {
				if i == maxValues {
					break
				}
				add(name, plain(x))
			}
		default:
			add(name, plain(v))
		}
	}
	return list
}

// plain is a value of JSON as a text; "" for an object.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool, float64, int64, json.Number:
		return fmt.Sprint(v)
	}
	return ""
}
