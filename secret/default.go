package secret

import (
	_ "embed"
	"sync"
)

// The rule file is replaced by: go run ./secret/refresh FILE

//go:embed rules/gitleaks.toml
var gitleaksRules []byte

//go:embed rules/drover.toml
var droverRules []byte

var parsed = sync.OnceValues(func() (gitleaks, own *Rules) {
	return mustParse(gitleaksRules), mustParse(droverRules)
})

// mustParse reads a rule file that the tests have read before.
func mustParse(data []byte) *Rules {
	r, err := ParseRules(data)
	if err != nil {
		panic(err)
	}
	return r
}

// Gitleaks returns the default rule set of gitleaks as it is published.
func Gitleaks() *Rules {
	r, own := parsed()
	return &Rules{Rules: r.Rules, Allowlists: r.Allowlists, Classes: own.Classes}
}

// Own returns our own rules.
func Own() *Rules { _, own := parsed(); return own }

// Default returns the scanner with the gitleaks rules and our own. It is
// compiled when first asked for, once per process.
var Default = sync.OnceValue(func() *Scanner {
	s, err := New(Gitleaks(), Own())
	if err != nil {
		panic(err)
	}
	return s
})
