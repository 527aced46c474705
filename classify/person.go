package classify

import (
	"strings"
	"unicode"
)

// names weighs the name: +2 for a service's, -2 for a person's, never decisive.
// The pitfalls stand here: "svc.martin" may be a Mr Martin, "adm-jsmith" is a
// person's second account, "kiosk" is used by whoever stands before it.
func (c *Classifier) names(t *tally, in *Input, x *fields, p *NameParts) {
	if p.Long || in.Name == "" {
		return
	}
	if p.Bot {
		t.add(GroupName, 2, "its name ends in [bot]", "")
		return
	}
	if p.SSO {
		t.add(GroupName, -2, "is a permission set that people reach by single sign-on", "")
		return
	}
	if p.Machine {
		t.add(GroupName, 2, "its name ends in $", "")
		return
	}
	var w [8]string
	n, seps := c.words(in.Name, &w)
	if n == 0 {
		return
	}
	// "room-booking-api" is a service, "room-2" is a room.
	service := n > 1 && (p.Type.Confidence >= 0.8 || p.Function.Confidence >= 0.85)
	if s := c.sharedWord(in, w[:n], service); s != "" {
		t.share(GroupName, "its name stands for something that people share", s)
		return
	}
	if n == 1 && builtins[w[0]] {
		t.share(GroupName, "its name is that of the built-in account, which no one person owns", w[0])
		return
	}
	k := c.person(w[:n], seps, p)
	t.full = n > 1 && (k == personName || k == maybePerson)
	switch k {
	case secondAccount:
		t.add(GroupName, -2, "its name is that of a person's second account", "")
	case maybeSecond:
		t.add(GroupName, -1.5, "its name looks like a person's second account", "")
	case personName:
		t.add(GroupName, -2, "its name is a person's name", "")
	case maybePerson:
		t.add(GroupName, -1.5, "its name looks like a person's", "")
	case ambiguousName:
		t.add(GroupName, 0, "its name may be a person's or a service's", "")
	default:
		c.serviceName(t, p, w[:n])
	}
	c.displayed(t, in, x)
}

// displayed weighs the name that people are shown, where it is another.
func (c *Classifier) displayed(t *tally, in *Input, x *fields) {
	s := scalar(firstOf(x, displayAttrs...))
	if s == "" || s == in.Name {
		if s = in.Name; strings.IndexByte(s, ' ') > 0 && c.display(s) == maybePerson && !t.full {
			t.person = true
			t.add(GroupName, -1, "its name may be a person's, written out", "")
		}
		return
	}
	k := c.display(s)
	if k != notPerson && initialed(in.Name, s) {
		t.person = true
		t.add(GroupName, -2, "its name is the initial and family name of the person displayed", "")
		return
	}
	switch k {
	case personName:
		t.person = true
		t.add(GroupName, -1.5, "its display name is a person's", "")
	case maybePerson:
		t.person = true
		t.add(GroupName, -0.7, "its display name may be a person's", "")
	case notPerson:
		t.service = true
		t.add(GroupName, 1, "its display name has words of a service", s)
	}
}

// initialed reports whether an account name is put together from the first letter
// of one word of a displayed name and another of its words: "plindgren" of "Per
// Lindgren", "weidnerk" of "K Weidner". Nobody names services so.
func initialed(name, shown string) bool {
	var p NameParts
	from, to := core(name, &p)
	s := strings.TrimRight(name[from:to], "0123456789")
	if len(s) < 4 || len(s) > 40 || len(shown) > 60 {
		return false
	}
	var words [5]string
	n := 0
	for w := range strings.FieldsFuncSeq(shown, func(r rune) bool { return strings.ContainsRune(" ,.()'-_", r) }) {
		if n < len(words) {
			words[n] = w
			n++
		}
	}
	for i, family := range words[:n] {
		if len(family) < 3 || len(s) <= len(family) || len(s) > len(family)+2 {
			continue
		}
		first := ""
		switch k := len(family); {
		case strings.EqualFold(s[len(s)-k:], family):
			first = s[:len(s)-k]
		case strings.EqualFold(s[:k], family):
			first = s[k:]
		}
		if first = strings.Trim(first, "._-"); first == "" {
			continue
		}
		for j, w := range words[:n] {
			if j != i && len(w) >= len(first) && strings.EqualFold(w[:len(first)], first) {
				return true
			}
		}
	}
	return false
}

