package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/droverhq/drover"
)

// overlay applies DROVER__SECTION__KEY=value to whatever the file can set. A
// section of named things is entered by its id or its place in the list, "-" and
// "." of a name being written as "_": DROVER__SOURCES__ORDERS_DB__EVERY=1h. A
// value in brackets is a list. An empty value is as good as none.
func (c *Config) overlay(environ []string) error {
	var set []string
	for _, kv := range environ {
		if name, value, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "DROVER__") && value != "" {
			set = append(set, kv)
		}
	}
	if len(set) == 0 {
		return nil
	}
	slices.Sort(set)
	var tree any = yaml.MapSlice{}
	if len(c.Raw) > 0 {
		var m yaml.MapSlice
		if err := yaml.UnmarshalWithOptions(c.Raw, &m, yaml.UseOrderedMap()); err != nil {
			return fmt.Errorf("%s: %w (%w)", c.Path, err, drover.ErrInvalid)
		}
		tree = m
	}
	origins := map[string]string{}
	for _, kv := range set {
		name, value, _ := strings.Cut(kv, "=")
		// One at a time, so that an error names the variable it comes from.
		next, key, err := put(tree, strings.Split(strings.TrimPrefix(name, "DROVER__"), "__"), scalar(value))
		if err != nil {
			return fmt.Errorf("environment variable %s: %w", name, err)
		}
		raw, err := yaml.Marshal(next)
		if err != nil {
			return fmt.Errorf("environment variable %s: %w (%w)", name, err, drover.ErrInvalid)
		}
		over := Config{Version: 1, Path: c.Path, Raw: raw}
		if err := decode(raw, &over); err != nil {
			return fmt.Errorf("environment variable %s: %w", name, unplaced(err))
		}
		tree, origins[key] = next, name
		fromFile := c.file
		if fromFile == nil {
			fromFile = c.Raw
		}
		over.file = fromFile
		*c = over
	}
	c.origins = origins
	return nil
}

// unplaced takes the line and column out of an error about a file that exists
// only in memory.
func unplaced(err error) error {
	if _, rest, ok := strings.Cut(err.Error(), "] "); ok && strings.HasPrefix(err.Error(), "[") {
		return fmt.Errorf("%s: %w", strings.TrimSuffix(rest, ": "+drover.ErrInvalid.Error()), drover.ErrInvalid)
	}
	return err
}

// scalar reads a value as YAML would, where that loses nothing: 007 stays a text.
func scalar(value string) any {
	var v any
	if err := yaml.Unmarshal([]byte(value), &v); err != nil {
		return value
	}
	switch v := v.(type) {
	case bool, uint64, int64:
		if fmt.Sprint(v) == value {
			return v
		}
	case []any:
		return v
	}
	return value
}

// put sets the value at a path and returns the changed tree and the path's name.
func put(tree any, path []string, value any) (any, string, error) {
	if len(path) == 0 {
		return value, "", nil
	}
	word := path[0]
	if word == "" {
		return nil, "", fmt.Errorf("write DROVER__SECTION__KEY: %w", drover.ErrInvalid)
	}
	switch t := tree.(type) {
	case []any:
		i := member(t, word)
		if i < 0 {
			return nil, "", fmt.Errorf("the file has nothing called %q there, and an environment variable changes only what is there: %w", strings.ToLower(word), drover.ErrInvalid)
		}
		child, key, err := put(t[i], path[1:], value)
		if err != nil {
			return nil, "", err
		}
		t = slices.Clone(t)
		t[i] = child
		return t, join(nameOf(t[i], i), key), nil
	case nil, yaml.MapSlice:
		m, _ := t.(yaml.MapSlice)
		m = slices.Clone(m)
		at := slices.IndexFunc(m, func(i yaml.MapItem) bool { k, ok := i.Key.(string); return ok && plain(k) == plain(word) })
		if at < 0 {
			at = len(m)
			m = append(m, yaml.MapItem{Key: strings.ToLower(word)})
		}
		child, key, err := put(m[at].Value, path[1:], value)
		if err != nil {
			return nil, "", err
		}
		m[at].Value = child
		return m, join(fmt.Sprint(m[at].Key), key), nil
	}
	return nil, "", fmt.Errorf("%q lies below a single value: %w", strings.ToLower(word), drover.ErrInvalid)
}

func join(a, b string) string {
	if a == "" || b == "" || strings.HasPrefix(b, "[") {
		return a + b
	}
	return a + "." + b
}

// member finds an element of a list by its id or its place.
func member(list []any, word string) int {
	for i, e := range list {
		if m, ok := e.(yaml.MapSlice); ok && plain(idOf(m)) == plain(word) {
			return i
		}
	}
	if i, err := strconv.Atoi(word); err == nil && i >= 0 && i < len(list) {
		return i
	}
	return -1
}

func nameOf(e any, i int) string {
	if m, ok := e.(yaml.MapSlice); ok {
		if id := idOf(m); id != "" {
			return "[" + id + "]"
		}
	}
	return "[" + strconv.Itoa(i) + "]"
}

func idOf(m yaml.MapSlice) string {
	for _, i := range m {
		if i.Key == "id" {
			if s, ok := i.Value.(string); ok {
				return s
			}
		}
	}
	return ""
}

// plain is a name as an environment variable can write it.
func plain(s string) string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(s))
}
