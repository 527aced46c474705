package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
)

func TestServerSection(t *testing.T) {
	c, err := load(t, "server: {listen: '0.0.0.0:8443', public_url: 'https://d.example.com', tls: {cert: a.pem, key: b.pem}, metrics_token: '${env:T}', otlp: 'http://127.0.0.1:4318', log: warn}\n"+
		"schedule: {concurrent: 4, longest: 30m, jitter: 2m}\nnotify: [{kind: webhook, url: '${env:HOOK}', secret: '${env:S}', format: standard-webhooks}, {kind: email, digest: weekly}]\nui: {theme: dark, density: compact, timezone: Europe/Paris}\n",
		"DROVER__SERVER__LISTEN=127.0.0.1:9000")
	if err != nil {
		t.Fatal(err)
	}
	concurrent, longest := c.Schedule.Limits()
	if c.Server.Listen != "127.0.0.1:9000" || c.Server.TLS.Key != "b.pem" || concurrent != 4 || longest != 30*time.Minute || c.Schedule.JitterOf(time.Hour) != 2*time.Minute || len(c.Notify) != 2 || c.UI.Theme != "dark" {
		t.Errorf("got %+v %+v %+v %+v", c.Server, c.Schedule, c.Notify, c.UI)
	}
	concurrent, longest = Schedule{}.Limits()
	if concurrent != DefaultConcurrent || longest != DefaultLongest || (Schedule{}).JitterOf(time.Hour) != 6*time.Minute || (Schedule{Jitter: "0s"}).JitterOf(time.Hour) != 0 {
		t.Errorf("defaults: %d, %s", concurrent, longest)
	}
}

func TestServerErrors(t *testing.T) {
	for text, want := range map[string]string{
		"server: {listen: '8765'}":                                     "host:port",
		"server: {listen: '127.0.0.1:99999'}":                          "host:port",
		"server: {listen: '::1:80'}":                                   "host:port",
		"server: {tls: {cert: a}}":                                     "both cert and key",
		"server: {tls: auto}":                                          "drover.yaml:1:15",
		"server: {metrics_token: hunter2}":                             "metrics_token",
		"server: {public_url: 'ftp://x'}":                              "public_url",
		"server: {public_url: 'https://u@x'}":                          "public_url",
		"server: {otlp: 'localhost:4318'}":                             "otlp",
		"server: {log: loud}":                                          "server.log",
		"server: {trusted_proxies: [proxy.example.com]}":               "trusted_proxies[0]",
		"server: {trusted_proxies: [10.0.0.1, 0.0.0.0/0]}":             "everybody",
		"server: {trusted_proxies: ['::/0']}":                          "everybody",
		"server: {trusted_proxies: ['::ffff:0.0.0.0/96']}":             "IPv4 network",
		"server: {trusted_proxies: ['fe80::1%eth0']}":                  "trusted_proxies",
		"server: {connections: -1}":                                    "connections",
		"server: {lisen: x}":                                           "lisen",
		"schedule: {concurrent: 65}":                                   "concurrent",
		"schedule: {longest: 0s}":                                      "longest",
		"schedule: {jitter: often}":                                    "jitter",
		"ui: {theme: pink}":                                            "theme",
		"notify: [{url: 'https://x'}]":                                 "kind",
		"notify: [{kind: webhook}]":                                    "url",
		"notify: [{kind: webhook, url: 'https://x', secret: hunter2}]": "secret",
	} {
		_, err := load(t, text+"\n")
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want an error about %q", text, err, want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for listen, want := range map[string]bool{"127.0.0.1:1": true, "127.9.9.9:1": true, "localhost:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "localhost.example.com:1": false, "127.0.0.1": false, "::1:1": false, "": false} {
		if got := Loopback(listen); got != want {
			t.Errorf("Loopback(%q) = %t, want %t", listen, got, want)
		}
	}
}
