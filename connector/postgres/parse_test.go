package postgres

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover"
)

func TestParseConninfo(t *testing.T) {
	for in, want := range map[string]map[string]string{
		"":                             {},
		"  host = a  port=5":           {"host": "a", "port": "5"},
		`password='it\'s \\ x' user=u`: {"password": `it's \ x`, "user": "u"},
		`password=a\ b`:                {"password": "a b"},
		"password=":                    {"password": ""},
		"PASSWORD=x":                   {"password": "x"},
		"postgres://":                  {},
		"postgresql://u:p%40ss@h:1/d?sslpassword=s%20s&x=1": {"user": "u", "password": "p@ss", "host": "h", "port": "1", "dbname": "d", "sslpassword": "s s", "x": "1"},
		"postgres://h1:1,h2:2/d":                            {"host": "h1,h2", "port": "1,2", "dbname": "d"},
		"postgres://u@[::1]:7/":                             {"user": "u", "host": "::1", "port": "7"},
		"postgres://%2Fvar%2Frun/d":                         {"host": "/var/run", "dbname": "d"},
		"postgres:///d?host=h&password=y":                   {"dbname": "d", "host": "h", "password": "y"},
	} {
		got, err := parseConninfo(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", in, d)
		}
	}
	for _, in := range []string{"host", "host a", "=x", "password='secretvalue", "postgres://u:secretvalue%zz@h", "password=" + strings.Repeat("x", maxConninfo)} {
		if _, err := parseConninfo(in); err == nil || strings.Contains(err.Error(), "secretvalue") {
			t.Errorf("%.40q: %v, want an error without the text", in, err)
		}
	}
}

// Whatever the string, nothing panics; and where the driver reads a password
// out of it, this parser saw it too: what it missed could come out.
func FuzzParseConninfo(f *testing.F) {
	for _, s := range []string{"host=a password='b c' user=d", "postgres://u:p@h:1/d?password=q", `password=\'x user=y`, "postgresql://u:p%20q@[::1]/d", "a=b c='\\'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(strings.ToLower(s), "file") || strings.Contains(strings.ToLower(s), "service") || strings.Contains(strings.ToLower(s), "cert") || strings.Contains(strings.ToLower(s), "key") {
			return // the driver would read files
		}
		secrets := secretsOf(s)
		cfg, err := pgx.ParseConfig(s)
		if err != nil || cfg.Password == "" {
			return
		}
		for _, x := range secrets {
			if strings.Contains(x, cfg.Password) {
				return
			}
		}
		t.Errorf("%q: the driver sends password %q, this parser saw %q", s, cfg.Password, secrets)
	})
}

