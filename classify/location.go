package classify

import (
	"slices"
	"strings"
)

// locate finds the right-most place: the longest match of the vocabulary, then
// the patterns of data centres, then a partial name such as "east-2a". It runs
// first, so that "sa-east-1" is a region and no service account.
func (t *tokenizer) locate(p *NameParts, home []string) {
	if t.region(p, home) || t.partial(p, home) || t.site(p) {
		return
	}
}

// region matches runs of tokens against the vocabulary, longest first and
// right-most of the longest.
func (t *tokenizer) region(p *NameParts, home []string) bool {
	bestI, bestJ, bestLen := -1, -1, 0
	var best place
	var buf [48]byte
	for i := range t.n {
		first := t.tok[i].text
		if t.tok[i].glued || t.tok[i].slot != SlotNone || len(first) < 2 {
			continue
		}
		lens := t.v.placeLen[first[0]][first[1]]
		if lens == 0 {
			continue
		}
		n := 0
		for j := i; j < t.n && j < i+6 && t.tok[j].slot == SlotNone; j++ {
			if n += copy(buf[n:], t.tok[j].text); n > t.v.maxPlace || n == len(buf) {
				break
			}
			if lens&(1<<(n&31)) == 0 {
				continue
			}
			pl, ok := t.v.places[string(buf[:n])]
			if !ok || !t.placeEnds(i, j, pl) || n < bestLen {
				continue
			}
			if pl.provider == "country" && bestLen > 0 && best.provider != "country" {
				continue
			}
			if n > bestLen || i > bestI {
				bestI, bestJ, bestLen, best = i, j, n, pl
			}
		}
	}
	if bestI < 0 {
		return false
	}
	t.takePlace(p, bestI, bestJ, best, home)
	return true
}

// placeEnds refuses a match inside a longer word, and short codes that are only
// part of a camel-case word. A zone letter may follow.
func (t *tokenizer) placeEnds(i, j int, pl place) bool {
	if pl.provider == "country" || pl.kind == "site" {
		if t.tok[i].camel {
			return false
		}
		// A site may carry its own digits: fra01, but a country may not.
		if j+1 < t.n && t.tok[j+1].glued {
			return pl.kind == "site" && t.tok[j+1].digits && len(t.tok[j+1].text) <= 2 && (j+2 >= t.n || !t.tok[j+2].glued)
		}
		return j+1 >= t.n || !t.tok[j+1].camel
	}
	if j+1 < t.n && t.tok[j+1].glued {
		return t.zoneLetter(j + 1)
	}
	return true
}

func (t *tokenizer) zoneLetter(i int) bool {
	if i >= t.n || t.tok[i].slot != SlotNone {
		return false
	}
	s := t.tok[i].text
	return len(s) == 1 && 'a' <= s[0] && s[0] <= 'f' && (i+1 >= t.n || !t.tok[i+1].glued && !t.tok[i+1].camel)
}

func (t *tokenizer) takePlace(p *NameParts, i, j int, pl place, home []string) {
	conf := 0.95
	if j == i && len(t.tok[i].text) <= 3 {
		conf = 0.7
	}
	t.mark(i, j, SlotLocation)
	p.Location = Part{Value: pl.canon, Text: t.raw(i, j), Confidence: conf}
	p.Provider = pl.provider
	if len(pl.alts) > 0 {
		pl = t.sameSpelling(p, pl, home)
	}
	if pl.kind == "site" && j+1 < t.n && t.tok[j+1].glued && t.tok[j+1].digits {
		t.mark(j+1, j+1, SlotLocation)
		p.Location.Text = t.raw(i, j+1)
		p.Location.Value += t.tok[j+1].text
		return
	}
	t.takeZone(p, pl, j)
}

// sameSpelling tells apart places that differ in separators only (us-east-1 of
// AWS, us-east1 of Google) by the separators written, then by the home regions;
// otherwise all of them are reported and none is chosen.
func (t *tokenizer) sameSpelling(p *NameParts, pl place, home []string) place {
	written := strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(p.Location.Text))
	all := append([]place{{provider: pl.provider, kind: pl.kind, canon: pl.canon}}, pl.alts...)
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = a.canon
	}
	pick := slices.Index(names, written)
	if pick < 0 {
		pick = slices.Index(names, oneOf(names, home))
	}
	if pick < 0 {
		p.Location = Part{Text: p.Location.Text, Confidence: 0.5, Alternatives: names}
		p.Provider = ""
		return pl
	}
	p.Location.Value, p.Provider = names[pick], all[pick].provider
	return all[pick]
}

