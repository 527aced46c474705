package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/secret"
)

func (a *app) configCmd() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Look at the configuration", Example: "  drover config view\n  drover config view --origin"}
	var origin bool
	view := shaped(shapeList, &cobra.Command{Use: "view", Short: "Show what is set, and where each value comes from", Args: cobra.NoArgs,
		Long:    "Values come, strongest first, from flags, from DROVER__SECTION__KEY in the environment, from one file, from the defaults.\nThe file is that of --config, else of $DROVER_CONFIG, else ./drover.yaml, else the user's. References to secrets stay references.",
		Example: "  drover config view --origin\n  DROVER__STORE__PATH=/tmp/x.db drover config view --origin -o json",
		RunE: func(*cobra.Command, []string) error {
			cfg, home, err := a.locate()
			if err != nil {
				return err
			}
			values, err := a.settings(cfg)
			if err != nil {
				return err
			}
			columns := []column{of("KEY", func(v config.Value) string { return v.Key }), of("VALUE", func(v config.Value) string { return v.Value }), of("ORIGIN", func(v config.Value) string { return v.Origin })}
			columns[2].Wide = !origin
			a.hint("data directory: %s", safe(home))
			return a.list(listing{Schema: "drover/v1/config", Total: len(values), Items: seq(values), Columns: columns})
		}})
	view.Flags().BoolVar(&origin, "origin", false, "say where each value comes from")
	c.AddCommand(view)
	return c
}

// settings are the values of the configuration with the defaults of each
// source's connector, and without any secret that somebody wrote into it.
func (a *app) settings(cfg *config.Config) ([]config.Value, error) {
	values, err := cfg.Values()
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if a.isSecret(cfg, v.Key) && !strings.Contains(v.Value, "${") {
			values[i].Value = "[REDACTED]"
		} else if pair := v.Key + "=" + v.Value; secret.RedactString(pair) != pair || secret.RedactString(v.Value) != v.Value {
			values[i].Value = "[REDACTED]"
		}
	}
	for _, s := range cfg.Sources {
		c := a.connector(s.Kind)
		if c == nil {
			continue
		}
		for _, o := range c.Options {
			if _, set := s.Options[o.Name]; !set && o.Default != "" {
				values = append(values, config.Value{Key: fmt.Sprintf("sources[%s].%s", s.ID, o.Name), Value: o.Default, Origin: "default of " + c.Name})
			}
		}
	}
	return values, nil
}

// isSecret reports whether a setting holds a secret: the store's DSN, and what
// connectors say of their options.
func (a *app) isSecret(cfg *config.Config, key string) bool {
	if key == "store.dsn" {
		return true
	}
	for _, s := range cfg.Sources {
		name, ok := strings.CutPrefix(key, "sources["+s.ID+"].")
		if c := a.connector(s.Kind); ok && c != nil {
			return slices.ContainsFunc(c.Options, func(o connector.Option) bool { return o.Name == name && o.Secret })
		}
	}
	return false
}

