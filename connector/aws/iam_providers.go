package aws

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/cert"
)

// An oidcProvider is an OpenID Connect issuer that the account trusts.
type oidcProvider struct {
	Arn, Url                     string
	ClientIDList, ThumbprintList []string
	CreateDate                   when
	Tags                         []tag
}

// readOIDCProviders emits the OpenID Connect providers of the account.
func (a *account) readOIDCProviders(ctx context.Context, c *iam.Client, out *connector.Out) error {
	list, err := c.ListOpenIDConnectProviders(ctx, nil)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range list.OpenIDConnectProviderList {
		got, err := c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: p.Arn})
		if err = fault(err); absent(err) {
			continue
		}
		var one oidcProvider
		if err == nil {
			one, err = recast[oidcProvider](got)
		}
		errs = append(errs, err) // all parts are spared
		one.Arn = str(p.Arn)
		a.emitOIDCProvider(out, one)
	}
	return errors.Join(errs...)
}

func (a *account) emitOIDCProvider(out *connector.Out, p oidcProvider) {
	name := strings.TrimPrefix(p.Url, "https://")
	if id, ok := parseARN(p.Arn); ok {
		name = strings.TrimPrefix(id.resource, "oidc-provider/")
	}
	if name == "" {
		out.Lost("OpenIDConnectProviderList", fmt.Errorf("one without ARN and URL: %w", drover.ErrInvalid))
		return
	}
	ref := a.emitProvider(out, "oidc_provider", name, firstOf(p.Arn, a.arn("oidc-provider/"+name)))
	attrs := withTags(p.Tags)
	set(attrs, "Url", p.Url)
	for k, v := range map[string][]string{"ClientIDList": p.ClientIDList, "ThumbprintList": p.ThumbprintList} {
		if len(v) > 0 {
			attrs[k] = sorted(slices.Clone(v))
		}
	}
	a.describeProvider(out, ref, drover.Node{Type: "aws.iam.oidc_provider", Created: p.CreateDate.Time}, p.Tags, attrs)
}

// describeProvider emits what the call for one provider says of it.
func (a *account) describeProvider(out *connector.Out, ref drover.Ref, n drover.Node, tags []tag, attrs map[string]any) {
	n.Ref, n.Kind = ref, drover.KindResource
	out = under(out, ref, "description")
	tagEdges(out, ref, byKey(tags))
	say(out, n, attrs)
}

func (a *account) emitProvider(out *connector.Out, sort, name, arn string) drover.Ref {
	n := drover.Node{Ref: a.ref("iam."+sort, drover.Named(text(name))), Kind: drover.KindResource, Type: "aws.iam." + sort, Name: text(name), Aliases: []string{text(arn)}}
	out.Node(n)
	a.contains(out, n.Ref)
	return n.Ref
}

// A samlProvider is an identity provider whose SAML assertions the account
// trusts.
type samlProvider struct {
	Arn, SAMLMetadataDocument string
	CreateDate, ValidUntil    when
	Tags                      []tag
}

// readSAMLProviders emits the SAML providers of the account.
func (a *account) readSAMLProviders(ctx context.Context, c *iam.Client, out *connector.Out) error {
	list, err := c.ListSAMLProviders(ctx, nil)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range list.SAMLProviderList {
		got, err := c.GetSAMLProvider(ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: p.Arn})
		if err = fault(err); absent(err) {
			continue
		}
		one, castErr := recast[samlProvider](p)
		errs = append(errs, err, castErr)
		if err == nil {
			one.SAMLMetadataDocument = deref(got.SAMLMetadataDocument)
			full, err := recast[samlProvider](got)
			errs = append(errs, err)
			one.Tags = full.Tags
		}
		a.emitSAMLProvider(out, one)
	}
	return errors.Join(errs...)
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func (a *account) emitSAMLProvider(out *connector.Out, p samlProvider) {
	id, ok := parseARN(p.Arn)
	name, isSAML := strings.CutPrefix(id.resource, "saml-provider/")
	if !ok || !isSAML || name == "" {
		out.Lost("SAMLProviderList", fmt.Errorf("one without the ARN of a SAML provider: %w", drover.ErrInvalid))
		return
	}
	attrs := withTags(p.Tags)
	entity, certs, err := samlMetadata(p.SAMLMetadataDocument)
	if err != nil {
		out.Note(text(p.Arn), "its metadata cannot be read: "+sayable(err.Error()))
	}
	set(attrs, "entityID", entity)
	var list []map[string]any
	for _, c := range certs {
		one := map[string]any{"sha256": c.SHA256}
		set(one, "subject", c.Subject)
		if !c.NotAfter.IsZero() {
			one["not_after"] = stamp(when{Time: c.NotAfter})
		}
		list = append(list, one)
	}
	if len(list) > 0 {
		attrs["certificates"] = list
	}
	ref := a.emitProvider(out, "saml_provider", name, p.Arn)
	a.describeProvider(out, ref, drover.Node{Type: "aws.iam.saml_provider"}, p.Tags, attrs)
	say(under(out, ref, "dates"), drover.Node{Ref: ref, Kind: drover.KindResource, Type: "aws.iam.saml_provider", Created: p.CreateDate.Time, Expires: p.ValidUntil.Time}, nil)
	for _, c := range certs {
		out.Edge(drover.Edge{From: ref, To: drover.UnseenRef("x509:" + c.SHA256), Kind: drover.EdgeTrusts, Proof: "signing certificate in the SAML metadata"})
	}
}

// maxMetadata bounds SAML metadata; IAM takes 10 MB.
const maxMetadata = 12 << 20

// samlMetadata returns the entity that metadata describes and the certificates by
// which it signs (OASIS SAML 2.0 Metadata, 2.4.1.1: a key without use is for
// signing too), each once, in order of their hash.
func samlMetadata(doc string) (entity string, certs []cert.Certificate, err error) {
	if doc == "" {
		return "", nil, nil
	}
	if len(doc) > maxMetadata {
		return "", nil, fmt.Errorf("%d bytes, more than %d: %w", len(doc), maxMetadata, drover.ErrInvalid)
	}
	var m struct {
		EntityID string `xml:"entityID,attr"`
		IDP      []struct {
			Keys []struct {
				Use   string   `xml:"use,attr"`
				Certs []string `xml:"KeyInfo>X509Data>X509Certificate"`
			} `xml:"KeyDescriptor"`
		} `xml:"IDPSSODescriptor"`
	}
	if err := xml.Unmarshal([]byte(doc), &m); err != nil {
		return "", nil, fmt.Errorf("no SAML metadata: %w", err)
	}
	seen := map[string]bool{}
	for _, idp := range m.IDP {
		for _, k := range idp.Keys {
			if k.Use != "" && k.Use != "signing" {
				continue
			}
			for _, text := range k.Certs {
				b, perr := cert.Parse([]byte("-----BEGIN CERTIFICATE-----\n"+strings.Join(strings.Fields(text), "\n")+"\n-----END CERTIFICATE-----\n"), cert.Options{})
				if perr != nil || len(b.Certs) == 0 {
					err = fmt.Errorf("a signing certificate is none: %w", drover.ErrInvalid)
					continue
				}
				if c := b.Certs[0]; !seen[c.SHA256] && len(certs) < 100 {
					seen[c.SHA256] = true
					certs = append(certs, c)
				}
			}
		}
	}
	slices.SortFunc(certs, func(a, b cert.Certificate) int { return strings.Compare(a.SHA256, b.SHA256) })
	return m.EntityID, certs, err
}