// takeZone reads the zone behind a region: us-east-2a, europe-west1-b, weu-2.
func (t *tokenizer) takeZone(p *NameParts, pl place, j int) {
	if pl.kind == "zone" { // use1-az4
		p.Zone = Part{Value: "az" + t.tok[j].text, Text: t.raw(j, j), Confidence: 0.95}
		return
	}
	glued := j+1 < t.n && t.tok[j+1].glued
	separate := j+1 < t.n && !glued
	if pl.provider == "aws" && glued || pl.provider == "gcp" && (separate || glued) {
		if t.zoneLetter(j + 1) {
			t.mark(j+1, j+1, SlotZone)
			p.Zone = Part{Value: t.tok[j+1].text, Text: t.raw(j+1, j+1), Confidence: 0.9}
		}
	}
}

// partial reads (north|south|east|west|central) with digit and zone letter: a
// set of candidates that the home regions may resolve.
func (t *tokenizer) partial(p *NameParts, home []string) bool {
	for i := t.n - 1; i >= 0; i-- {
		switch t.tok[i].text {
		case "north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest":
		default:
			continue
		}
		if t.tok[i].glued || t.tok[i].camel {
			continue
		}
		j := i
		if j+1 < t.n && t.tok[j+1].digits && len(t.tok[j+1].text) == 1 {
			j++
		}
		if j+1 < t.n && t.tok[j+1].glued && !t.zoneLetter(j+1) {
			continue
		}
		key := t.tok[i].text
		if j > i {
			key += t.tok[j].text
		}
		t.takePartial(p, i, j, key, home)
		return true
	}
	return false
}

func (t *tokenizer) takePartial(p *NameParts, i, j int, key string, home []string) {
	t.mark(i, j, SlotLocation)
	p.Location = Part{Text: t.raw(i, j), Confidence: 0.4, Alternatives: slices.Clone(t.v.partial[key])}
	if j+1 < t.n && t.tok[j+1].glued && t.zoneLetter(j+1) {
		t.mark(j+1, j+1, SlotZone)
		p.Zone = Part{Value: t.tok[j+1].text, Text: t.raw(j+1, j+1), Confidence: 0.6}
	}
	if v := oneOf(p.Location.Alternatives, home); v != "" {
		p.Location.Value, p.Location.Confidence, p.Location.Alternatives = v, 0.85, nil
		p.Provider = "aws"
		return
	}
	if v := homeTail(key, home); v != "" {
		p.Location.Value, p.Location.Confidence, p.Location.Alternatives = v, 0.8, nil
	}
}

// homeTail finds the one home region of any provider that ends in key:
// "west1" in europe-west1.
func homeTail(key string, home []string) string {
	found := ""
	for _, h := range home {
		if strings.HasSuffix(squeeze(h), key) || strings.HasSuffix(strings.TrimRight(squeeze(h), "0123456789"), key) {
			if found != "" && found != h {
				return ""
			}
			found = h
		}
	}
	return found
}

// oneOf returns the only candidate that is a home region, or "".
func oneOf(candidates, home []string) string {
	found := ""
	for _, c := range candidates {
		if slices.Contains(home, c) {
			if found != "" {
				return ""
			}
			found = c
		}
	}
	return found
}

// site reads dc1, rack12, row3 and OCI's AD-2.
func (t *tokenizer) site(p *NameParts) bool {
	for i := t.n - 2; i >= 0; i-- {
		a, b := &t.tok[i], &t.tok[i+1]
		if !b.digits || a.glued || a.camel || len(b.text) > 3 || i+2 < t.n && t.tok[i+2].glued {
			continue
		}
		switch a.text {
		case "dc", "rack", "row", "ad":
			if a.text == "ad" && b.glued {
				continue
			}
			t.mark(i, i+1, SlotLocation)
			p.Location = Part{Value: a.text + b.text, Text: t.raw(i, i+1), Confidence: 0.7}
			p.Provider = "site"
			return true
		}
	}
	return false
}

func (t *tokenizer) mark(i, j int, s Slot) {
	for ; i <= j; i++ {
		t.tok[i].slot = s
	}
}
