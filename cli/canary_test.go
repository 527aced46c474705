package cli_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/crypto/ssh"

	"github.com/droverhq/drover/cli"
	"github.com/droverhq/drover/connector"
)

// A canary is a secret made up for one test run. It must be nowhere but where it
// was planted.
type canary struct{ name, value string }

// cage makes canaries.
type cage struct {
	t   testing.TB
	all []canary
}

const (
	alnum  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	base   = alnum + "+/"
	symbol = alnum + "!#%*-_.~"
)

// make returns a new secret: a prefix and n random characters.
func (c *cage) make(name, prefix, alphabet string, n int) string {
	raw := make([]byte, n)
	rand.Read(raw)
	for i := range raw {
		raw[i] = alphabet[int(raw[i])%len(alphabet)]
	}
	return c.keep(name, prefix+string(raw))
}

func (c *cage) keep(name, value string) string {
	c.all = append(c.all, canary{name, value})
	return value
}

func (c *cage) password(name string) string { return c.make(name, "", symbol, 22) }
func (c *cage) key(name string) string      { return c.make(name, "", base, 40) }
func (c *cage) github(name string) string   { return c.make(name, "ghp_", alnum, 36) }

// jwt is a signed token; its signature alone is a canary too.
func (c *cage) jwt(name string) string {
	enc := base64.RawURLEncoding.EncodeToString
	sig := make([]byte, 32)
	rand.Read(sig)
	c.keep(name+" signature", enc(sig))
	return c.keep(name, enc([]byte(`{"alg":"HS256","typ":"JWT"}`))+"."+enc([]byte(`{"sub":"svc","iss":"https://idp.example.com","iat":1700000000}`))+"."+enc(sig))
}

