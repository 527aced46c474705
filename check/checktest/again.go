package checktest

import (
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/google/go-cmp/cmp"
)

// mark stands in every hostile name, so that a name is found again in a command.
const mark = "zqxmark"

// hostile are names that systems really let their users give.
var hostile = []string{
	mark + "'; touch x; $(id) `id` \" | & > < * ? ~ # \\",
	"<script>alert(" + mark + ")</script>",
	"=HYPERLINK(\"" + mark + "\")",
	"\x1b[31m" + mark + "\x1b[0m\r\n\x00\x07 \xff\xfe",
	"\u202e" + mark + "\u2066\u200b\u2028",
	strings.Repeat("A"+mark+" ", 1200),
	"-" + mark + " --help",
	"../../" + mark + " %s %n {{.}} ${x}",
}

// again asks the check about the same estate in other clothes: once more, which
// must say the same; with other names, which must be seen in the sentences; with
// hostile names, none of which may get through.
func (n *notation) again(t *testing.T, c *check.Check, o *options, first *result) {
	if d := cmp.Diff(first.findings, ask(t, c, n.build(t, o)).findings); d != "" {
		t.Errorf("asked twice, the check says different things:\n%s", d)
	}
	if len(first.findings) == 0 {
		return
	}
	facts := n.conclusions(t)
	renamed := ask(t, c, n.renamed(facts, func(_ int, name string) string {
		if name == "" {
			return ""
		}
		return "r7" + name
	}).build(t, o))
	n.differ(t, first, renamed)
	for k := range hostile {
		h := n.renamed(facts, func(i int, _ string) string { return hostile[(i+k)%len(hostile)] })
		ask(t, c, h.build(t, o)).contract(t)
	}
}

// differ wants the sentence of every finding to name its subject.
func (n *notation) differ(t *testing.T, first, renamed *result) {
	was := map[string]*drover.Finding{}
	for i := range first.findings {
		was[first.findings[i].Key()] = &first.findings[i]
	}
	for i := range renamed.findings {
		f := &renamed.findings[i]
		old := was[f.Key()]
		if old == nil || check.Clean(f.Subject.Name) == check.Clean(old.Subject.Name) {
			continue
		}
		if f.What == old.What {
			t.Errorf("%s: its subject was renamed from %q to %q and the sentence stays %q: write p.Say(row) in it", f.Key(), old.Subject.Name, f.Subject.Name, f.What)
		}
	}
}
