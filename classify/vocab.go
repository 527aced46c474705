package classify

import (
	_ "embed"
	"strings"
)

//go:embed vocab/locations.txt
var locationsText string

//go:embed vocab/words.txt
var wordsText string

//go:embed vocab/people.txt
var peopleText string

type strength uint8

const (
	weak strength = iota + 1
	left          // a type at the left end only
	strong
)

type word struct {
	canon string
	how   strength
}

type place struct {
	provider, kind, canon string
	alts                  []place // other places with the same spelling
}

// vocab is the compiled vocabulary: read-only after compile.
type vocab struct {
	types, envs, instances map[string]word
	purposes               map[string]string // function word -> purpose tag
	whole                  map[string]bool
	places                 map[string]place    // key without separators, lower case
	maxPlace               int                 // longest key
	placeLen               [256][256]uint32    // by the first two bytes, the lengths of the keys as bits
	partial                map[string][]string // "east2" -> regions that end so
	given, family          map[string]bool
	prefixes               map[string]bool
	units                  map[string]string
	lex                    map[string]*lexeme
	tech                   map[string]bool     // every word of services: types, strong environments, functions, protected words, prefixes
	glue                   map[string]strength // words that may stand glued to others
	glueStart              [256][256]bool
	maxGlue                int
	shared, mailboxes      map[string]bool // words of what several people use; local parts of role mailboxes
}

// compileVocab reads the built-in words and adds the house's own, which win.
func compileVocab(n Naming) *vocab {
	v := &vocab{
		types: map[string]word{}, envs: map[string]word{}, instances: map[string]word{},
		purposes: map[string]string{}, whole: map[string]bool{}, places: map[string]place{},
		partial: map[string][]string{}, given: map[string]bool{}, family: map[string]bool{},
		prefixes: map[string]bool{}, units: map[string]string{}, shared: map[string]bool{}, mailboxes: map[string]bool{},
	}
	var fillers []string
	eachLine(wordsText, func(f []string) {
		if f[0] == "glue" {
			fillers = append(fillers, f[1:]...)
			return
		}
		v.addWords(f)
	})
	eachLine(locationsText, v.addPlace)
	eachLine(peopleText, func(f []string) {
		into := v.given
		if f[0] == "family" {
			into = v.family
		}
		for _, w := range f[1:] {
			into[w] = true
		}
	})
	for slot, words := range n.Vocabulary {
		for _, w := range words {
			v.addHouseWord(slot, strings.ToLower(w))
		}
	}
	for _, p := range n.Prefixes {
		v.prefixes[strings.ToLower(p)] = true
	}
	v.compileGlue(fillers)
	v.compileTech()
	v.compileLexemes()
	return v
}

func (v *vocab) compileTech() {
	v.tech = map[string]bool{}
	for w, e := range v.envs {
		if e.how == strong {
			v.tech[w] = true
		}
	}
	for w := range v.types {
		v.tech[w] = true
	}
	for w := range v.purposes {
		v.tech[w] = true
	}
	for _, m := range []map[string]bool{v.whole, v.prefixes} {
		for w := range m {
			v.tech[w] = true
		}
	}
}

func eachLine(text string, fn func(f []string)) {
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 1 && !strings.HasPrefix(f[0], "#") {
			fn(f)
		}
	}
}

func (v *vocab) addWords(f []string) {
	switch f[0] {
	case "whole", "shared", "mailbox":
		into := map[string]map[string]bool{"whole": v.whole, "shared": v.shared, "mailbox": v.mailboxes}[f[0]]
		for _, w := range f[1:] {
			into[w] = true
		}
		return
	case "function":
		for _, w := range f[2:] {
			if v.purposes[w] == "" {
				v.purposes[w] = f[1]
			}
		}
		return
	}
	canon, soft := strings.CutSuffix(f[1], "?")
	how := strong
	if soft || f[0] == "type-weak" {
		how = weak
	}
	into := v.types
	switch f[0] {
	case "type-left":
		how = left
	case "env":
		into = v.envs
	case "instance":
		into = v.instances
	}
	for _, w := range f[2:] {
		into[w] = word{canon, how}
	}
}

func (v *vocab) addPlace(f []string) {
	p := place{provider: f[0], kind: f[1], canon: f[2]}
	spellings := f[2:]
	if f[len(f)-1] == "!own" {
		spellings = f[3 : len(f)-1]
	}
	for _, s := range spellings {
		v.addSpelling(squeeze(s), p)
	}
	if p.provider != "aws" {
		return
	}
	// AWS names zones by id too ("use1-az4"), and partial names of its regions
	// ("east-2") are what people write most.
	for _, s := range f[3:] {
		for az := '1'; az <= '6'; az++ {
			v.addSpelling(s+"az"+string(az), place{"aws", "zone", p.canon, nil})
		}
	}
	if i := strings.IndexByte(p.canon, '-'); i > 0 && strings.Count(p.canon, "-") == 2 {
		v.addPartial(p.canon[i+1:], p.canon)
	}
}

func (v *vocab) addSpelling(key string, p place) {
	if old, ok := v.places[key]; ok {
		if old.canon != p.canon {
			old.alts = append(old.alts, p)
			v.places[key] = old
		}
		return
	}
	v.places[key] = p
	v.maxPlace = max(v.maxPlace, len(key))
	if len(key) > 1 {
		v.placeLen[key[0]][key[1]] |= 1 << (len(key) & 31)
	}
}

// addPartial files a region under the end of its name with and without digit.
func (v *vocab) addPartial(tail, canon string) {
	key := squeeze(tail)
	v.partial[key] = append(v.partial[key], canon)
	if key = strings.TrimRight(key, "0123456789"); key != "" {
		v.partial[key] = append(v.partial[key], canon)
	}
}

func (v *vocab) addHouseWord(slot, w string) {
	switch slot {
	case "type":
		v.types[w] = word{w, strong}
	case "env":
		canon := w
		if old, ok := v.envs[w]; ok {
			canon = old.canon
		}
		v.envs[w] = word{canon, strong}
	case "location", "region":
		if _, ok := v.places[squeeze(w)]; !ok {
			v.addSpelling(squeeze(w), place{provider: "house", kind: "site", canon: w})
		}
	case "instance", "n":
		v.instances[w] = word{w, strong}
	case "business_unit", "bu":
		v.units[w] = w
	}
}

// squeeze removes separators and folds case.
func squeeze(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c != '-' && c != '_' && c != ' ' && c != '.' {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			b.WriteByte(c)
		}
	}
	return b.String()
}
