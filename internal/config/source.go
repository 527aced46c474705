package config

import (
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml"

	"github.com/droverhq/drover"
)

// UnmarshalYAML reads a source: the engine's keys by name, all others as
// options, each a text or a list of texts.
func (s *Source) UnmarshalYAML(raw []byte) error {
	var m yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(raw, &m, yaml.UseOrderedMap()); err != nil {
		return err
	}
	s.Options = map[string][]string{}
	for _, item := range m {
		key, ok := item.Key.(string)
		if !ok {
			return fmt.Errorf("source: key %v is not a text: %w", item.Key, drover.ErrInvalid)
		}
		values, err := texts(item.Value)
		if err != nil {
			return fmt.Errorf("source: %s: %w", key, err)
		}
		if err := s.set(key, values); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) set(key string, values []string) error {
	var field *string
	switch key {
	case "id":
		field = &s.ID
	case "kind":
		field = &s.Kind
	case "every":
		field = &s.Every
	case "business_unit":
		field = &s.BusinessUnit
	case "env":
		field = &s.Env
	case "disabled":
		if len(values) != 1 {
			return fmt.Errorf("source: disabled takes true or false: %w", drover.ErrInvalid)
		}
		v, err := strconv.ParseBool(values[0])
		if err != nil {
			return fmt.Errorf("source: disabled takes true or false: %w", drover.ErrInvalid)
		}
		s.Disabled = v
		return nil
	default:
		s.Options[key] = values
		return nil
	}
	if len(values) != 1 {
		return fmt.Errorf("source: %s takes one value: %w", key, drover.ErrInvalid)
	}
	*field = values[0]
	return nil
}

func texts(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		out := []string{}
		for _, e := range v {
			t, err := texts(e)
			if err != nil || len(t) != 1 {
				return nil, fmt.Errorf("want a text or a list of texts: %w", drover.ErrInvalid)
			}
			out = append(out, t[0])
		}
		return out, nil
	case string:
		return []string{v}, nil
	case bool:
		return []string{strconv.FormatBool(v)}, nil
	case uint64, int64, int, float64:
		return []string{fmt.Sprint(v)}, nil
	}
	return nil, fmt.Errorf("want a text or a list of texts, not a nested %T: %w", v, drover.ErrInvalid)
}
