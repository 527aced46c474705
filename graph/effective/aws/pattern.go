package aws

import (
	"slices"
	"strings"
)

// glob matches a text against a pattern of * and ?.
func glob(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// maxMeet bounds how long patterns are that meet looks at.
const maxMeet = 512

// meet returns a text that both patterns match, with fill where both let anything
// stand, so that a reader sees a name there.
func meet(a, b, fill string) (string, bool) {
	if len(a) > maxMeet || len(b) > maxMeet {
		return "", false
	}
	dead := map[[2]int]bool{}
	var out []byte
	var walk func(i, j int) bool
	walk = func(i, j int) bool {
		if i == len(a) && j == len(b) {
			return true
		}
		at := [2]int{i, j}
		if dead[at] {
			return false
		}
		n := len(out)
		try := func(add string, i, j int) bool {
			out = append(out[:n], add...)
			return walk(i, j)
		}
		wildA, wildB := i < len(a) && a[i] == '*', j < len(b) && b[j] == '*'
		ok := false
		switch {
		case wildA && wildB:
			ok = try(fill, i+1, j+1) || try("", i+1, j) || try("", i, j+1)
		case wildA:
			ok = j < len(b) && try(one(b[j]), i, j+1) || try("", i+1, j)
		case wildB:
			ok = i < len(a) && try(one(a[i]), i+1, j) || try("", i, j+1)
		case i == len(a) || j == len(b):
		case a[i] == b[j] || b[j] == '?':
			ok = try(one(a[i]), i+1, j+1)
		case a[i] == '?':
			ok = try(one(b[j]), i+1, j+1)
		}
		if !ok {
			dead[at] = true
			out = out[:n]
		}
		return ok
	}
	if !walk(0, 0) {
		return "", false
	}
	return string(out), true
}

// meetARN is meet for ARNs, segment by segment: a wildcard in one of the first five
// stays within it. A pattern with fewer segments has any text in those that it
// lacks, or wildcards that pass colons.
func meetARN(pattern, arn, fill string) (string, bool) {
	x, y := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if x[0] != "arn" || len(y) < 6 {
		return meet(pattern, arn, fill)
	}
	short := len(x) < 6
	for len(x) < 6 {
		x = append(x, "*")
	}
	var out []string
	for i := range 6 {
		s, ok := meet(x[i], y[i], fill)
		if !ok && short {
			return meet(pattern, arn, fill)
		}
		if !ok {
			return "", false
		}
		out = append(out, s)
	}
	return strings.Join(out, ":"), true
}

func one(c byte) string {
	if c == '?' {
		return "x"
	}
	return string([]byte{c})
}

// place is where something new is made.
type place struct{ partition, region, account string }

func (p place) fill(template string) string {
	return strings.NewReplacer("{p}", p.partition, "{r}", p.region, "{a}", p.account).Replace(template)
}

// maxCandidates bounds how many names of something new are tried.
const maxCandidates = 24

// instances are names that something new may get, as far as the resource patterns
// of statements tell them apart: a plain one, and one within each pattern.
func instances(template string, places []place, patterns []string) []string {
	var out []string
	add := func(s string) {
		if len(out) < maxCandidates && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, at := range places {
		add(strings.ReplaceAll(at.fill(template), "*", "drover"))
	}
	for _, at := range places {
		t := at.fill(template)
		for _, p := range patterns {
			if strings.Trim(p, "*") == "" || glob(p, strings.ReplaceAll(t, "*", "drover")) {
				continue
			}
			if s, ok := meetARN(p, t, "drover"); ok {
				add(s)
			}
		}
	}
	if strings.Contains(template, "{r}") && len(places) > 0 {
		at := places[0]
		at.region = "*"
		t := at.fill(template)
		for _, p := range patterns {
			if s, ok := meetARN(p, t, "drover"); ok && segment(s, 3) != "drover" && segment(s, 3) != "" {
				add(s)
			}
		}
	}
	return out
}
