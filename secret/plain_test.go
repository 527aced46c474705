package secret

import (
	"regexp"
	"slices"
	"strings"
)

// plainScan is the oracle: what the rules mean, with every regular expression
// run over the whole text and none of the machinery that avoids it.
func plainScan(s *Scanner, in Input) []Hit {
	view := plainView(s, in.Path)
	for _, a := range s.allow {
		if a.source(view, in.Commit) {
			return nil
		}
	}
	m := &matcher{s: s, in: &in, view: view, sc: s.newScratch(), comments: true, lines: lineIndex{text: in.Data}, left: 1 << 40}
	for _, n := range s.byPath {
		if r := s.rules[n]; in.Path != "" && m.wanted(r) {
			m.hits = append(m.hits, finding{Hit: Hit{Rule: r.id, Class: r.class}, rule: r})
		}
	}
	text, segs := in.Data, []segment(nil)
	for depth := 0; ; depth++ {
		lower := strings.ToLower(string(text))
		for i := range text {
			for _, w := range s.telling {
				if segs == nil && i+1 >= len(w) && strings.ToLower(string(text[i+1-len(w):i+1])) == w {
					m.assigned(text, i+1, w)
				}
			}
		}
		for _, r := range s.rules {
			if r.re == nil || !m.wanted(r) || !plainOpen(s, r, lower) {
				continue
			}
			for _, at := range r.re.re.FindAllIndex(text, -1) {
				m.match(r, text, span{at[0], at[1]}, segs)
			}
		}
		if depth == maxDecodeDepth {
			break
		}
		if text, segs = m.decode(text, segs); len(segs) == 0 {
			break
		}
	}
	return m.result()
}

// plainView asks regexp what View asks its own automaton.
func plainView(s *Scanner, path string) View {
	if path == "" {
		return View{}
	}
	set := make([]byte, 1+(2+len(s.paths))/8)
	set[0] = hasPath
	if isCode(path) {
		set[0] |= sourceFile
	}
	for i, e := range s.paths {
		if e.re.MatchString(path) {
			set[(i+2)/8] |= 1 << ((i + 2) % 8)
		}
	}
	return View{string(set)}
}

func plainOpen(s *Scanner, r *rule, lower string) bool {
	return len(r.gates) == 0 || slices.ContainsFunc(r.gates, func(g int32) bool {
		return strings.Contains(lower, s.gates[g])
	})
}

var plainEncodings = regexp.MustCompile(
	`(?P<percent>%[0-9A-Fa-f]{2}(?:.*%[0-9A-Fa-f]{2})?)` +
		`|(?P<unicode>(?:(?:U\+[a-fA-F0-9]{4}(?:\s|$))+|(?i)(?:\\{1,2}u[a-fA-F0-9]{4})+))` +
		`|(?P<hex>[0-9A-Fa-f]{32,})` +
		`|(?P<base64>[\w\/+-]{16,}={0,2})`)

// plainParts is what encodedParts must find, by the expressions themselves.
func plainParts(text []byte) []encodedPart {
	kinds := []encoding{percentEncoded, unicodeEncoded, hexEncoded, base64Encoded}
	var all []encodedPart
	for _, at := range plainEncodings.FindAllSubmatchIndex(text, -1) {
		for g, k := range kinds {
			if from := at[2*g+2]; from >= 0 {
				all = append(all, encodedPart{span: span{from, at[2*g+3]}, kind: k})
			}
		}
	}
	return strongest(all)
}

func sameParts(got, want []encodedPart) bool {
	return slices.EqualFunc(got, want, func(a, b encodedPart) bool { return a.span == b.span && a.kind == b.kind })
}
