package classify

import (
	"slices"
	"strings"
	"sync"
)

// envs are the built-in spellings of environments.
var envs = sync.OnceValue(func() map[string]string {
	out := map[string]string{"preproduction": "staging", "nonproduction": "nonprod"}
	eachLine(wordsText, func(f []string) {
		if f[0] != "env" {
			return
		}
		canon := strings.TrimSuffix(f[1], "?")
		for _, w := range append(f[2:], canon) {
			out[strings.TrimSuffix(w, "?")] = canon
		}
	})
	return out
})

// Env returns the value that the spelling of an environment stands for: "staging"
// for "stage". A word that it does not know is returned in lower case.
func Env(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	if canon, ok := envs()[word]; ok {
		return canon
	}
	return word
}

// Envs are the values of an environment that classification gives by itself,
// sorted.
func Envs() []string {
	var out []string
	for _, canon := range envs() {
		out = append(out, canon)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
