package classify

import "strings"

// A lexeme is all that the vocabulary knows of one word, so that a piece of a
// name is looked up once.
type lexeme struct {
	typ, env, instance   word
	purpose              string
	whole, prefix, opens bool // opens: the first word of a compound such as "api-gateway"
}

// unheard is the lexeme of a word that the vocabulary lacks.
var unheard = &lexeme{}

// compileLexemes gathers the tables of words under each word.
func (v *vocab) compileLexemes() {
	v.lex = map[string]*lexeme{}
	at := func(w string) *lexeme {
		l := v.lex[w]
		if l == nil {
			l = &lexeme{}
			v.lex[w] = l
		}
		return l
	}
	for w, x := range v.types {
		at(w).typ = x
	}
	for w, x := range v.envs {
		at(w).env = x
	}
	for w, x := range v.instances {
		at(w).instance = x
	}
	for w, p := range v.purposes {
		at(w).purpose = p
		if first, _, ok := strings.Cut(w, "-"); ok {
			at(first).opens = true
		}
	}
	for w := range v.whole {
		at(w).whole = true
	}
	for w := range v.prefixes {
		at(w).prefix = true
	}
}

// lexeme is never nil.
func (v *vocab) lexeme(w string) *lexeme {
	if l := v.lex[w]; l != nil {
		return l
	}
	return unheard
}