// sharedWord returns the word of a name that stands for something several people
// use; "": none. "guest" counts at either end only when no person's name follows.
func (c *Classifier) sharedWord(in *Input, w []string, service bool) string {
	for i, s := range w {
		base := strings.TrimRight(s, "0123456789")
		switch {
		case base == "shared", sharedPart(base):
			return s
		case base == "guest" && i == 0 && len(w) > 1:
		case c.vocab.shared[base] && !service:
			return s
		}
		if i > 0 && w[i-1] == "break" && base == "glass" {
			return "break glass"
		}
	}
	if len(w) == 1 && c.vocab.mailboxes[w[0]] && strings.IndexByte(in.Name, '@') > 0 {
		return w[0]
	}
	return ""
}

func (c *Classifier) serviceName(t *tally, p *NameParts, w []string) {
	switch p.Type.Value {
	case "svc", "sa", "gmsa", "msa", "dmsa", "rpa":
		t.marked = p.Type.Confidence >= 0.8
	}
	switch {
	case p.Type.Confidence >= 0.8:
		t.service = true
		t.add(GroupName, 2, "its name begins or ends with a word for services", p.Type.Text)
	case p.Type.Known():
		t.service = true
		t.add(GroupName, 1.8, "its name is that of a tool or task", p.Type.Text)
	case p.Function.Confidence >= 0.85:
		t.service = true
		t.add(GroupName, 1.7, "its name says what it does", p.Function.Text)
	case c.gluedName(t, w):
	case p.Env.Value == "test" || p.Env.Value == "demo" || p.Env.Value == "dev": // test.user1 and jo-dev are as often people's
		t.add(GroupName, 0.5, "its name contains an environment", p.Env.Text)
	case p.Env.Value != "" && p.Env.Confidence >= 0.9:
		t.add(GroupName, 1.6, "its name contains an environment", p.Env.Text)
	case p.Location.Value != "" && p.Location.Confidence > 0.8:
		t.add(GroupName, 1.6, "its name contains a region", p.Location.Text)
	}
}

// gluedName looks for words of services written without a border.
func (c *Classifier) gluedName(t *tally, w []string) bool {
	for _, s := range w {
		s = strings.TrimRight(s, "0123456789")
		switch {
		case marked(s):
			t.marked, t.service = true, true
			t.add(GroupName, 2, "its name begins or ends with a word for services", s)
			return true
		case c.vocab.glued(s):
			t.service = true
			t.add(GroupName, 1.7, "its name is put together from words of services", s)
			return true
		}
	}
	return false
}

type nameKind uint8

const (
	notPerson nameKind = iota
	personName
	maybePerson
	secondAccount
	maybeSecond
	ambiguousName
)

// words splits the local part into at most eight lower-case words and returns
// the separators between them.
func (c *Classifier) words(name string, w *[8]string) (n int, seps string) {
	var skip NameParts
	from, to := core(name, &skip)
	s := strings.ToLower(name[from:to])
	at := 0
	for i := 0; i <= len(s) && n < len(w); i++ {
		if i < len(s) && strings.IndexByte("-_. +:/", s[i]) < 0 {
			continue
		}
		if i > at {
			w[n] = s[at:i]
			n++
		}
		at = i + 1
	}
	if n > 1 {
		if i := strings.IndexAny(s, "-_. +:/"); i >= 0 {
			seps = s[i : i+1]
		}
	}
	return n, seps
}

// person judges the words of a name.
func (c *Classifier) person(w []string, sep string, p *NameParts) nameKind {
	switch len(w) {
	case 1:
		if foreign(w[0]) {
			return maybePerson
		}
		return c.onePerson(w[0])
	case 2:
		return c.twoPerson(w[0], w[1], sep)
	case 3:
		for _, e := range [...]int{0, 2} {
			if secondMarks[w[e]] {
				a, b := w[1], w[2]
				if e == 2 {
					a, b = w[0], w[1]
				}
				if k := c.twoPerson(a, b, sep); k == personName || k == maybePerson {
					return secondAccount
				}
			}
		}
		if c.vocab.given[w[0]] && len(w[1]) == 1 && c.plainName(w[2]) {
			return personName
		}
		if c.vocab.given[w[0]] && c.vocab.family[w[2]] {
			return personName
		}
	}
	return notPerson
}

