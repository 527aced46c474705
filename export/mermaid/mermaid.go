// Package mermaid writes nodes and edges as a flowchart of Mermaid, which wikis,
// chats and code hosts draw.
package mermaid

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// Format is the flowchart.
var Format = &export.Format{
	Name: "mermaid",
	Doc: `A flowchart from left to right: a node for each node and each end of an edge, an arrow for each edge, labelled with what it is. An arrow is drawn through where the edge is proven and dotted where it is inferred or not known. A node that belongs to tier 0 is drawn with a double border, and everything is shaped by its kind:
identities and people are round, credentials and secrets are flags, resources are cylinders, the rest are boxes. At most ` + "300" + ` nodes and edges are written, the first ones; a comment at the end says how many were left out, since nobody reads more and Mermaid draws no more than 500 edges.
Every character of a label but letters and digits of ASCII, spaces and -._/ is written as Mermaid's own code for it, so that no name draws anything, ends its label or runs in the page that shows the chart. Findings, evidence and the rest are passed over.`,
	MediaType: "text/vnd.mermaid",
	Ending:    ".mermaid",
	Write:     write,
}

const (
	most     = 300 // nodes and edges
	maxLabel = 80  // characters of a name
)

// A chart is what was read so far.
type chart struct {
	ids   map[drover.Ref]int // of those that were written
	nodes []string
	edges []string
	seen  map[string]bool // edges
	left  int             // records that did not fit
}

func write(ctx context.Context, w io.Writer, _ export.Head, records iter.Seq2[drover.Record, error]) error {
	c := chart{ids: map[drover.Ref]int{}, seen: map[string]bool{}}
	for r, err := range records {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch {
		case r.Node != nil:
			c.node(r.Node.Ref, r.Node)
		case r.Edge != nil:
			c.edge(r.Edge)
		}
	}
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "flowchart LR")
	for _, list := range [][]string{c.nodes, c.edges} {
		for _, line := range list {
			fmt.Fprintf(b, "  %s\n", line)
		}
	}
	if c.left > 0 {
		fmt.Fprintf(b, "  %%%% %s more were left out\n", export.Thousands(c.left))
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write mermaid: %w", err)
	}
	return nil
}

// node is the number of a node, which is written unless it was or there is no
// room; 0: there is none.
func (c *chart) node(ref drover.Ref, n *drover.Node) int {
	if id := c.ids[ref]; id > 0 {
		return id
	}
	if len(c.nodes)+len(c.edges) >= most {
		c.left++
		return 0
	}
	id := len(c.nodes) + 1
	c.ids[ref] = id
	c.nodes = append(c.nodes, fmt.Sprintf("n%d%s", id, shaped(ref, n)))
	return id
}

func (c *chart) edge(e *drover.Edge) {
	if c.seen[e.Key()] {
		return
	}
	// An arrow that does not fit takes no ends with it.
	need := 1
	for _, end := range []drover.Ref{e.From, e.To} {
		if c.ids[end] == 0 {
			need++
		}
	}
	if len(c.nodes)+len(c.edges)+need > most {
		c.left++
		return
	}
	c.seen[e.Key()] = true
	from, to := c.node(e.From, nil), c.node(e.To, nil)
	arrow := "-->"
	if e.Grade != "" && e.Grade != drover.GradeProven {
		arrow = "-.->"
	}
	what := strings.ReplaceAll(string(e.Kind), "_", " ")
	if e.Technique != "" {
		what = e.Technique
	}
	c.edges = append(c.edges, fmt.Sprintf(`n%d %s|"%s"| n%d`, from, arrow, Label(what), to))
}

// shaped is a node with its label, in the shape of its kind. nil is a node of
// which only the ref is known.
func shaped(ref drover.Ref, n *drover.Node) string {
	if n == nil {
		_, _, _, id, _ := ref.Parts()
		return fmt.Sprintf(`["%s"]`, Label(id))
	}
	label := Label(n.Name)
	if strings.TrimSpace(n.Name) == "" {
		_, _, _, id, _ := ref.Parts()
		label = Label(id)
	}
	if n.Type != "" {
		label += "<br/>" + Label(n.Type)
	}
	if tier0, _ := n.Attrs.Bool("tier0"); tier0 {
		return fmt.Sprintf(`[["%s"]]`, label)
	}
	switch n.Kind {
	case drover.KindIdentity, drover.KindHuman:
		return fmt.Sprintf(`(["%s"])`, label)
	case drover.KindCredential:
		return fmt.Sprintf(`>"%s"]`, label)
	case drover.KindResource:
		return fmt.Sprintf(`[("%s")]`, label)
	}
	return fmt.Sprintf(`["%s"]`, label)
}

// Label writes a text so that Mermaid shows it and obeys nothing of it: what is no
// letter, digit or space of ASCII, and none of -._/, as its code (#35; is #), and what a reader cannot
// see as \u{...}. A long text is cut.
func Label(s string) string {
	s = export.Visible(s, 4*maxLabel, false)
	var b strings.Builder
	n := 0
	for _, c := range s {
		if n++; n > maxLabel {
			b.WriteString("#8230;")
			break
		}
		switch {
		case strings.ContainsRune(" -._/", c) || c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c)):
			b.WriteRune(c)
		default:
			fmt.Fprintf(&b, "#%d;", c)
		}
	}
	if strings.TrimSpace(b.String()) == "" {
		return "#8203;" // an empty label ends the parser; this one shows nothing
	}
	return b.String()
}
