package filter

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What is kept of comparisons changes no answer, whatever is asked one after another,
// and whoever changes an answer changes nobody else's.
func TestMasksAreKept(t *testing.T) {
	const rows = 150
	table := func() *Table {
		env, age := &Column{Dict: []string{"", "prod", "dev"}, Codes: make([]uint32, rows)}, &Column{Ints: make([]int64, rows)}
		for i := range rows {
			env.Codes[i], age.Ints[i] = uint32(i%3), int64(i%7)
		}
		age.Ints[3] = Unknown
		texts := func(i int) string { return fmt.Sprintf("name %d", i) }
		name := &Column{Text: texts, Folded: Lazily(func() *Folded { return NewFolded(rows, func(i int, add func(string)) { add(texts(i)) }) })}
		return &Table{Rows: rows, Columns: map[string]*Column{"env": env, "tier": age, "name": name}, Searched: []string{"name"}, Words: func(i int) []string { return []string{texts(i)} }}
	}
	list := []Field{{Name: "env", Enum: true}, {Name: "tier", Type: Number}, {Name: "name"}}
	terms := []string{"env=prod", "env=dev", "-env=prod", "env:unknown", "tier>2", "tier=3", "tier<=2", "NOT tier:unknown", "name:1", `"name 2"`, "name:none", "none"}
	rapid.Check(t, func(t *rapid.T) {
		kept := table()
		kept.Masks = &Masks{}
		for range rapid.IntRange(1, 60).Draw(t, "asked") {
			text := rapid.SampledFrom(terms).Draw(t, "a")
			if op := rapid.SampledFrom([]string{"", " AND ", " OR "}).Draw(t, "op"); op != "" {
				text += op + rapid.SampledFrom(terms).Draw(t, "b")
			}
			f, err := Parse(text, list, now)
			if err != nil {
				t.Fatal(err)
			}
			want, err1 := f.Bits(table())
			got, err2 := f.Bits(kept)
			if err1 != nil || err2 != nil || !slices.Equal(want, got) {
				t.Fatalf("%s: got %x, want %x (%v, %v)", text, got, want, err1, err2)
			}
			for i := range got {
				got[i] = 0xf0f0f0f0 // Bits says that it may be changed
			}
		}
		if n := len(kept.Masks.list); n > maxMasks {
			t.Fatalf("%d are kept", n)
		}
	})
}

func TestMasksAreFew(t *testing.T) {
	k := &Masks{}
	for i := range 3 * maxMasks {
		k.put(maskKey{num: int64(i)}, mask{})
		k.get(maskKey{num: 0})
	}
	if _, ok := k.get(maskKey{num: 0}); !ok || len(k.list) != maxMasks {
		t.Errorf("what is asked for all the time is dropped, or all is kept: %d", len(k.list))
	}
}
