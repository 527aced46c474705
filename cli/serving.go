package cli

import (
	"context"
	"log/slog"
	"os/exec"
	"runtime"
	"time"

	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// A Serving is what `up` and `serve` hand to the server that the binary was built
// with.
type Serving struct {
	Home   string
	Config *config.Config
	Listen string // host:port; "": that of the configuration
	Local  bool   // `up`: for the person at this machine

	Open  func(context.Context) (*engine.Engine, error) // opens the engine to read and write
	Ready func(Served)                                  // told once, when requests are answered
	Log   *slog.Logger
	Now   func() time.Time

	User                  string // who the socket's other end is called
	Version, Commit, Date string
}

// Served is a server that answers.
type Served struct {
	local.Server
	Login  *local.Link // signs in once; nil: nobody signs in by a link here
	Driver string      // of the store: sqlite, postgres
}

// browser opens a URL in the browser of this desktop. It reports whether there is
// one to try: on a server without a desktop nothing is opened.
func browser(ctx context.Context, url string, getenv func(string) string) (cmd *exec.Cmd) {
	switch runtime.GOOS {
	case "darwin":
		return exec.CommandContext(ctx, "open", url)
	case "windows":
		return exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", url)
	}
	if getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" && getenv("WSL_DISTRO_NAME") == "" {
		return nil
	}
	for _, name := range []string{"xdg-open", "wslview", "gio"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if name == "gio" {
			return exec.CommandContext(ctx, path, "open", url)
		}
		return exec.CommandContext(ctx, path, url)
	}
	return nil
}
