package classify

// A phrase is a lower-case word or words to be found in free text, with the set
// of its letters: a text that lacks one of them need not be searched.
type phrase struct {
	text    string
	letters uint32
}

func newPhrases(texts ...string) []phrase {
	out := make([]phrase, len(texts))
	for i, t := range texts {
		out[i] = phrase{t, letters([]byte(t))}
	}
	return out
}

// letters is the set of ASCII letters in b, case folded, one bit each.
func letters(b []byte) (set uint32) {
	for _, c := range b {
		if c |= 0x20; 'a' <= c && c <= 'z' {
			set |= 1 << (c - 'a')
		}
	}
	return set
}

// anyWord returns the first phrase that v holds, "" if none.
func anyWord(v []byte, phrases []phrase) string {
	v = cap4k(v)
	have := letters(v)
	for i := range phrases {
		if p := &phrases[i]; p.letters&^have == 0 && containsFold(v, p.text) {
			return p.text
		}
	}
	return ""
}
