package awsiam

import "strings"

// splitARN finds the colons that end the first five segments of an ARN
// (arn:partition:service:region:account:resource).
func splitARN(s string) (colons [5]int, ok bool) {
	if !strings.HasPrefix(s, "arn:") {
		return colons, false
	}
	n := 0
	for i := 3; i < len(s); i++ {
		if s[i] == ':' {
			if colons[n] = i; n == len(colons)-1 {
				return colons, true
			}
			n++
		}
	}
	return colons, false
}

// subject is an ARN, or another text, that is matched against many patterns.
type subject struct {
	text   string
	colons [5]int
	arn    bool
}

func newSubject(s string) subject {
	c, ok := splitARN(s)
	return subject{s, c, ok}
}

func (s *subject) segment(i int) string {
	from := 0
	if i > 0 {
		from = s.colons[i-1] + 1
	}
	if i == 5 {
		return s.text[from:]
	}
	return s.text[from:s.colons[i]]
}

// arnAccount is the account segment of an ARN, "" where it has none.
func arnAccount(arn string) string {
	s := newSubject(arn)
	if !s.arn {
		return ""
	}
	return s.segment(4)
}

// An arnPattern matches ARNs segment by segment: a wildcard in one of the first
// five segments stays within it, one in the sixth also passes colons. A pattern
// of fewer segments has any text in those that it lacks, and its wildcards that
// end a segment also pass colons ("IAM JSON policy elements: Resource": a * that
// ends a segment can expand beyond the colon).
type arnPattern struct {
	whole   matcher
	segment *[6]matcher // nil: whole decides
	short   bool        // fewer than six segments: either decides
}

func newARNPattern(p string) arnPattern {
	m := newMatcher(p)
	first := indexWild(p)
	colons := strings.Count(p, ":")
	if !strings.HasPrefix(p, "arn") || m.shape == anything || colons >= 5 && (first < 0 || strings.Count(p[:first], ":") >= 5) {
		return arnPattern{whole: m}
	}
	seg := [6]matcher{{shape: anything}, {shape: anything}, {shape: anything}, {shape: anything}, {shape: anything}, {shape: anything}}
	for i, s := range strings.SplitN(p, ":", 6) {
		seg[i] = newMatcher(s)
	}
	return arnPattern{whole: m, segment: &seg, short: colons < 5}
}

func (p *arnPattern) match(s *subject) bool {
	if p.segment == nil {
		return p.whole.match(s.text)
	}
	if p.short && p.whole.match(s.text) {
		return true
	}
	if !s.arn {
		return false
	}
	for i := 5; i >= 0; i-- {
		if !p.segment[i].match(s.segment(i)) {
			return false
		}
	}
	return true
}

// resourcePattern is one entry of Resource or NotResource.
type resourcePattern struct {
	arnPattern          // of a template: with any text for its variables
	given      string   // as it stands in the document
	template   template // nil: without variables
}

func newResourcePattern(s string, variables bool) resourcePattern {
	t := parseTemplate(s, true, variables)
	if c, ok := t.constant(); ok {
		return resourcePattern{arnPattern: newARNPattern(c), given: s}
	}
	return resourcePattern{arnPattern: newARNPattern(t.loose()), given: s, template: t}
}

func (p *resourcePattern) match(q *query) tri {
	if !p.arnPattern.match(&q.resource) {
		return no
	}
	if p.template == nil {
		return yes
	}
	s, resolved := p.template.expand(q)
	if resolved != yes {
		return resolved
	}
	full := newARNPattern(s)
	return truth(full.match(&q.resource))
}
