// Package secret finds, fingerprints and decodes secrets in bytes.
//
// What a secret looks like is data: the gitleaks default rule set, unmodified,
// in rules/gitleaks.toml, and rules of our own for what it lacks in
// rules/drover.toml. How it is found is code: a scan has the meaning that
// gitleaks v8.30 gives to the same rules (keywords, regular expression, secret
// group, entropy, path, allow-lists, "gitleaks:allow" comments, values that are
// percent, unicode, hex or base64 encoded), but runs a regular expression only
// where a match is possible at all.
//
// How that works, file by file: cut.go takes from each regular expression the
// literals that every match must hold and the byte classes around them (item.go);
// automaton.go looks for all literals of all rules in one pass; extent.go bounds
// how far a match may reach around a literal, which gives a window that cannot cut
// one; match.go and find.go run the expression over the windows only, as a lazily
// made automaton (program.go, dfa.go) with a bounded amount of work, and apply
// entropy and allow-lists. plain_test.go is the oracle: the same meaning without
// any of that. What no rule of shape can find, assign.go finds by the name that a
// value is given to, if plausible.go agrees.
//
// Where texts come in versions, change.go scans only what differs from the version
// before (ScanChanged), and view.go says which paths need no scan of their own.
//
// A found value is a drover.Secret and leaves this package in no other form.
// Identify says, without network, whose it is; ByName decides for structured
// sources (environment variables, settings) by the name; Redact scrubs text.
package secret