func (a *app) connector(name string) *connector.Connector {
	for _, c := range a.config.Connectors {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// configReference is the page about drover.yaml: the engine's keys, then the
// options of every connector.
func configReference(w io.Writer, connectors []*connector.Connector) {
	fmt.Fprint(w, "# drover.yaml\n\n"+generated+configHead)
	for _, c := range connectors {
		fmt.Fprintf(w, "\n### kind: %s\n\n%s. Least privileges: `drover source perms %s`.\n\n| option | type | default | meaning |\n|---|---|---|---|\n", c.Name, escapes.Replace(c.Title), c.Name)
		for _, o := range c.Options {
			var notes []string
			if o.Required {
				notes = append(notes, "required")
			}
			if o.Secret {
				notes = append(notes, "secret, by reference only")
			}
			if len(o.Values) > 0 {
				notes = append(notes, "one of "+strings.Join(o.Values, ", "))
			}
			if o.Example != "" {
				notes = append(notes, "for example "+o.Example)
			}
			help := o.Help
			if len(notes) > 0 {
				help += " (" + strings.Join(notes, "; ") + ")"
			}
			kind := string(o.Type)
			if kind == "" {
				kind = "text"
			}
			fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", o.Name, kind, code(o.Default), escapes.Replace(help))
		}
	}
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", `\|`) + "`"
}

const configHead = `Strict: an unknown key is an error with its line. ` + "`drover init`" + ` writes a commented file with its JSON Schema, ` + "`drover config view --origin`" + ` tells where each value comes
from, ` + "`drover doctor`" + ` checks it.

Values come, strongest first, from flags, from the environment, from one file, from the defaults. The file is that of ` + "`--config`" + `, else of ` + "`$DROVER_CONFIG`" + `, else
` + "`./drover.yaml`" + ` (refused when it is not yours, since a configuration can name commands to run), else ` + "`config.yaml`" + ` in the folder ` + "`drover`" + ` of the user's configuration.

In the environment, ` + "`DROVER__STORE__PATH=/var/lib/drover.db`" + ` sets ` + "`store.path`" + `, and ` + "`DROVER__SOURCES__ORDERS_DB__EVERY=1h`" + ` sets ` + "`every`" + ` of the source ` + "`orders-db`" + ` that the
file has. A value in brackets is a list: ` + "`[a, b]`" + `.

Secrets are references, ` + "`${env:NAME}`" + ` or ` + "`${file:PATH}`" + `, resolved when they are needed and kept nowhere.

| key | default | meaning |
|---|---|---|
| ` + "`version`" + ` | ` + "`1`" + ` | version of this schema |
| ` + "`store.driver`" + ` | ` + "`sqlite`" + ` | sqlite, or postgres |
| ` + "`store.path`" + ` | ` + "`$DROVER_HOME/drover.db`" + ` | the SQLite file, on a local disk |
| ` + "`store.dsn`" + ` | | of PostgreSQL, with its password by reference |
| ` + "`store.retention`" + ` | ` + "`400d`" + ` | how much history ` + "`drover store compact`" + ` keeps |
| ` + "`sources[]`" + ` | this machine | what is scanned, see below |
| ` + "`thresholds`, `naming`, `classify`, `ownership`, `owners`, `criticality`, `business_units`, `exceptions`, `windows`" + ` | | what the house has decided, see package policy |
| ` + "`rotation`, `risk`, `regulation`, `severity`, `checks`, `assertions`, `policies`" + ` | | what is asked of the estate, see [policies](../use/policies.md) |
| ` + "`server.listen`" + ` | ` + "`127.0.0.1:8765`" + ` | where ` + "`drover up`" + ` and ` + "`drover serve`" + ` listen; port 0 is a free one |
| ` + "`server.public_url`" + ` | | what browsers call the server, where that is not its address |
| ` + "`server.tls.cert`, `server.tls.key`" + ` | | PEM files, read again when they change; needed where other machines reach the server |
| ` + "`server.metrics_token`" + ` | | by reference: who shows it may read ` + "`/metrics`" + ` from elsewhere |
| ` + "`server.otlp`" + ` | | URL of an OpenTelemetry collector that traces are sent to |
| ` + "`server.log`" + ` | ` + "`info`" + ` | debug, info, warn or error: what ` + "`drover serve`" + ` logs |
| ` + "`server.connections`" + ` | ` + "`1024`" + ` | at most so many at a time |
| ` + "`server.trusted_proxies`" + ` | | addresses and networks (CIDR) of reverse proxies that are believed about where a request came from, for limits and the audit log |
| ` + "`audit.anchor.file`, `audit.anchor.webhook`" + ` | | where the signed end of the audit log is written to besides the data directory |
| ` + "`audit.retention`" + ` | | a server removes entries of the audit log that are older, 7d or more, by a signed cut; without it nothing is removed by itself |
| ` + "`audit.export`" + ` | | folder that keeps what a server removes from the audit log; without it nobody keeps it |
| ` + "`schedule.concurrent`" + ` | ` + "`2`" + ` | how many scheduled scans run at a time |
| ` + "`schedule.longest`" + ` | ` + "`1h`" + ` | how long a scheduled scan may take |
| ` + "`schedule.jitter`" + ` | a tenth of ` + "`every`" + ` | how much later than due one may begin |
| ` + "`schedule.disabled`" + ` | ` + "`false`" + ` | nothing is scanned by itself |
| ` + "`notify[]`" + ` | | ` + "`kind: webhook`" + ` with ` + "`url`" + ` and ` + "`secret`" + ` (by reference): told of scheduled scans that fail and of changes of views that somebody watches (` + "`view.changed`" + `; what a private view is called is left out), as Standard Webhooks. Other kinds are for later versions |
| ` + "`profiles`" + ` | | servers that ` + "`--profile NAME`" + ` asks: ` + "`server`, `ca_file`, `token_env` or `token_file`" + ` |
| ` + "`ui.theme`, `ui.density`, `ui.timezone`" + ` | ` + "`system`, `comfortable`, `local`" + ` | how the page looks before a person chose otherwise |
| ` + "`auth.oidc`, `auth.workload`, `auth.session`" + ` | | who may sign in, and for how long: [sign-in](../use/sign-in.md) |
| ` + "`jit`, `detection`" + ` | | for later versions: accepted, not read; ` + "`drover doctor`" + ` says so |

## Sources

Every source has ` + "`id`" + ` (letters, digits, dot, dash, underscore) and ` + "`kind`" + `, and may have ` + "`disabled: true`" + `, ` + "`every`" + `, ` + "`env`" + ` and ` + "`business_unit`" + `. The rest are options of its kind.
`
