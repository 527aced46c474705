package classify

import "strings"

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
	for _, s := range w[:n] {
		if base := strings.TrimRight(s, "0123456789"); base == "shared" || sharedNames[base] && !service {
			t.share(GroupName, "its name is of something that people share", s)
			return
		}
	}
	if n == 1 && (w[0] == "root" || w[0] == "administrator" || w[0] == "admin") {
		t.add(GroupName, 0, "its name is of an account that nobody owns", w[0])
		return
	}
	switch k := c.person(w[:n], seps, p); k {
	case secondAccount:
		t.add(GroupName, -2, "its name is of a person's second account", "")
	case maybeSecond:
		t.add(GroupName, -1.5, "its name looks like a person's second account", "")
	case personName:
		t.add(GroupName, -2, "its name is of a person", "")
	case maybePerson:
		t.add(GroupName, -1.5, "its name looks like a person's", "")
	case ambiguousName:
		t.add(GroupName, 0, "its name may be a person's or a service's", "")
	default:
		c.serviceName(t, p)
	}
	if s := scalar(firstOf(x, "displayName", "display_name", "real_name", "cn", "name", "gecos")); s != "" && s != in.Name && c.displayPerson(s) {
		t.add(GroupName, -1.5, "is displayed with a person's name", "")
	}
}

func (c *Classifier) serviceName(t *tally, p *NameParts) {
	switch p.Type.Value {
	case "svc", "sa", "gmsa", "msa", "dmsa", "rpa":
		t.marked = p.Type.Confidence >= 0.8
	}
	switch {
	case p.Type.Confidence >= 0.8:
		t.add(GroupName, 2, "its name begins or ends in a type of service", p.Type.Text)
	case p.Type.Known():
		t.add(GroupName, 1.8, "its name is of a tool or task", p.Type.Text)
	case p.Function.Confidence >= 0.85:
		t.add(GroupName, 1.7, "its name speaks of a function", p.Function.Text)
	case p.Env.Value == "test" || p.Env.Value == "demo" || p.Env.Value == "dev": // test.user1 and jo-dev are as often people's
		t.add(GroupName, 0.5, "its name speaks of an environment", p.Env.Text)
	case p.Env.Value != "" && p.Env.Confidence >= 0.9:
		t.add(GroupName, 1.6, "its name speaks of an environment", p.Env.Text)
	case p.Location.Value != "" && p.Location.Confidence > 0.8:
		t.add(GroupName, 1.6, "its name speaks of a region", p.Location.Text)
	}
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
	case sep == "." && len(a) == 1 && !techB && c.plainName(b):
		return maybePerson
	case sep == "." && !techA && !techB && c.plainName(a) && c.plainName(b):
		return maybePerson
	case !techA && !techB && nameB && c.plainName(a) && sep != "":
		return maybePerson
	}
	return notPerson
}

// ownName accepts what may follow "adm-": a person's name or an account name
// made of one.
func (c *Classifier) ownName(s string) bool {
	return c.onePerson(s) != notPerson && c.onePerson(s) != ambiguousName
}

// technical reports whether a word belongs to the vocabulary of services.
func (c *Classifier) technical(s string) bool {
	v := c.vocab
	if w, ok := v.envs[s]; ok && w.how == strong {
		return true
	}
	_, typ := v.types[s]
	return typ || v.purposes[s] != "" || v.whole[s] || v.prefixes[s]
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

// displayPerson accepts "Jane Doe" and "Doe, Jane": two or three capitalised
// words, none of the vocabulary of services, one of them a known name.
func (c *Classifier) displayPerson(s string) bool {
	if len(s) > 60 {
		return false
	}
	n, known := 0, false
	for f := range strings.FieldsSeq(strings.ReplaceAll(s, ",", " ")) {
		l := strings.ToLower(f)
		if f == l || c.technical(l) || !alpha(strings.TrimSuffix(l, ".")) {
			return false
		}
		known = known || c.vocab.given[l] || c.vocab.family[l]
		n++
	}
	return known && (n == 2 || n == 3)
}
