package engine

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// lookalikes are letters that look like another one in most typefaces, of the alphabets
// that such names are made of: Cyrillic, Greek, Armenian, and digits. After the data of
// UTS #39 (Unicode Security Mechanisms), confusables.txt, and wider: it is better to warn
// of two names that differ than not to warn of two that do not.
var lookalikes = pairs(
	"аa вb еe ёe кk мm нh оo рp сc тt уy хx іi їi јj ѕs һh ԁd ԛq ԝw ьb ѵv ӏl гr пn ґr",
	"АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ԚQ ԜW ЬB ѴV ӀI",
	"αa βb γy εe ηn ιi κk νv οo ρp τt υu χx ωw ϲc ϳj σo",
	"ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX",
	"օo սu հh ոn ցg ӕæ ɑa ɡg ɩi ıi ƨs ȷj ᴏo ʏy ᴄc ᴠv ᴡw ᴢz ᴜu",
	"0o 1l |l",
)

func pairs(lists ...string) map[rune]rune {
	out := map[rune]rune{}
	for _, list := range lists {
		for p := range strings.FieldsSeq(list) {
			r := []rune(p)
			out[r[0]] = r[1]
		}
	}
	return out
}

// skeleton is what a name looks like: two names with one skeleton cannot be told apart
// at a glance. It is for comparing only.
func skeleton(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) {
			continue
		}
		if to, ok := lookalikes[r]; ok {
			r = to
		}
		if r == 'I' { // a capital I is a small l
			r = 'l'
		}
		r = unicode.ToLower(r)
		if to, ok := lookalikes[r]; ok {
			r = to
		}
		b.WriteRune(r)
	}
	return strings.NewReplacer("rn", "m", "vv", "w").Replace(b.String())
}
