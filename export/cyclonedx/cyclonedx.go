// Package cyclonedx writes an inventory as a CycloneDX bill of materials:
// identities as components, credentials as cryptographic assets (CBOM).
package cyclonedx

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// Format is CycloneDX as JSON.
var Format = &export.Format{
	Name: "cyclonedx",
	Doc: `A CycloneDX ` + version + ` document in JSON with one component a node; ` + "`bom-ref`" + ` is the ref. Certificates are cryptographic assets with subject, issuer and validity; other credentials are cryptographic assets too, as related material: password, token, private key, public key, secret key, else credential, with the dates that are known; a value is never in it.
Identities and workloads are components of the type that fits: container, device, else application. Resources and places are data, other kinds are passed over, since the standard has no place for them: people and groups are no components, and edges would claim dependencies. What CycloneDX has no field for is in properties whose names begin with ` + "`drover:`" + `; a property that is not there is not known.
Characters that cannot be seen or that turn the direction of text are written as \u{...}; texts are cut at 2,000 bytes, and a bom-ref of more bytes is its beginning and the SHA-256 of it all.`,
	MediaType: "application/vnd.cyclonedx+json; version=" + version,
	Ending:    ".cdx.json",
	Write:     write,
}

const version = "1.6"

// document is what stands before the components.
type document struct {
	Format   string   `json:"bomFormat"`
	Spec     string   `json:"specVersion"`
	Version  int      `json:"version"`
	Metadata metadata `json:"metadata"`
}

type metadata struct {
	Timestamp  string     `json:"timestamp,omitempty"`
	Tools      tools      `json:"tools"`
	Properties []property `json:"properties,omitempty"`
}

type tools struct {
	Components []component `json:"components"`
}

func write(ctx context.Context, w io.Writer, head export.Head, records iter.Seq2[drover.Record, error]) error {
	b := bufio.NewWriter(w)
	doc := document{"CycloneDX", version, 1, metadata{Timestamp: stamp(head.Now), Tools: tools{[]component{{Type: "application", Name: "drover", Version: export.Line(head.Tool)}}}}}
	if head.Subject != "" {
		doc.Metadata.Properties = append(doc.Metadata.Properties, property{"drover:filter", export.Line(head.Subject)})
	}
	for _, g := range head.Gaps {
		doc.Metadata.Properties = append(doc.Metadata.Properties, property{"drover:not_analysed", export.Line(g)})
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("write cyclonedx: %w", err)
	}
	// The components are written as they come, into the object before its brace.
	if _, err := fmt.Fprintf(b, "%s,\n\"components\":[", raw[:len(raw)-1]); err != nil {
		return fmt.Errorf("write cyclonedx: %w", err)
	}
	sep := "\n"
	for r, err := range records {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if r.Node == nil {
			continue
		}
		c, ok := of(r.Node)
		if !ok {
			continue
		}
		raw, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("write cyclonedx: %w", err)
		}
		if _, err := fmt.Fprintf(b, "%s%s", sep, raw); err != nil {
			return fmt.Errorf("write cyclonedx: %w", err)
		}
		sep = ",\n"
	}
	if _, err := fmt.Fprint(b, "]}\n"); err != nil {
		return fmt.Errorf("write cyclonedx: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write cyclonedx: %w", err)
	}
	return nil
}

// stamp is a time as the schema's date-time; "" where it is not known, or where
// RFC 3339 has no words for it.
func stamp(t time.Time) string {
	if t = t.UTC(); t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return ""
	}
	return t.Format(time.RFC3339)
}
