package decode

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// stable fails unless an alias that is read again is the alias again: what two
// sources say about one place is one name.
func stable(t *testing.T, d DSN) {
	t.Helper()
	a := d.Alias()
	if a == "" {
		return
	}
	if strings.ContainsAny(a, " \t\r\n\x00") || strings.ContainsFunc(a, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		t.Fatalf("alias %q has spaces or control characters", a)
	}
	again, err := ParseDSN(a)
	if err != nil {
		t.Fatalf("alias %q: %v", a, err)
	}
	if b := again.Alias(); b != a {
		t.Fatalf("alias %q is read as %q", a, b)
	}
}

// TestAliasesOfOnePlace: however a driver spells it, one place has one alias.
func TestAliasesOfOnePlace(t *testing.T) {
	for want, spellings := range map[string][]string{
		"postgres://app@db.example:5432/shop": {
			"postgres://app:pw@db.example/shop", "postgresql://app:pw@DB.Example.:5432/shop?sslmode=require", "postgresql+asyncpg://app:p@ss@db.example/shop", "jdbc:postgresql://db.example:5432/shop?user=app&password=x",
			"host=db.example user=app dbname=shop password='a b'", "Host=db.example;Username=app;Password=x;Database=shop;Driver=PostgreSQL", "postgres://%61pp:x@db.example:/shop", "postgres://db.example/shop?user=app"},
		"postgres://app@[2001:db8::1]:5432/shop": {"postgres://app:p@[2001:db8::1]/shop", "postgres://app:p@[2001:DB8:0:0::1]:5432/shop", "host=2001:db8::1 user=app dbname=shop"},
		"postgres://app@a:1/shop":                {"postgres://app:p@a:1,b:2/shop", "host=a,b port=1,2 user=app dbname=shop"},
		"mysql://app@h:3306/d":                   {"mysql://app:p@h/d", "app:p@tcp(h:3306)/d", "app:p@tcp(h)/d?tls=true", "mariadb+pymysql://app:p@h:3306/d"},
		"mongodb+srv://app@c.mongodb.net/d":      {"mongodb+srv://app:p@c.mongodb.net/d?w=majority", "mongodb+srv://app:p@C.mongodb.net/d"},
		"mssql://sa@h:1433/d":                    {"Server=tcp:h,1433;Database=d;User Id=sa;Password=x", "sqlserver://sa:p@h:1433/d", "jdbc:sqlserver://h:1433;databaseName=d;user=sa;password=x", "Data Source=h;Initial Catalog=d;UID=sa;PWD=x"},
		"amqp://u@h:5671/%2F":                    {"amqps://u:p@h/%2F", "amqps://u:p@h:5671//"},
		"https://u@h:443":                        {"https://u:p@h/a/b", "https://u:p@H:443/?x=y"},
	} {
		for _, s := range spellings {
			d, err := ParseDSN(s)
			if got := d.Alias(); err != nil || got != want {
				t.Errorf("%s\n got %s (%v)\nwant %s", s, got, err, want)
			}
			stable(t, d)
		}
	}
}