// private is a private key in PEM; each of its lines is a canary.
func (c *cage) private(name string, openssh bool) string {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	c.keep(name+" seed", string(key.Seed()))
	var block *pem.Block
	if openssh {
		block, err = ssh.MarshalPrivateKey(key, "svc")
	} else {
		var der []byte
		der, err = x509.MarshalPKCS8PrivateKey(key)
		block = &pem.Block{Type: "PRIVATE KEY", Bytes: der}
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// forms are the spellings in which a secret may leak.
func forms(value string) [][]byte {
	raw := []byte(value)
	out := [][]byte{raw, []byte(hex.EncodeToString(raw)), []byte(strings.ToUpper(hex.EncodeToString(raw))), []byte(url.QueryEscape(value)), []byte(url.PathEscape(value))}
	if quoted, err := json.Marshal(value); err == nil {
		out = append(out, quoted[1:len(quoted)-1])
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			// The characters at both ends also hold bits of the neighbours.
			s := enc.EncodeToString(append(make([]byte, shift), raw...))
			s = s[[]int{0, 2, 3}[shift]:]
			if (shift+len(raw))%3 != 0 {
				s = s[:len(s)-1]
			}
			out = append(out, []byte(s))
		}
	}
	slices.SortFunc(out, bytes.Compare)
	return slices.CompactFunc(out, bytes.Equal)
}

// hunt returns the canaries that data holds in any spelling.
func (c *cage) hunt(data []byte) []string {
	var found []string
	for _, x := range c.all {
		for _, f := range forms(x.value) {
			if i := bytes.Index(data, f); i >= 0 {
				found = append(found, x.name)
				break
			}
		}
	}
	return found
}

// inside returns the contents of a file and of what is packed in it.
func inside(t testing.TB, name string, raw []byte) []byte {
	t.Helper()
	var r io.Reader
	switch {
	case bytes.HasPrefix(raw, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r = z
	case bytes.HasPrefix(raw, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer z.Close()
		r = z
	default:
		return raw
	}
	unpacked, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if h, err := tar.NewReader(bytes.NewReader(unpacked)).Next(); err == nil && h == nil {
		t.Fatalf("%s: an archive without a file", name)
	}
	return append(raw, unpacked...)
}

// sweep hunts in everything below the folders.
func (c *cage) sweep(dirs ...string) {
	c.t.Helper()
	files := 0
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			files++
			if found := c.hunt(inside(c.t, path, raw)); len(found) > 0 {
				c.t.Errorf("%s holds %s", path, strings.Join(found, ", "))
			}
			if found := c.hunt([]byte(path)); len(found) > 0 {
				c.t.Errorf("the name of a file holds %s", strings.Join(found, ", "))
			}
			return nil
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	if files == 0 {
		c.t.Errorf("nothing was swept")
	}
}

// type types a command line, hunts in what it prints, and returns it.
func (c *cage) run(args ...string) (out string, code int) {
	c.t.Helper()
	out, errs, code := run(c.t, args...)
	for where, text := range map[string]string{"standard output": out, "standard error": errs} {
		if found := c.hunt([]byte(text)); len(found) > 0 {
			c.t.Errorf("%s of drover %s holds %s", where, strings.Join(args, " "), strings.Join(found, ", "))
		}
	}
	return out, code
}

// A leak in any spelling is found: the hunt itself can fail.
func TestHuntFinds(t *testing.T) {
	c := &cage{t: t}
	v := c.password("one")
	for shift := range 3 {
		pad := strings.Repeat("x", shift)
		for _, leak := range []string{pad + v + "tail", hex.EncodeToString([]byte(pad + v)), base64.StdEncoding.EncodeToString([]byte(pad + v + "tail")), base64.URLEncoding.EncodeToString([]byte(pad + v)), "a=" + url.QueryEscape(v)} {
			if len(c.hunt([]byte(leak))) == 0 {
				t.Errorf("not found in %q", leak)
			}
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, v)
	z.Close()
	if len(c.hunt(packed.Bytes())) != 0 || len(c.hunt(inside(t, "x.gz", packed.Bytes()))) == 0 {
		t.Error("not found in a packed file")
	}
	if found := c.hunt([]byte(v[:len(v)-1])); len(found) != 0 {
		t.Errorf("found in what does not hold it: %v", found)
	}
}

// everywhere runs every command that prints, in every format.
func (c *cage) everywhere(dir string) {
	c.t.Helper()
	for _, noun := range []string{"identities", "credentials", "humans", "groups", "roles", "resources", "workloads", "policies", "places", "vendors", "nodes", "edges", "documents"} {
		for _, format := range []string{"table", "wide", "json", "ndjson", "yaml", "csv", "md", "name"} {
			args := []string{"list", noun, "-o", format}
			if format == "table" || format == "wide" {
				args = append(args, "--all")
			}
			if _, code := c.run(args...); code != 0 {
				c.t.Errorf("list %s -o %s: exit code %d", noun, format, code)
			}
		}
	}
	for _, format := range []string{"table", "json", "yaml", "csv", "md"} {
		c.run("diff", "--since", "1d", "-o", format)
	}
	ids, _ := c.run("list", "nodes", "--jq", `.items[].id`)
	for i, id := range strings.Fields(ids) {
		c.run("show", strings.Trim(id, `"`), "-o", []string{"table", "json", "yaml"}[i%3])
	}
	c.run("list", "--summary", "-o", "json")
	c.run("source", "list", "-o", "json")
	c.run("config", "view", "--origin")
	c.run("doctor", "--bundle")
	c.run("doctor", "-o", "json")
	c.run("store", "export")
	c.run("store", "export", filepath.Join(dir, "all.jsonl"))
	c.run("store", "backup", filepath.Join(dir, "copy.backup"))
	c.run("interview", "new", "--dir", filepath.Join(dir, "asks"))
}

// Canaries in a home, in files, in what commands print, in wrong command lines
// and in panics are found nowhere afterwards.
func TestCanaries(t *testing.T) {
	c := &cage{t: t}
	dir := fresh(t)
	out := filepath.Join(dir, "out")
	home := filepath.Join(dir, "planted")
	c.plantHome(home)
	if err := os.MkdirAll(out, 0o700); err != nil {
		t.Fatal(err)
	}
	config := c.plantSources(dir)
	if len(c.all) < 60 {
		t.Fatalf("only %d canaries", len(c.all))
	}
	t.Chdir(out)
	must(t, 0, "list") // makes the store
	// A reader that stays keeps what is written ahead in its file.
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		done <- cli.Run(ctx, binary, []string{"list", "--watch", "-o", "ndjson"}, nil, io.Discard, io.Discard)
	}()
	c.run("scan", home, "--dry-run", "-o", "json")
	if _, code := c.run("scan", home, "-v"); code != 0 && code != 3 {
		t.Errorf("scan of the home: exit code %d", code)
	}
	if _, code := c.run("--config", config, "scan", "-v", "-o", "json"); code != 3 {
		t.Errorf("scan with sources that fail: exit code %d, want 3", code)
	}
	if n := strings.Count(must(t, 0, "list", "credentials", "-o", "ndjson"), "\n"); n < 25 {
		t.Errorf("only %d credentials were found: the hunt proves little", n)
	} else {
		t.Logf("%d canaries, %d credentials found", len(c.all), n)
	}
	c.everywhere(out)
	c.mistakes()
	for _, args := range [][]string{{"--config", config, "doctor"}, {"--config", config, "config", "view", "--origin"}, {"--config", config, "source", "test", "wrong-password"}, {"--config", config, "source", "list"}} {
		c.run(args...)
	}
	c.sweep(filepath.Join(dir, "data"), out)
	stop()
	<-done
	c.sweep(filepath.Join(dir, "data"), out)
	c.crash(home)
}

// mistakes types secrets where none belong.
func (c *cage) mistakes() {
	c.t.Helper()
	p := c.password("typed as an option")
	for _, args := range [][]string{
		{"source", "add", "x", "postgres", "dsn=postgres://u:" + p + "@127.0.0.1:1/x"},
		{"source", "add", "x", "postgres", p},
	} {
		if _, code := c.run(args...); code != 2 {
			c.t.Errorf("a literal secret was taken: exit code %d", code)
		}
	}
	ids, _ := c.run("list", "--jq", ".items[0].id")
	if _, code := c.run("tag", strings.Trim(ids, "\"\n"), "note="+c.github("typed as a tag")); code != 2 {
		c.t.Errorf("a secret was taken as a tag: exit code %d", code)
	}
}

// crash panics with a canary in hand, inside a scan and outside of one.
func (c *cage) crash(home string) {
	c.t.Helper()
	bomb := func(name string, panics func()) *connector.Connector {
		return &connector.Connector{Name: name, Title: "Bomb", Doc: "Panics.", Verified: "real: this test", Scopes: []connector.Scope{{Name: "none", Why: "it reads nothing", Grant: "none"}},
			Reads:    func(context.Context, *connector.Session, func(connector.Read)) error { panics(); return nil },
			Probe:    func(context.Context, *connector.Session) error { panics(); return nil },
			Discover: func(context.Context, *connector.Scan) error { panics(); return nil }}
	}
	p := c.password("in a panic")
	with := binary
	with.Connectors = append(slices.Clone(binary.Connectors), bomb("bomb", func() { panic("connect: " + p) }), bomb("booby", func() { panic(fmt.Errorf("dial %s", p)) }))
	for _, args := range [][]string{{"scan", "bomb", "-v"}, {"scan", "booby", "-o", "json"}, {"scan", "bomb", "--dry-run"}, {"source", "test", "booby", "-o", "json"}, {"doctor"}, {"list"}} {
		var text bytes.Buffer
		code := cli.Run(c.t.Context(), with, args, nil, &text, &text)
		if found := c.hunt(text.Bytes()); len(found) > 0 {
			c.t.Errorf("drover %s holds %s:\n%s", strings.Join(args, " "), strings.Join(found, ", "), text.String())
		}
		if args[0] == "scan" && code != 3 && code != 1 {
			c.t.Errorf("drover %s: exit code %d: %s", strings.Join(args, " "), code, text.String())
		}
	}
	c.sweep(os.Getenv("DROVER_HOME"))
	var errs bytes.Buffer
	code := cli.Run(c.t.Context(), binary, []string{"version"}, nil, bombed(p), &errs)
	if code != 1 || !strings.Contains(errs.String(), "this is a bug in drover") || len(c.hunt(errs.Bytes())) > 0 {
		c.t.Errorf("a panic of the command line: exit code %d, %s", code, errs.String())
	}
}

// bombed is a writer that panics with what it is made of.
type bombed string

func (b bombed) Write([]byte) (int, error) { panic(fmt.Sprintf("cannot write %s", string(b))) }
