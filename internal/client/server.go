package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// Options say which server is spoken to, and how.
type Options struct {
	URL    string        // https://host, http://127.0.0.1:8765, unix:///path/to/drover.sock
	Token  drover.Secret // sent as Authorization: Bearer; zero: none, as on the socket
	CAFile string        // PEM: roots beside those of the system; "": none
	Agent  string        // User-Agent; "": drover
	Show   func(string)  // told of each request, as a command line of curl; nil: nobody is
	Dry    bool          // requests are shown and not sent: calls return ErrNotSent
}

// New makes a client. It calls nobody. The error wraps drover.ErrInvalid for an
// address that is none, and where a token would cross a network in the clear.
func New(o Options) (*Client, error) {
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(o.URL), "/"))
	if err != nil {
		return nil, fmt.Errorf("server: it is no URL: %w", drover.ErrInvalid) // the text may hold a password
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("server: a URL has a name, and at most a port and a path; a token is read from DROVER_TOKEN or --token-file: %w", drover.ErrInvalid)
	}
	c := &Client{token: o.Token, agent: o.Agent, show: o.Show, dry: o.Dry, wait: backoff}
	if c.agent == "" {
		c.agent = "drover"
	}
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 5 * time.Minute,
		MaxIdleConns: 4, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
	}
	switch {
	case u.Scheme == "unix" && u.Host == "" && filepath.IsAbs(u.Path):
		c.base = "http://drover.local"
		transport.Proxy = nil
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "unix", u.Path)
		}
	case u.Scheme == "https" && u.Host != "":
		c.base = strings.TrimSuffix(u.String(), "/")
		if transport.TLSClientConfig, err = trust(o.CAFile); err != nil {
			return nil, err
		}
	case u.Scheme == "http" && u.Host != "":
		c.base = strings.TrimSuffix(u.String(), "/")
		if o.Token != "" && !loopback(u.Hostname()) {
			return nil, fmt.Errorf("server: http to another machine would show the token to everybody on the way: use https: %w", drover.ErrInvalid)
		}
	default:
		return nil, fmt.Errorf("server: write https://HOST, http://127.0.0.1:PORT or unix:///PATH: %w", drover.ErrInvalid)
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

// Over makes a client that speaks through another one, such as that of a local
// socket. base is the URL of the server, without /api/v1.
func Over(h *http.Client, base string, o Options) *Client {
	c := &Client{base: base, http: h, token: o.Token, agent: o.Agent, show: o.Show, dry: o.Dry, wait: backoff}
	if c.agent == "" {
		c.agent = "drover"
	}
	return c
}

// Close lets go of connections that wait.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// loopback reports whether a name is this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

const maxFile = 1 << 20

// trust are the roots of the system and those of a file.
func trust(path string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if path == "" {
		return cfg, nil
	}
	raw, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("CA file: %w", err)
	}
	if cfg.RootCAs, err = x509.SystemCertPool(); err != nil {
		cfg.RootCAs = x509.NewCertPool()
	}
	if !cfg.RootCAs.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("CA file %s: it holds no certificate in PEM: %w", path, drover.ErrInvalid)
	}
	return cfg, nil
}

// ReadToken reads a token from a file: its first line, without spaces around it.
// A file that others may read is refused.
func ReadToken(path string) (drover.Secret, error) {
	if fi, err := os.Stat(path); err == nil && fi.Mode().IsRegular() && open(fi.Mode()) {
		return "", fmt.Errorf("token file %s: others may read it; chmod 600: %w", path, drover.ErrPermission)
	}
	raw, err := readFile(path)
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return "", fmt.Errorf("token file %s: its first line is empty: %w", path, drover.ErrInvalid)
	}
	return drover.Secret(line), nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, drover.ErrInvalid)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s is over 1 MiB: %w", path, drover.ErrInvalid)
	}
	return raw, err
}
