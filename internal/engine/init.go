package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover/connector"
)

// InitConfig writes a commented drover.yaml for what seems to be at hand, which
// is read as well: a source whose details a person must fill in is commented out.
func InitConfig(connectors []*connector.Connector, getenv func(string) string, home string) string {
	var b strings.Builder
	b.WriteString("# yaml-language-server: $schema=./drover.schema.json\n" +
		"# Drover's configuration. Secrets are given by reference only: ${env:NAME} or ${file:PATH}.\n" +
		"# `drover doctor` checks this file, `drover scan --dry-run` lists what would be read.\n" +
		"version: 1\n\n" +
		"# Where everything is remembered. The default is one SQLite file in the data directory.\n" +
		"# store: { driver: postgres, dsn: \"${env:DROVER_PG_DSN}\" }\n\n" +
		"sources:\n  # This machine: what lies in the home folders and in the system's configuration.\n  - { id: this-machine, kind: machine }\n")
	for _, c := range connectors {
		if c.Suggest == nil {
			continue
		}
		for _, s := range c.Suggest(getenv, home) {
			fmt.Fprintf(&b, "\n  # %s: %s\n  - id: %s\n    kind: %s\n", c.Title, oneLine(s.Why), s.ID, c.Name)
			var names []string
			for n := range s.Options {
				names = append(names, n)
			}
			slices.Sort(names)
			for _, n := range names {
				fmt.Fprintf(&b, "    %s: %q\n", n, s.Options[n])
			}
		}
	}
	b.WriteString("\n  # Other kinds of source. Uncomment, fill in, and see `drover source perms ID` for the least privileges.\n")
	for _, c := range connectors {
		if c.Name == "machine" {
			continue
		}
		fmt.Fprintf(&b, "  #\n  # %s\n  # - id: my-%s\n  #   kind: %s\n", c.Title, c.Name, c.Name)
		for _, o := range c.Options {
			if o.Advanced {
				continue
			}
			example := o.Example
			if example == "" {
				example = o.Default
			}
			if o.Secret {
				example = "${env:" + strings.ToUpper(c.Name+"_"+o.Name) + "}"
			}
			fmt.Fprintf(&b, "  #   %s: %q    # %s\n", o.Name, example, oneLine(o.Help))
		}
	}
	b.WriteString("\n# How names are built here; names that do not conform are reported.\n# naming: { pattern: \"{type}-{env}-{function}-{region}-{n}\" }\n")
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// ConfigSchema is the JSON Schema of drover.yaml for this binary's connectors.
func ConfigSchema(connectors []*connector.Connector) ([]byte, error) {
	text := map[string]any{"type": "string"}
	var kinds []any
	var cases []any
	for _, c := range connectors {
		kinds = append(kinds, c.Name)
		props := map[string]any{"kind": map[string]any{"const": c.Name}}
		required := []string{}
		for _, o := range c.Options {
			props[o.Name] = optionSchema(o)
			if o.Required {
				required = append(required, o.Name)
			}
		}
		for _, name := range []string{"id", "every", "business_unit", "env"} {
			props[name] = text
		}
		props["disabled"] = map[string]any{"type": "boolean"}
		cases = append(cases, map[string]any{"if": map[string]any{"properties": map[string]any{"kind": map[string]any{"const": c.Name}}},
			"then": map[string]any{"properties": props, "required": required, "additionalProperties": false}})
	}
	object := map[string]any{"type": []string{"object", "null"}}
	schema := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "drover.yaml", "type": "object", "additionalProperties": false,
		"properties": map[string]any{
			"version": map[string]any{"const": 1, "description": "version of this schema"},
			"store": map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{
				"driver": map[string]any{"enum": []string{"sqlite", "postgres", "embedded"}}, "path": text, "dsn": text, "retention": text}},
			"sources": map[string]any{"type": "array", "items": map[string]any{"type": "object", "required": []string{"id", "kind"},
				"properties": map[string]any{"id": text, "kind": map[string]any{"enum": kinds}}, "allOf": cases}},
			"thresholds": object, "naming": object, "classify": object, "ownership": object, "owners": map[string]any{}, "exceptions": map[string]any{}, "windows": object, "criticality": map[string]any{}, "business_units": map[string]any{},
			"rotation": object, "risk": object, "regulation": object, "severity": object, "checks": map[string]any{}, "assertions": map[string]any{}, "policies": map[string]any{},
			"server":   serverSchema(text),
			"schedule": closed(map[string]any{"concurrent": whole, "longest": text, "jitter": text, "disabled": map[string]any{"type": "boolean"}}),
			"profiles": map[string]any{"type": "object", "description": "servers that --profile names", "additionalProperties": closed(map[string]any{"server": text, "ca_file": text, "token_env": text, "token_file": text})},
			"ui":       closed(map[string]any{"theme": map[string]any{"enum": []string{"system", "light", "dark", "contrast"}}, "density": map[string]any{"enum": []string{"compact", "comfortable"}}, "timezone": text}),
			"notify":   map[string]any{"type": []string{"array", "null"}, "items": closed(map[string]any{"kind": text, "url": text, "secret": text, "format": map[string]any{"const": "standard-webhooks"}, "digest": text, "to": text})},
			"auth":     object, "audit": object, "jit": object, "detection": object,
		},
	}
	return json.MarshalIndent(schema, "", "  ")
}

// whole is a number without a fraction.
var whole = map[string]any{"type": "integer", "minimum": 0}

// closed is an object with these keys and no others.
func closed(properties map[string]any) map[string]any {
	return map[string]any{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}
}

func serverSchema(text map[string]any) map[string]any {
	return closed(map[string]any{"listen": text, "public_url": text, "tls": closed(map[string]any{"cert": text, "key": text}), "metrics_token": text, "otlp": text,
		"log": map[string]any{"enum": []string{"debug", "info", "warn", "error"}}, "connections": whole})
}

func optionSchema(o connector.Option) map[string]any {
	one := map[string]any{"type": "string"}
	switch o.Type {
	case connector.TypeBool:
		one = map[string]any{"type": "boolean"}
	case connector.TypeInt:
		one = map[string]any{"type": "integer"}
	}
	if len(o.Values) > 0 {
		one["enum"] = o.Values
	}
	if o.Secret {
		one["pattern"] = `^\$\{(env|file|vault):[^}]+\}$`
	}
	schema := one
	if o.Type == connector.TypeList || o.Type == connector.TypePaths {
		schema = map[string]any{"anyOf": []any{one, map[string]any{"type": "array", "items": one}}}
	}
	schema["description"] = oneLine(o.Help)
	return schema
}