func (c *Classifier) onePerson(s string) nameKind {
	base := strings.TrimRight(s, "0123456789")
	digits := len(s) - len(base)
	switch {
	case c.vocab.given[base] && digits <= 4 && !c.technical(base):
		return maybePerson
	case c.vocab.given[base] && digits <= 4:
		return ambiguousName
	case digits <= 3 && len(base) > 3 && len(base) <= 20 && c.vocab.family[base[1:]] && !c.technical(base):
		return personName // jsmith
	case digits <= 3 && len(base) > 4 && c.vocab.family[base] && !c.technical(base):
		return maybePerson
	case digits >= 3 && digits <= 6 && len(base) >= 1 && len(base) <= 3 && alpha(base) && !c.technical(base):
		return maybePerson // ab1234: initials and a number
	}
	if len(base) >= 6 && digits <= 2 && !c.technical(base) && alpha(base) && !c.vocab.glued(base) {
		for _, e := range surnames {
			if strings.HasSuffix(base, e) {
				return maybePerson
			}
		}
	}
	for i := 3; i < len(base)-2; i++ { // johnsmith
		if c.vocab.given[base[:i]] && c.vocab.family[base[i:]] && !c.technical(base) {
			return personName
		}
	}
	return notPerson
}

func (c *Classifier) twoPerson(a, b, sep string) nameKind {
	b = strings.TrimRight(b, "0123456789")
	techA, techB := c.technical(a), c.technical(b)
	nameA, nameB := c.vocab.given[a], c.vocab.given[b] || c.vocab.family[b]
	switch {
	case secondMarks[a] && !techB && c.ownName(b), secondMarks[b] && !techA && c.ownName(a):
		return secondAccount
	case ownMarks[a] && !techB && len(b) >= 4 && alpha(b), ownMarks[b] && !techA && len(a) >= 4 && alpha(a):
		return maybeSecond
	case nameA && (nameB || !techB && c.plainName(b)):
		return personName
	case c.vocab.family[a] && c.vocab.given[b]:
		return personName // smith.jane
	case sep == "." && techA && !techB && nameB, techA && c.vocab.family[b] && !techB:
		return ambiguousName // svc.martin, robot.smith
	case sep == "." && techB && c.vocab.given[a] && !techA:
		return ambiguousName // jack.daemon
	case sep == "." && len(a) == 1 && !techB && c.plainName(b), len(b) == 1 && !techA && len(a) >= 3 && alpha(a) && alpha(b):
		return maybePerson // j.doe, doe_j
	case sep == "." && !techA && !techB && c.plainName(a) && c.plainName(b):
		return maybePerson
	case !techA && !techB && nameB && c.plainName(a) && sep != "":
		return maybePerson
	}
	return notPerson
}

// foreign reports whether a word has no ASCII letter: what services are called,
// they are called in Latin letters.
func foreign(s string) bool {
	for i := range len(s) {
		if s[i] < 0x80 {
			return false
		}
	}
	return s != ""
}

// ownName accepts what may follow "adm-": a person's name or an account name
// made of one.
func (c *Classifier) ownName(s string) bool {
	return c.onePerson(s) != notPerson && c.onePerson(s) != ambiguousName
}

// technical reports whether a word belongs to the vocabulary of services.
func (c *Classifier) technical(s string) bool {
	return c.vocab.tech[s]
}

// plainName accepts two to twenty letters.
func (c *Classifier) plainName(s string) bool { return len(s) >= 2 && len(s) <= 40 && alpha(s) }

func alpha(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && r < 0x80 && r != '\'' {
			return false
		}
	}
	return s != ""
}

// display judges a name with spaces as people are shown it: "Jane Doe" and "Doe,
// Jane" are a person's when one word is a known name, may be a person's when all
// are capitalised and none is of services, and are a service's (notPerson) when a
// word of services stands in it and no known name does. Anything else says nothing.
func (c *Classifier) display(s string) nameKind {
	if len(s) > 60 {
		return ambiguousName
	}
	n, known, tech, plain := 0, false, 0, true
	for f := range strings.FieldsFuncSeq(s, func(r rune) bool {
		return r == ' ' || r == ',' || r == '(' || r == ')' || r == '_' || unicode.IsSpace(r)
	}) {
		l := strings.ToLower(strings.Trim(f, ".-"))
		n++
		switch {
		case c.vocab.given[l] || c.vocab.family[l]:
			known = true
		case c.technical(l) || len(l) > 3 && c.technical(strings.TrimSuffix(l, "s")):
			tech++
		case l == "admin" || l == "adm" || l == "ext" || l == "external" || particles[l]:
			n--
		case f == l || !alpha(l):
			plain = plain && !ascii(l)
		}
	}
	switch {
	case known && tech == 0 && plain && n >= 2 && n <= 4:
		return personName
	case tech == 0 && plain && n >= 2 && n <= 4:
		return maybePerson
	case tech > 0 && !known:
		return notPerson
	}
	return ambiguousName
}

// particles stand inside names of people.
var particles = map[string]bool{"van": true, "von": true, "de": true, "der": true, "den": true, "da": true, "do": true, "dos": true, "di": true, "la": true, "le": true, "el": true, "al": true, "bin": true, "ter": true, "zu": true}
