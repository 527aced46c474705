// Package local finds the server that runs on this machine for a data directory,
// and connects to it: what writes while a server holds the embedded store asks
// the server to.
//
// A server says where it is in server.json of its data directory and listens on
// a Unix socket, both private to their owner. Nothing in that file is believed
// before the server itself has answered on the socket with the same words.
package local

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/droverhq/drover"
)

const (
	// File is the name of the file in the data directory.
	File = "server.json"
	// Socket is the name of the socket in the data directory.
	Socket = "drover.sock"
	// Base is the URL of a server on its socket.
	Base = "http://drover.local"
	// Path is where a server says who it is: on the socket, and with its instance
	// alone to everybody.
	Path = "/local/server"
)

// A Server is one that runs, as it describes itself.
type Server struct {
	Schema   string    `json:"schema"`   // drover/v1/server
	PID      int       `json:"pid"`      // of its process
	URL      string    `json:"url"`      // what a browser calls it
	Listen   string    `json:"listen"`   // host:port that it listens on
	Socket   string    `json:"socket"`   // path; "": it has none
	Instance string    `json:"instance"` // drawn at its start, no secret
	Version  string    `json:"version"`
	Started  time.Time `json:"started"`
}

// Schema is that of server.json.
const Schema = "drover/v1/server"

// Announce writes server.json, whole or not at all, for its owner alone.
func Announce(home string, s Server) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("announce the server: %w", err)
	}
	tmp := filepath.Join(home, "."+File+"."+rand.Text()[:8])
	if err := os.WriteFile(tmp, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("announce the server: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(home, File)); err != nil {
		return errors.Join(fmt.Errorf("announce the server: %w", err), os.Remove(tmp))
	}
	return nil
}

// Withdraw removes server.json where it still is that of the instance.
func Withdraw(home, instance string) error {
	s, err := read(home)
	if errors.Is(err, fs.ErrNotExist) || err == nil && s.Instance != instance {
		return nil
	}
	if err == nil {
		err = os.Remove(filepath.Join(home, File))
	}
	if err != nil {
		return fmt.Errorf("withdraw the server's address: %w", err)
	}
	return nil
}

// Find returns the server that runs for a data directory. The error wraps
// drover.ErrNotFound when none does, also where one was killed and its file is
// still there; drover.ErrPermission for a file or a socket that others may
// write, which is not believed.
func Find(ctx context.Context, home string) (*Server, error) {
	s, err := read(home)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no server runs for %s: %w", home, drover.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	c, base := &http.Client{}, s.URL
	if s.Socket != "" {
		if err := private(s.Socket, fs.ModeSocket); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("the server of %s is gone: %w", home, drover.ErrNotFound)
			}
			return nil, err
		}
		c, base = s.Client(), Base
	}
	defer c.CloseIdleConnections()
	seen, err := ask(ctx, c, base)
	if err != nil || seen.Instance != s.Instance {
		return nil, fmt.Errorf("the server of %s is gone: %w", home, drover.ErrNotFound)
	}
	return s, nil
}

// Dial finds the server of a data directory and returns a client that speaks to
// it over its socket, as the local administrator; URLs begin with Base. The
// error wraps drover.ErrNotFound when there is none, or none with a socket.
func Dial(ctx context.Context, home string) (*http.Client, *Server, error) {
	s, err := Find(ctx, home)
	if err != nil {
		return nil, nil, err
	}
	if s.Socket == "" {
		return nil, nil, fmt.Errorf("the server that runs (process %d) has no local socket on this system: use %s with a token: %w", s.PID, s.URL, drover.ErrNotFound)
	}
	return s.Client(), s, nil
}

// Client speaks to the server over its socket, whatever host a URL names.
func (s *Server) Client() *http.Client {
	var d net.Dialer
	return &http.Client{
		Transport: &http.Transport{
			DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", s.Socket) },
			DisableKeepAlives: false, MaxIdleConns: 2, IdleConnTimeout: 30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

const maxFile = 16 << 10

func read(home string) (*Server, error) {
	path := filepath.Join(home, File)
	if err := private(path, 0); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := decode(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return s, nil
}

func decode(r io.Reader) (*Server, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	s := &Server{}
	if len(raw) > maxFile || json.Unmarshal(raw, s) != nil || s.Schema != Schema || s.PID <= 0 || s.Instance == "" {
		return nil, fmt.Errorf("it does not describe a server; remove it if none runs: %w", drover.ErrInvalid)
	}
	if s.Socket != "" && !filepath.IsAbs(s.Socket) {
		return nil, fmt.Errorf("its socket is no absolute path: %w", drover.ErrInvalid)
	}
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return nil, fmt.Errorf("its address is not host:port: %w", drover.ErrInvalid)
	}
	return s, nil
}

func ask(ctx context.Context, c *http.Client, base string) (*Server, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+Path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s: %w", resp.Status, drover.ErrNotFound)
	}
	s := &Server{}
	return s, json.NewDecoder(io.LimitReader(resp.Body, maxFile)).Decode(s)
}

// LoginPath is where the owner asks, by the socket, for a link to sign in by.
const LoginPath = "/local/login-link"

// A Link signs in whoever opens it first, before it expires.
type Link struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// Login asks the server for a link to sign in by, as the local administrator.
func (s *Server) Login(ctx context.Context) (*Link, error) { return s.LoginAs(ctx, "") }

// LoginAs asks the server for a link for a user; "" is the local administrator. The
// error wraps drover.ErrNotFound where there is no such user.
func (s *Server) LoginAs(ctx context.Context, user string) (*Link, error) {
	if s.Socket == "" {
		return nil, fmt.Errorf("the server that runs (process %d) has no local socket on this system, which a link is asked for by: %w", s.PID, drover.ErrNotFound)
	}
	c := s.Client()
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, Base+LoginPath+"?user="+url.QueryEscape(user), nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for a login link: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound && user != "" {
		return nil, fmt.Errorf("no person is called so; `drover user list` has them all: %w", drover.ErrNotFound)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for a login link: the server answers %s", resp.Status)
	}
	l := &Link{}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxFile)).Decode(l); err != nil {
		return nil, fmt.Errorf("ask for a login link: %w", err)
	}
	return l, nil
}

// CopiedPath is where the owner says, by the socket, that they copy the store.
const CopiedPath = "/local/copied"

// What a copy of the whole store is called in the audit log.
const (
	CopyBackup = "store.backup"
	CopyExport = "store.export"
)

// Copied has the server record that a copy of its store is made: CopyBackup or
// CopyExport, to a file of this name.
func (s *Server) Copied(ctx context.Context, action, file string) error {
	c := s.Client()
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, Base+CopiedPath+"?"+url.Values{"action": {action}, "file": {file}}.Encode(), nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return fmt.Errorf("record the copy: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("record the copy: the server answers %s", resp.Status)
	}
	return nil
}
