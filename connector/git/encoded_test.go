package git_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/git"
)

func inUTF16(s, mark string) string {
	var b strings.Builder
	b.WriteString(mark)
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// What Windows writes in UTF-16 is text: in what is staged, in the history, and in
// files that nobody has added.
func TestUTF16(t *testing.T) {
	y := newYard(t)
	y.write("README", "nothing\n")
	y.commit("zero")
	y.write("marked.ini", inUTF16("a = 1\r\nkey = "+token("marked")+"\r\n", "\xff\xfe"))
	y.write("bare.ps1", inUTF16("$key = '"+token("bare")+"'\r\n", ""))
	y.git("add", "-A")
	hits, err := git.Staged(t.Context(), y.dir, "")
	if err != nil || len(hits) != 2 || hits[0].Line+hits[1].Line != 3 {
		t.Errorf("staged: %v, %v", hits, err)
	}
	y.commit("one")
	y.write("new.ini", inUTF16("key = "+token("new")+"\r\n", "\xff\xfe"))
	r := scan(t, y.dir)
	found := map[drover.Ref]bool{}
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeStoredIn {
			found[e.From] = true
		}
	}
	if len(found) != 3 {
		t.Errorf("%d tokens are found, want 3", len(found))
	}
}

// A connection string says whom it is for in base64, too, as manifests of Secrets
// have it.
func TestLoginsInManifests(t *testing.T) {
	y := newYard(t)
	pw := token("db")[6:]
	enc := base64.StdEncoding.EncodeToString
	y.write("d.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: n}\ndata:\n  url: "+enc([]byte("postgres://svc_d:"+pw+"1@db.corp.net/x"))+"\n  b: "+enc([]byte("amqp://svc_q:"+pw+"3@mq.corp.net/v"))+
		"\nstringData:\n  mongo: mongodb+srv://u1:"+pw+"2@cl0.abc.mongodb.net/db\n  cache: redis://svc_r:"+pw+"4@cache.corp.net:6379/0\n")
	y.commit("one")
	r := scan(t, y.dir)
	var got []string
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeAuthenticates {
			got = append(got, e.To.ID())
		}
	}
	slices.Sort(got)
	want := []string{"dsn:amqp://mq.corp.net:5672/svc_q", "dsn:mongodb+srv://cl0.abc.mongodb.net/u1", "dsn:postgres://db.corp.net:5432/svc_d", "dsn:redis://cache.corp.net:6379/svc_r"}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("authenticates %q, want %q", got, want)
	}
}

// The message of an annotated tag is searched, as is that of a tag of a tag.
func TestTagMessages(t *testing.T) {
	y := newYard(t)
	y.write("README", "nothing\n")
	y.commit("zero")
	y.git("tag", "-a", "v1", "-m", "first release", "-m", "deployed with "+token("tag"))
	y.git("tag", "-a", "v2", "v1", "-m", "again with "+token("tag of a tag"))
	y.git("tag", "-a", "v3", "-m", "nothing in this one")
	r := scan(t, y.dir)
	found := map[drover.Ref]bool{}
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeStoredIn {
			found[e.From] = true
		}
	}
	if len(found) != 2 || r.Status() != drover.StatusOK {
		t.Errorf("%d tokens are found in messages of tags, want 2; %s", len(found), r.Status())
	}
}
