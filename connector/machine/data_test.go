package machine

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// data is a folder of files that others wrote, with what a foreign program
// counts in it.
func data(t *testing.T, parts ...string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(append([]string{"..", "..", "..", "shared", "data"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	dir, err = filepath.EvalSymlinks(dir) // as the connector names what it reads
	if err != nil {
		t.Skip("NOT RUN: the data is not present")
	}
	return dir
}

// foreign runs a program that is none of ours, and returns its lines.
func foreign(t *testing.T, name string, args ...string) []string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip("NOT RUN: " + name + " is not installed")
	}
	out, _ := exec.Command(name, args...).Output() // a file that it refuses gives no line
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

func same(t *testing.T, what string, got, want map[string]bool) {
	t.Helper()
	for w := range want {
		if !got[w] {
			t.Errorf("%s: missing %s", what, w)
		}
	}
	for g := range got {
		if !want[g] {
			t.Errorf("%s: extra %s", what, g)
		}
	}
	t.Logf("%s: %d, the foreign count says %d", what, len(got), len(want))
}

func TestMCPConfigsOfOthers(t *testing.T) {
	dir := data(t, "agents", "mcp-configs")
	r := connectortest.Collect(t, Connector, map[string][]string{"root": {dir}})
	if r.Status() != drover.StatusOK {
		t.Errorf("status %s: %+v", r.Status(), r.Sections)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := filepath.Glob(filepath.Join(dir, ".*.json"))
	if err != nil {
		t.Fatal(err)
	}
	const servers = `(.mcpServers // .servers // (if (type == "object" and length > 0 and ([.[] | type == "object" and (has("command") or has("url"))] | all)) then . else {} end)) | keys[]`
	want, unread := map[string]bool{}, map[string]bool{}
	for _, f := range append(files, hidden...) {
		if exec.Command("jq", ".", f).Run() != nil {
			unread[f] = true // JSON with comments
			continue
		}
		for _, name := range foreign(t, "jq", "-r", servers, f) {
			want[f+"#"+name] = true
		}
	}
	got := map[string]bool{}
	for _, n := range r.ByType("mcp.server") {
		if f := n.Attrs.Str("file"); !unread[f] {
			got[f+"#"+n.Name] = true
		}
	}
	same(t, "MCP servers", got, want)
}

func TestWorkflowsOfOthers(t *testing.T) {
	for _, folder := range []string{"n8n-workflows", "n8n-templates"} {
		dir := data(t, "agents", folder)
		r := connectortest.Collect(t, Connector, map[string][]string{"root": {dir}})
		if r.Status() != drover.StatusOK {
			t.Errorf("%s: status %s: %+v", folder, r.Status(), r.Sections)
		}
		want, got := map[string]bool{}, map[string]bool{}
		for _, f := range foreign(t, "find", dir, "-name", "*.json") {
			want[f] = true
		}
		pairs, wantPairs := map[string]bool{}, map[string]bool{}
		file := map[drover.Ref]string{}
		types := map[drover.Ref]string{}
		for _, n := range r.Nodes {
			if n.Type == "n8n.workflow" || n.Type == "n8n.agent" {
				got[n.Attrs.Str("file")] = true
				file[n.Ref] = n.Attrs.Str("file")
			}
			types[n.Ref] = n.Attrs.Str("type")
		}
		for _, e := range r.Edges {
			if f := file[e.From]; f != "" && e.Kind == drover.EdgeReadsSecret && e.To.Type() == "agent_credential" {
				pairs[f+" "+types[e.To]] = true
			}
		}
		files := slices.Sorted(maps.Keys(want))
		for _, line := range foreign(t, "jq", append([]string{"-r", `input_filename as $f | [.. | .nodes? // empty | .[]? | .credentials? // empty | objects | keys[]] | unique[] | $f + " " + .`}, files...)...) {
			wantPairs[line] = true
		}
		same(t, folder+": files", got, want)
		same(t, folder+": workflow and credential type", pairs, wantPairs)
	}
}

// Every certificate that openssl reads is there, under the fingerprint that
// openssl gives it, and no other.
func TestCertificatesOfOthers(t *testing.T) {
	dir := data(t, "certs")
	r := connectortest.Collect(t, Connector, map[string][]string{"root": {dir}})
	got := map[string]bool{}
	for _, n := range r.ByType("x509.certificate") {
		got[n.Ref.ID()] = true
	}
	block := regexp.MustCompile(`(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----`)
	want, refused := map[string]bool{}, 0
	for _, f := range foreign(t, "find", dir, "-name", "*.pem", "-o", "-name", "*.crt") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range block.FindAll(text, -1) {
			cmd := exec.Command("openssl", "x509", "-noout", "-fingerprint", "-sha256")
			cmd.Stdin = strings.NewReader(string(b) + "\n")
			out, err := cmd.Output()
			if _, fp, ok := strings.Cut(strings.TrimSpace(string(out)), "="); err == nil && ok {
				want[strings.ToLower(strings.ReplaceAll(fp, ":", ""))] = true
			} else {
				refused++
			}
		}
	}
	for w := range want {
		if !got[w] {
			t.Errorf("openssl reads a certificate that was not found: %s", w)
		}
	}
	extra := 0
	for g := range got {
		if _, err := hex.DecodeString(g); err != nil || len(g) != 64 {
			t.Errorf("%q is no fingerprint", g)
		}
		if !want[g] {
			extra++
		}
	}
	// DER files, and blocks that openssl refuses though their parts can be told.
	if extra > refused+len(foreign(t, "find", dir, "-name", "*.der")) {
		t.Errorf("%d certificates that openssl does not see; it refused %d blocks", extra, refused)
	}
	t.Logf("%d certificates, openssl reads %d and refuses %d blocks", len(got), len(want), refused)
}

// Each identity and credential that a state names, as jq reads it, is there.
func TestStatesOfOthers(t *testing.T) {
	dir := data(t, "tfstate")
	r := connectortest.Collect(t, Connector, map[string][]string{"root": {dir}})
	seen := map[string]bool{}
	for _, n := range r.Nodes {
		for _, a := range n.Aliases {
			seen[a] = true
		}
	}
	files := foreign(t, "find", dir, "-name", "*.tfstate")
	n := 0
	var good []string
	for _, f := range files {
		if exec.Command("jq", "-e", "type == \"object\"", f).Run() == nil {
			good = append(good, f)
		}
	}
	for _, f := range good {
		for _, a := range foreign(t, "jq", "-r", `.resources[]? | select(.mode == "managed") | (select(.type == "aws_iam_user" or .type == "aws_iam_role") | .instances[].attributes.arn), (select(.type == "aws_iam_access_key") | "aws-key:" + .instances[].attributes.id)`, f) {
			n++
			if !seen[a] {
				t.Errorf("%s: jq reads %s, which was not found", filepath.Base(filepath.Dir(f)), a)
			}
		}
	}
	if places := len(r.ByType("machine.file")); places < len(files) {
		t.Errorf("%d places for %d states", places, len(files))
	}
	t.Logf("%d states, %d identities and keys by jq", len(files), n)
	// What jq cannot read either is lost, and said to be; nothing else is.
	s, _ := r.Section("terraform")
	lost := 0
	for _, n := range s.Notes {
		if n.Lost && slices.Contains(good, n.Where) {
			t.Errorf("%s could not be read: %s", n.Where, n.Text)
		} else if n.Lost {
			lost++
		}
	}
	if lost != len(files)-len(good) {
		t.Errorf("%d states are said to be lost, jq cannot read %d", lost, len(files)-len(good))
	}
	noSecrets(t, r, good)
}

// noSecrets proves that no sensitive value of the states came out.
func noSecrets(t *testing.T, r *connectortest.Result, files []string) {
	t.Helper()
	var canaries []string
	for _, f := range files {
		for _, line := range foreign(t, "jq", "-c", `[.resources[]?.instances[].attributes | objects | .secret, .ses_smtp_password_v4, .password, .master_password, .private_key | strings | select(length > 7)]`, f) {
			var list []string
			if err := json.Unmarshal([]byte(line), &list); err != nil {
				t.Fatal(err)
			}
			canaries = append(canaries, list...)
		}
	}
	slices.Sort(canaries)
	connectortest.NoCanary(t, fmt.Sprintf("%+v %+v %+v %s", r.Nodes, r.Edges, r.Sections, r.Logs), slices.Compact(canaries))
	t.Logf("%d sensitive values looked for", len(canaries))
}

// ssh-keygen names the same keys.
func TestKeysAsSSHKeygenNamesThem(t *testing.T) {
	p := newPlanter(t)
	dir := filepath.Join(p.root, ".ssh")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for i, kind := range [][]string{{"-t", "ed25519"}, {"-t", "ecdsa", "-b", "384"}, {"-t", "rsa", "-b", "2048"}, {"-t", "rsa", "-b", "2048", "-m", "PEM"}, {"-t", "ed25519", "-N", "locked away"}} {
		name := filepath.Join(dir, fmt.Sprintf("key%d", i))
		args := append([]string{"-q", "-C", "test", "-f", name}, kind...)
		if !slices.Contains(kind, "-N") {
			args = append(args, "-N", "")
		}
		foreign(t, "ssh-keygen", args...)
		f := strings.Fields(strings.Join(foreign(t, "ssh-keygen", "-lf", name+".pub"), ""))
		if len(f) < 2 {
			t.Fatalf("ssh-keygen -lf %s says nothing", name)
		}
		want["ssh:"+f[1]] = true
	}
	got := map[string]bool{}
	for _, n := range connectortest.Collect(t, Connector, p.config()).ByType("ssh.key") {
		for _, a := range n.Aliases {
			if strings.HasPrefix(a, "ssh:") {
				got[a] = true
			}
		}
	}
	same(t, "keys", got, want)
}
