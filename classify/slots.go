package classify

import "strings"

// environment finds the one strong word of environment; two that disagree are
// both reported and none is chosen. A weak word counts only alone.
func (t *tokenizer) environment(p *NameParts) {
	t.splitGlued()
	best, other := -1, -1
	var w word
	for i := range t.n {
		k := &t.tok[i]
		if k.slot != SlotNone || k.digits || k.glued || i+1 < t.n && t.tok[i+1].glued && !t.envNumber(i) {
			continue
		}
		e := k.lex.env
		if e.how == 0 || e.how == weak && !t.weakEnv(i) {
			continue
		}
		switch {
		case best < 0 || e.how > w.how:
			best, other, w = i, -1, e
		case e.how == w.how && e.canon != w.canon:
			other = i
		}
	}
	switch {
	case best < 0:
		t.ambiguousInt(p)
	case t.negated(best):
		t.mark(best-1, best, SlotEnv)
		p.Env = Part{Value: "nonprod", Text: t.raw(best-1, best), Confidence: 0.9}
		if t.tok[best-1].text == "pre" {
			p.Env.Value = "staging"
		}
	case other >= 0:
		t.tok[best].slot, t.tok[other].slot = SlotEnv, SlotEnv
		p.Env = Part{Text: t.raw(best, best), Confidence: 0.5, Alternatives: []string{w.canon, t.tok[other].lex.env.canon}}
	default:
		t.tok[best].slot = SlotEnv
		p.Env = Part{Value: w.canon, Text: t.raw(best, best), Confidence: 0.9}
		if w.how == weak {
			p.Env.Confidence = 0.5
		}
	}
}

// envNumber allows an environment to carry its own number: dev2, test01.
func (t *tokenizer) envNumber(i int) bool {
	return t.tok[i+1].digits && len(t.tok[i+1].text) <= 3 && (i+2 >= t.n || !t.tok[i+2].glued) && t.tok[i].lex.env.how == strong
}

// weakEnv accepts a weak word only as a word of its own in a name of at least
// two, and a single letter only where a type or another letter code stands before it.
func (t *tokenizer) weakEnv(i int) bool {
	if t.n < 2 || !t.edge(i, i) {
		return false
	}
	if len(t.tok[i].text) > 1 {
		return true
	}
	if i == 0 {
		return t.n >= 3
	}
	return t.tok[i-1].lex.typ.how != 0 && i == 1 && t.n >= 3
}

// negated reports "non-prod" and "pre-prod".
func (t *tokenizer) negated(i int) bool {
	if i == 0 || t.tok[i].lex.env.canon != "prod" || t.tok[i-1].slot != SlotNone {
		return false
	}
	s := t.tok[i-1].text
	return s == "non" || s == "not" || s == "pre"
}

// ambiguousInt keeps both readings of "int": integration and internal.
func (t *tokenizer) ambiguousInt(p *NameParts) {
	for i := range t.n {
		if k := &t.tok[i]; k.text == "int" && k.slot == SlotNone && t.n > 1 && t.edge(i, i) {
			k.slot = SlotEnv
			p.Env = Part{Text: t.raw(i, i), Confidence: 0.5, Alternatives: []string{"integration", "internal"}}
			return
		}
	}
}

// splitGlued takes "sqlprod01" apart: a known function word, an environment, and
// up to three digits that end the word; or a mark of services at its beginning
// ("svccrm27"). Without the digit nothing is split ("productapi").
func (t *tokenizer) splitGlued() {
	for i := 0; i+1 < t.n; i++ {
		k := t.tok[i]
		if k.slot != SlotNone || k.digits || k.glued || t.n == maxTokens || k.end-k.start != len(k.text) || !t.tok[i+1].glued || len(t.tok[i+1].text) > 3 || !t.tok[i+1].digits || i+2 < t.n && t.tok[i+2].glued {
			continue
		}
		for cut := len(k.text) - 2; cut >= 2; cut-- {
			head, tail := k.text[:cut], k.text[cut:]
			e, ok := t.v.envs[tail]
			mark := (head == "svc" || head == "srv") && len(tail) >= 2 // svccrm27
			if !mark && (!ok || e.how != strong || t.v.purposes[head] == "" && t.v.types[head].how < strong) {
				continue
			}
			copy(t.tok[i+2:t.n+1], t.tok[i+1:t.n])
			t.n++
			t.tok[i].end, t.tok[i].text, t.tok[i].lex = k.start+cut, head, t.v.lexeme(head)
			t.tok[i+1] = token{start: k.start + cut, end: k.end, text: tail, lex: t.v.lexeme(tail), camel: true}
			break
		}
	}
}