func TestTarget(t *testing.T) {
	for _, c := range []struct {
		in   map[string]string
		want string
	}{
		{map[string]string{"host": "DB.example.com", "user": "a b"}, "dsn:postgres://db.example.com:5432/a%20b"},
		{map[string]string{"host": "2001:db8::2", "port": "7", "username": "u"}, "dsn:postgres://[2001:db8::2]:7/u"},
		{map[string]string{"host": "localhost", "user": "u"}, ""},
		{map[string]string{"host": "127.0.0.2", "user": "u"}, ""},
		{map[string]string{"host": "/run", "user": "u"}, ""},
		{map[string]string{"host": "a,b", "user": "u"}, ""},
		{map[string]string{"host": "a"}, ""},
	} {
		if got := target(c.in); got != c.want {
			t.Errorf("target(%v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"select count(*) from orders where state = 'open'": "select count(*) from orders where state = 'open'",
		"dblink('host=db password=hunter2 user=x')":        "dblink('host=db password=REDACTED user=x')",
		"'postgres://svc:hunter2@db/x'":                    "'postgres://svc:REDACTED@db/x'",
		"password := 'correcthorse'":                       "password := 'REDACTED'",
		"ALTER ROLE x PASSWORD 'correct horse battery'":    "ALTER ROLE x PASSWORD 'REDACTED'",
		"api_key => 'abc'":                                 "api_key => 'REDACTED'",
		`{"token": "abcdefgh"}`:                            `{"token": "REDACTED"}`,
		"-- bearer abcdef":                                 "-- bearer REDACTED",
		"x := 'a1b2c3d4e5'":                                "x := 'REDACTED'",
		"pwd = $q$open sesame$q$":                          "pwd = REDACTED",
		"encrypt(x, key, 'aes')":                           "encrypt(x, key, 'REDACTED')",
	} {
		if got, _ := redact(in); got != want {
			t.Errorf("redact(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

// A secret that stands where secrets stand does not come through, whatever is
// around it; and what was cleaned is clean.
func FuzzRedact(f *testing.F) {
	f.Add("begin ", " end", uint8(0))
	f.Add("'x' \\", "'", uint8(1))
	f.Add("$f$", "$f$", uint8(2))
	f.Add("password = ", "", uint8(3))
	f.Fuzz(func(t *testing.T, before, after string, form uint8) {
		const canary = "zQ7canary9"
		forms := []string{"password := '" + canary + "'", "postgres://u:" + canary + "@h/d", "password=" + canary + " ", "'" + canary + "'", `"secret": "` + canary + `"`}
		s := before + "\n" + forms[int(form)%len(forms)] + "\n" + after
		got, n := redact(longText(s))
		if strings.Contains(got, canary) && !strings.Contains(before+after, canary) && strings.Count(before, "'")%2 == 0 && strings.Count(before, `"`)%2 == 0 {
			t.Errorf("%q came out as %q (%d redactions)", s, got, n)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q became invalid UTF-8", s)
		}
	})
}

func TestSettings(t *testing.T) {
	shown, secrets := (&reader{}).settings([]string{"search_path=a, b", "role=team", "app.jwt_secret=v1", "app.other=v2", "archive_command=cp v3", "password_encryption=md5", "ssl_passphrase_command=v4"})
	want := []string{"search_path=a, b", "role=team", "app.jwt_secret=REDACTED", "app.other=(not read)", "archive_command=(not read)", "password_encryption=md5", "ssl_passphrase_command=REDACTED"}
	if d := cmp.Diff(want, shown); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]named{{"app.jwt_secret", "v1"}, {"ssl_passphrase_command", "v4"}}, secrets, cmp.AllowUnexported(named{})); d != "" {
		t.Error(d)
	}
}

func TestParseACL(t *testing.T) {
	got := parseACL([]string{"16384 10 0 SELECT", "16384 16385 1 SELECT", "0 10 0 SELECT", "bad", "x 1 0 SELECT", "16384 10 0 INSERT"})
	want := []grant{{0, "SELECT", false, []string{"10"}}, {16384, "INSERT", false, []string{"10"}}, {16384, "SELECT", true, []string{"10", "16385"}}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(grant{})); d != "" {
		t.Error(d)
	}
	if got := want[2].part("co l"); got != "SELECT(co l) WITH GRANT OPTION" {
		t.Errorf("part is %q", got)
	}
}

func FuzzParseACL(f *testing.F) {
	f.Add("16384 10 0 SELECT")
	f.Add("0 0 1 ")
	f.Fuzz(func(t *testing.T, s string) {
		for _, g := range parseACL(strings.Split(s, "\n")) {
			_ = g.part(s)
		}
	})
}

// Names of any bytes and any length make valid nodes, and two stay two.
func FuzzText(f *testing.F) {
	f.Add("a\xffb", "a\xfeb")
	f.Add("\uFFFD", "\xef")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := text(a), text(b)
		if !utf8.ValidString(x) || len(x) > 5*maxText {
			t.Errorf("text(%q) = %q", a, x)
		}
		if a != b && x == y && len(a) < maxText && len(b) < maxText && !strings.Contains(a+b, `\x`) {
			t.Errorf("%q and %q both became %q", a, b, x)
		}
		c := cluster{tenant: "1", hosts: []string{"h:5432"}}
		n := drover.Node{Ref: c.role(1), Kind: drover.KindRole, Type: "postgres.role", Name: x, Aliases: c.aliases(a)}
		if err := n.Valid(); err != nil {
			t.Error(err)
		}
	})
}

func TestClasses(t *testing.T) {
	if d := cmp.Diff([]string{"local", "loopback", "private", "public", "unknown"}, classes([]string{"10.1.2.3", "local", "8.8.8.8", "::1", "x", "fe80::1", "192.168.0.1"})); d != "" {
		t.Error(d)
	}
	for in, want := range map[string]string{"psql": "psql", "PostgreSQL JDBC Driver": "PostgreSQL JDBC Driver", "x\x1b": "(other)", "token=abc": "(other)", "a1b2c3d4e5f6a7": "(other)"} {
		if got := application(in); got != want {
			t.Errorf("application(%q) = %q, want %q", in, got, want)
		}
	}
}