func TestHostileConnectionStrings(t *testing.T) {
	for s, want := range map[string]string{
		"postgres://u:" + strings.Repeat("@", 100) + "@h/d":                   "u|" + strings.Repeat("@", 100) + "|h|5432|d",
		"postgres://u:p:q:r@h/d":                                              "u|p:q:r|h|5432|d",
		"postgres://u:p%zz%2@h/d":                                             "u|p%zz%2|h|5432|d",
		"postgres://u:p%00@h/d":                                               "u|p\x00|h|5432|d",
		"postgres://u%3Av:p@h/d":                                              "u:v|p|h|5432|d",
		"postgres:///d?host=/run/postgresql&user=u":                           "u||/run/postgresql||d",
		"postgres://u:p@%2Frun%2Fpostgresql/d":                                "u|p|/run/postgresql||d",
		"host=/run/postgresql dbname=d user=u":                                "u||/run/postgresql||d",
		"u:p@unix(/run/mysqld.sock)/d":                                        "u|p|/run/mysqld.sock||d",
		"redis://:p@[fe80::1%25eth0]:6380/0":                                  "|p|fe80::1%eth0|6380|0",
		"mongodb://u:p@a:27017,b:27018,[::1]:27019/d":                         "u|p|a|27017|d",
		"postgres://u:p@h:99999/d":                                            "u|p|h|99999|d",
		"postgres://u:p#x@h/d":                                                "u|p#x|h|5432|d",
		"postgres://u:p?x@h/d":                                                "u|p?x|h|5432|d",
		"Server=h;User Id=u;Password='a;b''c';Database=d":                     "u|a;b'c|h|1433|d",
		"host=h user=u password='it\\'s' dbname=d":                            "u|it's|h|5432|d",
		"jdbc:oracle:thin:u/p@(DESCRIPTION=(ADDRESS=(HOST=h)(PORT=1521)))":    "u|p|h|1521|",
		"postgres://u:p@h/d?password=other&host=" + strings.Repeat("h", 1000): "u|other|" + strings.Repeat("h", 1000) + "|5432|d",
	} {
		d, err := ParseDSN(s)
		if got := fmt.Sprintf("%s|%s|%s|%s|%s", d.User, d.Password.Reveal(), d.Host, d.Port, d.Database); err != nil || got != want {
			t.Errorf("%.80s\n got %.200q (%v)\nwant %.200q", s, got, err, want)
		}
		if err == nil {
			stable(t, d)
		}
		if p := d.Password.Reveal(); len(p) > 5 && strings.Contains(fmt.Sprintf("%+v", d), p) {
			t.Errorf("%.40s: the password prints", s)
		}
	}
	for name, s := range map[string]string{"a megabyte": "postgres://u:" + strings.Repeat("p", 1<<20) + "@h/d", "at signs": "postgres://" + strings.Repeat("@", 1<<20), "pairs": strings.Repeat("a=b;", 1<<18), "nothing": "", "words": "hello world"} {
		if d, err := ParseDSN(s); err == nil {
			t.Errorf("%s: read as %.100q", name, d.Alias())
		} else if len(err.Error()) > 300 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
}

func TestHostileJWT(t *testing.T) {
	b64 := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	header := b64(`{"alg":"RS256"}`)
	for name, s := range map[string]string{"a megabyte": header + "." + strings.Repeat("A", 1<<20) + ".x", "dots": strings.Repeat(".", 1<<20), "parts": strings.Repeat(header+".", 10), "no base64": "!!.!!.!!", "no JSON": b64("x") + "." + b64("y") + ".z", "a list": b64("[]") + "." + b64("[]") + ".z",
		"deep": header + "." + b64(strings.Repeat("[", 1000)) + ".", "unclosed": header + "." + b64(`{"sub":"canary-value`) + "."} {
		_, err := ParseJWT(s)
		if err == nil || len(err.Error()) > 300 || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: error %.300v", name, err)
		}
	}
	for claims, ok := range map[string]func(JWT) bool{
		`{"exp":1e400,"iat":"soon","nbf":-5}`:               func(j JWT) bool { return j.Expires.IsZero() && j.Issued.IsZero() && j.NotBefore.IsZero() },
		`{"exp":2000000000.7,"iat":1700000000000}`:          func(j JWT) bool { return j.Expires.Unix() == 2000000000 && j.Issued.Unix() == 1700000000 },
		`{"sub":"a","sub":"b","aud":"one"}`:                 func(j JWT) bool { return j.Subject == "b" && len(j.Audience) == 1 },
		`{"sub":{"x":1},"iss":["a"],"aud":[1,null,"b",[]]}`: func(j JWT) bool { return j.Subject == "" && j.Issuer == "" && fmt.Sprint(j.Audience) == "[1 b]" },
		`{"sub":"\u202e\u0000\u001b[31m"}`:                  func(j JWT) bool { return j.Subject == "\u202e\x00\x1b[31m" },
	} {
		for _, s := range []string{header + "." + b64(claims) + ".c2ln", "Bearer " + header + "." + b64(claims) + ".c2ln", header + "=." + b64(claims) + "=.c2ln\n"} {
			if j, err := ParseJWT(s); err != nil || !ok(j) || !j.Signed || j.Alg != "RS256" {
				t.Errorf("%s: %+v, %v", claims, j, err)
			}
		}
	}
	if j, err := ParseJWT(header + "." + b64("{}") + "."); err != nil || j.Signed {
		t.Errorf("an empty signature counts: %+v, %v", j, err)
	}
}
