package secret

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Redact returns b with every secret that the default rules find replaced by
// [REDACTED:<class>]. Text without secrets comes back as it is, not copied; what
// comes back has no secret more, so that redacting it again changes nothing. A
// comment or path that allows a secret in a repository does not keep it here, nor
// does a value that looks like an example: a finding must be sure, what is shown
// must be harmless. What is too costly to search ([REDACTED:unscanned]) does not pass.
func Redact(b []byte) []byte {
	for range maxRedactions {
		next := redactOnce(b)
		if len(next) == len(b) && unsafe.SliceData(next) == unsafe.SliceData(b) {
			break
		}
		b = next
	}
	return b
}

// maxRedactions bounds the rounds that Redact makes: taking one secret away can
// show another, in text made for it again and again.
const maxRedactions = 8

// redactPiece is how much of a long text is looked at in one piece. Pieces
// overlap by MaxMatch to both sides.
const redactPiece = 8 << 20

func redactOnce(b []byte) []byte {
	var found []Hit
	for at := 0; at == 0 || at < len(b); at += redactPiece {
		from, to := max(0, at-MaxMatch), min(len(b), at+redactPiece+MaxMatch)
		for from > 0 && from < at && !utf8.RuneStart(b[from]) {
			from++
		}
		for to < len(b) && to > from && !utf8.RuneStart(b[to]) {
			to--
		}
		for _, h := range Default().hidden(Input{Data: b[from:to]}) {
			h.Start, h.End = h.Start+from, h.End+from
			if h.End > h.Start && !names(b, &h) {
				found = append(found, h)
			}
		}
	}
	if len(found) == 0 {
		return b
	}
	slices.SortStableFunc(found, func(a, b Hit) int { return a.Start - b.Start })
	out := make([]byte, 0, len(b))
	at := 0
	for _, h := range found {
		if h.Start >= at {
			out = append(out, b[at:h.Start]...)
			out = append(out, "[REDACTED:"+h.Class+"]"...)
		}
		at = max(at, h.End)
	}
	return append(out, b[at:]...)
}

// names reports whether what a generic rule has found is a cursor, a request id
// or a fingerprint: an inventory is made of them.
func names(b []byte, h *Hit) bool {
	if isAWSKeyID(b[h.Start:h.End]) {
		return true
	}
	if h.Class != "generic" {
		return false
	}
	if fingerprint.Match(b[h.Start:h.End]) {
		return true
	}
	before := bytes.TrimRight(b[max(0, h.Start-maxNameSide):h.Start], "\"'`\\ \t=:>")
	i := len(before)
	for i > 0 && inName(before[i-1]) {
		i--
	}
	return slices.ContainsFunc(nameWords(string(before[i:])), speaksOf)
}

// isAWSKeyID reports whether a value is the id of an AWS access key. The id is the
// user name of the pair, it stands in CloudTrail, and inventories are joined by
// it; the secret is the other half. Rules look for it because the two lie
// together.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func isAWSKeyID(v []byte) bool {
	if len(v) != 20 || !slices.Contains([]string{"AKIA", "ASIA", "ABIA", "ACCA"}, string(v[:4])) {
		return false
	}
	for _, c := range v[4:] {
		if (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// RedactString is Redact for a string.
func RedactString(s string) string {
	if len(s) < shortest || strings.TrimSpace(s) == "" {
		return s
	}
	// Redact only reads, and what it returns changed is its own.
	b := Redact(unsafe.Slice(unsafe.StringData(s), len(s)))
	if len(b) == len(s) && unsafe.SliceData(b) == unsafe.StringData(s) {
		return s
	}
	return string(b)
}

// shortest is less than the length of any value that a rule can find together
// with what makes it a secret.
const shortest = 6

// RedactNamed is RedactString for the value of a setting, a tag or an annotation
// called key: under a name that asks for a secret the whole value is hidden, but
// for what says where the secret is kept or that there is none, and for numbers and
// short words, which are no tokens. What looks like an example is hidden, too.
func RedactNamed(key, value string) string {
	v := unquote(value)
	class, called := nameClass(key)
	switch _, found := ByName(key, value); {
	case found, called && withheld(class, key, v):
		return "[REDACTED]"
	}
	return RedactString(value)
}

func withheld(class, key, v string) bool {
	switch {
	case v == "", len(v) <= 512 && slices.ContainsFunc(references, func(re *regexp.Regexp) bool { return re.MatchString(v) }), marks.MatchString(v), fingerprint.MatchString(v):
		return false
	case strings.Contains(v, "://"), looksLikePath(v), strings.EqualFold(v, key):
		return false
	case class == "password":
		return true
	}
	return len(v) >= 16 || len(v) >= 8 && !weak(v) || len(v) >= 6 && mixedKinds([]byte(v))
}