// prefix takes the house's own first word off.
func (t *tokenizer) prefix(p *NameParts) {
	if i := t.first(); i >= 0 && t.n > 1 && t.tok[i].lex.prefix && t.edge(i, i) {
		t.tok[i].slot = SlotPrefix
		p.Prefix = Part{Value: t.tok[i].text, Text: t.raw(i, i), Confidence: 0.9}
	}
}

// instance reads the right end: up to three digits, a version, a colour, a role,
// or a letter behind digits. Digits glued to a lone word are an instance only
// where the word is not all there is.
func (t *tokenizer) instance(p *NameParts) {
	i := t.n - 1
	for i >= 0 && (t.tok[i].slot == SlotLocation || t.tok[i].slot == SlotZone || t.tok[i].slot == SlotOpaque || t.tok[i].slot == SlotEnv) {
		i--
	}
	if i < 1 {
		return
	}
	k := &t.tok[i]
	j := i
	switch {
	case k.slot == SlotNone && k.digits && len(k.text) <= 3:
		if t.tok[i-1].text == "v" && !t.tok[i-1].glued && k.glued {
			j = i - 1
		}
	case k.slot == SlotNone && k.glued && len(k.text) == 1 && t.tok[i-1].digits && len(t.tok[i-1].text) <= 3 && t.tok[i-1].slot == SlotNone:
		j = i - 1
	case k.slot == SlotNone && !k.glued && k.lex.instance.canon != "":
	default:
		return
	}
	if j == 0 {
		return
	}
	t.mark(j, i, SlotInstance)
	p.Instance = Part{Value: t.low2(j, i), Text: t.raw(j, i), Confidence: 0.9}
}

// kind finds the type: the left-most word, else the right-most.
func (t *tokenizer) kind(p *NameParts) {
	if p.Bot {
		return
	}
	f := t.first()
	if f < 0 {
		return
	}
	l := t.last()
	fw, lw := t.typeAt(f), t.typeAt(l)
	compound := f < l && t.tok[f].lex.opens && t.v.purposes[t.tok[f].text+"-"+t.tok[f+1].text] != ""
	switch {
	case fw.how == strong && !compound, fw.how == left && (lw.how != strong || l == f) && !compound:
		t.takeType(p, f, fw, 0.9)
	case lw.how == strong && l != f:
		t.takeType(p, l, lw, 0.8)
	case fw.how != 0 && f == l && !t.tok[f].glued:
		t.takeType(p, f, fw, 0.6)
	}
}

// typeAt is the type word at token i; glued letters on either side forbid it,
// digits behind do not.
func (t *tokenizer) typeAt(i int) word {
	k := &t.tok[i]
	if k.digits || k.glued || i+1 < t.n && t.tok[i+1].glued && !t.tok[i+1].digits {
		return word{}
	}
	if len(k.text) <= 2 && t.n == 1 {
		return word{}
	}
	return k.lex.typ
}

func (t *tokenizer) takeType(p *NameParts, i int, w word, conf float64) {
	t.tok[i].slot = SlotType
	p.Type = Part{Value: w.canon, Text: t.raw(i, i), Confidence: conf}
}

// function is all that is left, kept verbatim in lower case, words joined by "-".
func (t *tokenizer) function(p *NameParts) {
	first, last := -1, -1
	for i := range t.n {
		if t.tok[i].slot == SlotNone {
			t.tok[i].slot = SlotFunction
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return
	}
	conf := 0.6
	var b strings.Builder
	b.Grow(t.tok[last].end - t.tok[first].start + 4)
	for i := first; i <= last; i++ {
		k := &t.tok[i]
		if k.slot != SlotFunction {
			continue
		}
		if b.Len() > 0 && (!k.glued || t.tok[i-1].slot != SlotFunction) {
			b.WriteByte('-')
		}
		b.WriteString(k.text)
		if k.lex.purpose != "" {
			conf = 0.85
		}
	}
	p.Function = Part{Value: b.String(), Text: t.raw(first, last), Confidence: conf}
}

// low2 is the folded text of tokens i..j without separators.
func (t *tokenizer) low2(i, j int) string {
	if i == j {
		return t.tok[i].text
	}
	return t.tok[i].text + t.tok[j].text
}

// purpose is the tag of the function's first known word, read from the right:
// the last word of a function says what it does.
func (c *Classifier) purpose(function string) string {
	for rest := function; rest != ""; {
		i := strings.LastIndexByte(rest, '-')
		if j := strings.LastIndexByte(rest[:max(i, 0)], '-'); i > 0 {
			if p := c.vocab.purposes[rest[j+1:]]; p != "" {
				return p
			}
		}
		if p := c.vocab.purposes[rest[i+1:]]; p != "" {
			return p
		}
		if i < 0 {
			break
		}
		rest = rest[:i]
	}
	return ""
}
