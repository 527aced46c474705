package owner

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// inQuotes are names out of scanned systems, which are what they are.
var inQuotes = regexp.MustCompile(`“[^”]*”`)

// Grade is the Flesch-Kincaid grade level of a text: how many years of school it
// takes to read it (Kincaid and others, 1975): 0.39 words a sentence + 11.8
// syllables a word - 15.59. A name in “ ” counts as one word of one syllable. 0
// for a text without words.
func Grade(text string) float64 {
	text = inQuotes.ReplaceAllString(text, "it")
	sentences, words, syllables := 0, 0, 0
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".?:\n", r) }) {
		n := 0
		for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’' }) {
			n++
			syllables += syllablesOf(strings.ToLower(w))
		}
		if words += n; n > 0 {
			sentences++
		}
	}
	if words == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(sentences) + 11.8*float64(syllables)/float64(words) - 15.59
}

// syllablesOf counts groups of vowels; a silent e at the end is none.
func syllablesOf(w string) int {
	n, vowel := 0, false
	for _, r := range w {
		v := strings.ContainsRune("aeiouyäöü", r)
		if v && !vowel {
			n++
		}
		vowel = v
	}
	if strings.HasSuffix(w, "e") && !strings.HasSuffix(w, "le") && n > 1 {
		n--
	}
	return max(n, 1)
}

// banned are words of the trade, words that scare and words that blame.
var banned = []string{"identity", "identities", "credential", "credentials", "privilege", "privileges", "privileged", "token", "tokens", "principal", "principals", "entity", "endpoint", "workload", "workloads", "namespace",
	"compromise", "compromised", "breach", "breached", "attack", "attacker", "attackers", "hacker", "hackers", "danger", "dangerous", "critical", "severe", "severity", "violation", "violations", "urgent", "immediately", "risk",
	"risky", "score", "vulnerable", "vulnerability", "exposure", "exposed", "leak", "leaked", "fault", "blame", "failed", "failure", "orphaned", "dormant", "stale", "remediate", "remediation", "provision", "decommission", "rotate",
	"rotation", "authenticate", "authorize", "lifecycle", "posture", "compliance", "tier", "blast", "radius", "escalate", "offboarding", "leaver", "mover", "unowned", "scope", "scopes", "regex", "null", "undefined"}

var acronym = regexp.MustCompile(`\b[A-Z]{2,}[A-Za-z]*\b`)

// Banned lists what an owner must not be made to read: words of the trade, words
// that scare, acronyms, exclamation marks. Names in “ ” are what they are.
func Banned(text string) (out []string) {
	text = inQuotes.ReplaceAllString(text, "")
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }) {
		if slices.Contains(banned, strings.ToLower(w)) {
			out = append(out, w)
		}
	}
	out = append(out, acronym.FindAllString(text, -1)...)
	if strings.Contains(text, "!") {
		out = append(out, "!")
	}
	return out
}
