package serve

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
)

// guard refuses what would let strangers in: an address that other machines reach
// without TLS or without sign-in.
func (x *server) guard() error {
	s := x.Config.Server
	x.secure = s.TLS.Cert != ""
	if x.Listen == "" {
		x.Listen = s.Listen
	}
	if x.Listen == "" {
		x.Listen = config.DefaultListen
	}
	if err := config.CheckListen(x.Listen); err != nil {
		return err
	}
	if config.Loopback(x.Listen) {
		return nil
	}
	if x.Local {
		return fmt.Errorf("%s is reached from other machines, and `drover up` is for this one: use --listen %s, or `drover serve`, which asks for TLS and sign-in: %w", x.Listen, config.DefaultListen, drover.ErrInvalid)
	}
	var missing []string
	if !x.secure {
		missing = append(missing, "server.tls.cert and server.tls.key (PEM files)")
	}
	if !x.signIn() {
		missing = append(missing, "auth.oidc (issuer, client_id, client_secret) for people or auth.workload for machines")
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s is reached from other machines: set %s in %s, or listen on %s: %w", x.Listen, strings.Join(missing, ", and "), x.configName(), config.DefaultListen, drover.ErrInvalid)
	}
	return nil
}

func (x *server) configName() string {
	if x.Config.Path == "" {
		return "drover.yaml"
	}
	return x.Config.Path
}
