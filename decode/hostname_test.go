package decode

import (
	"slices"
	"strings"
	"testing"
)

// TestUserAlias: who logs in has one name, however the string is spelled, on
// every host; what means another computer elsewhere has none.
func TestUserAlias(t *testing.T) {
	const here = "4f0c"
	for s, want := range map[string][]string{
		"postgresql+asyncpg://app:p@DB.Example.com./shop":                    {"dsn:postgres://db.example.com:5432/app"},
		"jdbc:postgresql://db.example.com/shop?user=a%20b&password=x":        {"dsn:postgres://db.example.com:5432/a%20b"},
		"postgres://a%2Fb:p@a.example.com:1,b.example.com,a.example.com:1/d": {"dsn:postgres://a.example.com:1/a%2Fb", "dsn:postgres://b.example.com:5432/a%2Fb"},
		"host=a.example.com,b.example.com port=1,2 user=u password=x":        {"dsn:postgres://a.example.com:1/u", "dsn:postgres://b.example.com:2/u"},
		"host=a.example.com,b.example.com port=7 user=u password=x":          {"dsn:postgres://a.example.com:7/u", "dsn:postgres://b.example.com:7/u"},
		"host=a.example.com hostaddr=2001:db8::1 user=u password=x":          {"dsn:postgres://a.example.com:5432/u", "dsn:postgres://[2001:db8::1]:5432/u"},
		"mongodb://u:p@a.example.com:27017,b.example.com:27018/d":            {"dsn:mongodb://a.example.com:27017/u", "dsn:mongodb://b.example.com:27018/u"},
		"mongodb+srv://u:p@c0.example.net/d":                                 {"dsn:mongodb+srv://c0.example.net/u"},
		"Server=tcp:sql.example.com,1433;User Id=sa;Password=x":              {"dsn:mssql://sql.example.com:1433/sa"},
		"app:p@tcp(db.example.com:3306)/d":                                   {"dsn:mysql://db.example.com:3306/app"},
		"postgres://app:p@db.shop.svc.cluster.local/d":                       {"dsn:postgres://db.shop.svc:5432/app"},
		"postgres://app:p@db.shop.svc/d":                                     {"dsn:postgres://db.shop.svc:5432/app"},
		"postgres://app:p@[::ffff:192.0.2.7]/d":                              {"dsn:postgres://192.0.2.7:5432/app"},
		"postgres://app:p@localhost/d":                                       {"dsn:postgres://[machine:4f0c]:5432/app"},
		"postgres://app:p@127.0.0.1:6000/d":                                  {"dsn:postgres://[machine:4f0c]:6000/app"},
		"postgres://app:p@[::1]/d":                                           {"dsn:postgres://[machine:4f0c]:5432/app"},
		"postgres://app:p@host.docker.internal/d":                            {"dsn:postgres://[machine:4f0c]:5432/app"},
		"postgres:///d?host=/run/postgresql&user=u&password=x":               {"dsn:postgres://[machine:4f0c%2Frun%2Fpostgresql]:5432/u"},
		"u:p@unix(/run/mysqld.sock)/d":                                       {"dsn:mysql://[machine:4f0c%2Frun%2Fmysqld.sock]:3306/u"},
		"postgres://app:p@db/d":                                              nil, // another computer in every project
		"postgres://app:p@${DB_HOST}/d":                                      nil,
		"postgres://app:p@db.example.com:${PORT}/d":                          nil,
		"postgres://app:p@[fe80::1%25eth0]/d":                                nil,
		"postgres://:p@db.example.com/d":                                     nil,
		"redis://:p@cache.example.com/0":                                     nil,
		"https://u:p@www.example.com/":                                       nil,
		"thing://u:p@www.example.com:7/":                                     nil,
		"postgres://u:p@" + strings.Repeat("h.", 2000) + "/":                 nil,
	} {
		d, err := ParseDSN(s)
		if err != nil {
			t.Errorf("%.60s: %v", s, err)
		}
		if got := d.UserAliases(here); !slices.Equal(got, want) {
			t.Errorf("%.60s\n got %q\nwant %q", s, got, want)
		}
		plain := d.UserAliases("")
		if slices.ContainsFunc(plain, func(a string) bool { return strings.Contains(a, "machine:") }) || len(want) > 0 && !strings.Contains(want[0], "machine:") && d.UserAlias() != want[0] {
			t.Errorf("%.60s: without a machine: %q, first %q", s, plain, d.UserAlias())
		}
	}
}

// TestHostName: the API server of a cluster is called the same by everybody, and
// a local cluster of one computer is no other computer's.
func TestHostName(t *testing.T) {
	for s, want := range map[string]string{
		"https://K8s.Example.com:6443/": "k8s.example.com:6443", "https://k8s.example.com:443": "k8s.example.com", "k8s.example.com": "k8s.example.com",
		"https://[2001:DB8::1]:6443": "[2001:db8::1]:6443", "https://[2001:db8::1]": "[2001:db8::1]", "https://192.0.2.1:6443": "192.0.2.1:6443",
		"https://u:p@k8s.example.com/x?y": "k8s.example.com", "//k8s.example.com.": "k8s.example.com",
		"https://127.0.0.1:6443": "[machine:m~1]:6443", "https://localhost": "[machine:m~1]", "https://0.0.0.0:41234": "[machine:m~1]:41234",
		"https://kubernetes.docker.internal:6443": "[machine:m~1]:6443", "https://control-plane.minikube.internal:8443": "[machine:m~1]:8443",
		"https://kubernetes.default.svc": "", "https://kubernetes.default.svc.cluster.local:443": "", "https://kubernetes": "", "": "", "https://${HOST}:6443": "", "https://h.example.com:x": "", "/var/run/x": "",
	} {
		if got := HostName(s, "m~1"); got != want {
			t.Errorf("HostName(%q) = %q, want %q", s, got, want)
		}
	}
	if a, b := HostName("https://127.0.0.1:6443", "one"), HostName("https://127.0.0.1:6443", "two"); a == b || HostName("https://127.0.0.1:6443", "") != "" {
		t.Errorf("loopback of two computers: %q and %q", a, b)
	}
	if got := HostName("https://localhost:6443", "a/b]:1 c"); got != "[machine:a%2Fb%5D%3A1%20c]:6443" {
		t.Errorf("a machine of any name: %q", got)
	}
}

func FuzzHostName(f *testing.F) {
	f.Add("https://127.0.0.1:6443", "m")
	f.Add("postgres://u:p@a:1,[::1]:2,/x/d", "")
	f.Add("host=/run,b port=1,2 user=u", "a/b")
	f.Fuzz(func(t *testing.T, s, machine string) {
		for _, h := range []string{HostName(s, machine), ServerName(s, "1", machine)} {
			if strings.ContainsAny(h, " /@\x00\n") || h != "" && h != strings.ToLower(h) && machine == "" {
				t.Errorf("%q, %q: %q", s, machine, h)
			}
		}
		if h := HostName(s, machine); h != "" && !strings.Contains(h, "machine:") && HostName(h, machine) != h {
			t.Errorf("%q is read as %q", h, HostName(h, machine))
		}
		d, err := ParseDSN(s)
		if err != nil {
			return
		}
		for _, a := range d.UserAliases(machine) {
			if !strings.HasPrefix(a, "dsn:"+d.Scheme) || strings.ContainsAny(a, " \x00\n") {
				t.Errorf("%q: %q", s, a)
			}
		}
	})
}
