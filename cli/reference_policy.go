package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/droverhq/drover/check/custom"
)

// policyReference is the page about the words of checks that our users write.
func policyReference(w io.Writer) {
	fmt.Fprint(w, "# Words of checks and assertions\n\n"+generated+policyHead)
	for _, f := range custom.Fields {
		name := "`" + f.Name + "`"
		if f.Reserved {
			name = "`node." + f.Name + "`"
		}
		help := escapes.Replace(f.Help)
		if len(f.Values) > 0 {
			help += ": " + strings.Join(f.Values, ", ")
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", name, f.Type, help)
	}
	fmt.Fprint(w, "\n## Functions\n\n| written | means |\n|---|---|\n")
	for _, f := range custom.Functions {
		fmt.Fprintf(w, "| `%s` | %s |\n", f.Form, escapes.Replace(f.Help))
	}
	fmt.Fprint(w, "\nBeside these: CEL's own operators and functions (`&&`, `||`, `!`, `? :`, `in`, `==`, `<`, `+`; `size`, `matches`, `startsWith`, `endsWith`, `contains`, `has`, `exists`, `all`, `exists_one`, `filter`, `map`, `timestamp`).\n"+assertionHead)
	for _, s := range custom.AssertionForms {
		fmt.Fprintf(w, "| `%s` | %s |\n", s.Form, escapes.Replace(s.Help))
	}
	fmt.Fprintf(w, "\nNouns: %s. `has` knows: %s. `is` knows the words of the fields above, and: %s.\n", strings.Join(custom.Nouns(), ", "), strings.Join(custom.HasWords(), ", "), strings.Join(custom.IsWords(), ", "))
}

const policyHead = `Checks of your own are expressions of [CEL](https://cel.dev) over a node. Its fields are variables: ` + "`env == \"prod\" && owner == \"\"`" + `. Nodes that hang on it are lists of nodes with the
same fields: ` + "`credentials.exists(c, c.secret_age > duration(\"90d\") && !c.off)`" + `.

**Unknown is a value of its own.** A comparison with a fact that nobody knows is unknown, and so is its negation; ` + "`false && unknown`" + ` is false, ` + "`true || unknown`" + ` is true. A check that comes to unknown does not
fire: the node is counted as undecided, with the facts that are missing. ` + "`known(x)`" + ` asks whether x is known; ` + "`has(attrs.x)`" + ` whether the source delivered x.

Expressions are checked when they are read: a name that is not below, a word that a field never has, a type that does not fit are errors with file, line and column. Work is bounded for each node.

## Fields

| field | type | meaning |
|---|---|---|
`

const assertionHead = `
## Assertions

A sentence about all nodes that a selector picks; what is switched off breaks none.

` + "```" + `
[no | every] [ENVIRONMENT] NOUN | NHI TYPE [(FILTER)] PREDICATE
` + "```" + `

| predicate | holds where |
|---|---|
`
