package postgres

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/realtest"
)

func testClient(t *testing.T, values map[string][]string) *client {
	t.Helper()
	c, err := connector.NewConfig(options, values)
	if err != nil {
		t.Fatal(err)
	}
	k, err := newClient(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.close)
	return k
}

// Even a superuser's connection cannot write: the session says so, not only the
// privileges.
func TestSessionIsReadOnly(t *testing.T) {
	for _, major := range []string{"15", "18"} {
		pg := realtest.Postgres(t, major)
		k := testClient(t, map[string][]string{"dsn": {pg.DSN("postgres")}})
		for _, sql := range []string{"create table public.x (id int)", "create role x", "commit; create role x", "create sequence public.x"} {
			conn, err := k.conn(t.Context(), "postgres")
			if err != nil {
				t.Fatal(err)
			}
			_, err = conn.PgConn().Exec(t.Context(), sql).ReadAll()
			var refused *pgconn.PgError
			if !errors.As(err, &refused) || refused.Code != "25006" {
				t.Errorf("%s: %q: got %v, want read-only transaction", major, sql, err)
			}
			k.drop("postgres")
		}
		conn, err := k.conn(t.Context(), "postgres")
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"application_name": "drover", "statement_timeout": "30s", "lock_timeout": "30s", "search_path": "pg_catalog", "transaction_isolation": "repeatable read"} {
			var got string
			if err := conn.QueryRow(t.Context(), "select current_setting($1)", name).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s is %q (%v), want %q", major, name, got, err, want)
			}
		}
	}
}

// hostile serves one connection after another with fn, after a login with the
// password in clear.
func hostile(t *testing.T, fn func(b *pgproto3.Backend, password string)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b := pgproto3.NewBackend(c, c)
				if _, err := b.ReceiveStartupMessage(); err != nil {
					return
				}
				b.Send(&pgproto3.AuthenticationCleartextPassword{})
				_ = b.Flush()
				_ = b.SetAuthType(pgproto3.AuthTypeCleartextPassword)
				m, err := b.Receive()
				if p, ok := m.(*pgproto3.PasswordMessage); err == nil && ok {
					fn(b, p.Password)
				}
			}()
		}
	}()
	return "postgres://drover:Canary%2Dhostile%2F1a2b@" + ln.Addr().String() + "/x?sslmode=disable"
}

// A server may echo the password, colour the terminal, flood, or fall silent:
// the error is one short printable line without the password, and comes.
func TestHostileServer(t *testing.T) {
	const password = "Canary-hostile/1a2b"
	welcome := func(b *pgproto3.Backend) {
		b.Send(&pgproto3.AuthenticationOk{})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		_ = b.Flush()
	}
	for name, fn := range map[string]func(b *pgproto3.Backend, password string){
		"echo": func(b *pgproto3.Backend, p string) {
			b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "no " + p + " \x1b[31m\n\u202e " + base64.StdEncoding.EncodeToString([]byte(p)) + " " + hex.EncodeToString([]byte(p)) + " " + url.QueryEscape(p) + strings.Repeat("x", 1<<20)})
			_ = b.Flush()
		},
		"huge message": func(b *pgproto3.Backend, _ string) {
			welcome(b)
			if _, err := b.Receive(); err == nil {
				b.Send(&pgproto3.CommandComplete{CommandTag: bytes.Repeat([]byte{'x'}, maxMessage+1)})
				_ = b.Flush()
			}
		},
		"not read-only": func(b *pgproto3.Backend, _ string) {
			welcome(b)
			for {
				m, err := b.Receive()
				if err != nil {
					return
				}
				switch m.(type) {
				case *pgproto3.Query, *pgproto3.Sync:
					b.Send(&pgproto3.CommandComplete{CommandTag: []byte("BEGIN")})
					b.Send(&pgproto3.ReadyForQuery{TxStatus: 'T'})
					_ = b.Flush()
				}
			}
		},
		"notices without end": func(b *pgproto3.Backend, _ string) {
			welcome(b)
			for {
				b.Send(&pgproto3.NoticeResponse{Severity: "NOTICE", Message: "x"})
				if b.Flush() != nil {
					return
				}
			}
		},
		"silence": func(b *pgproto3.Backend, _ string) {
			welcome(b)
			for {
				if _, err := b.Receive(); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := testClient(t, map[string][]string{"dsn": {hostile(t, fn)}, "connect_timeout": {"300ms"}, "statement_timeout": {"100ms"}})
			k.timeout = 300 * time.Millisecond
			_, err := k.conn(t.Context(), "")
			if err == nil {
				t.Fatal("believed it")
			}
			text := err.Error()
			for _, bad := range []string{password, url.QueryEscape(password), hex.EncodeToString([]byte(password)), base64.StdEncoding.EncodeToString([]byte(password)), "\x1b", "\n", "\u202e"} {
				if strings.Contains(text, bad) {
					t.Errorf("the error holds %q: %s", bad, text)
				}
			}
			if len(text) > 1000 {
				t.Errorf("the error has %d bytes", len(text))
			}
		})
	}
}

// A password too short to be taken out of a text keeps every text of others
// back: to replace its letter in each word would tell it.
func TestShortPassword(t *testing.T) {
	for _, password := range []string{"p", "xy", "abc"} {
		c, err := connector.NewConfig(options, map[string][]string{"dsn": {"postgres://svc:" + password + "@nosuch.invalid/x?application_name=pxyabc"}})
		if err != nil {
			t.Fatal(err)
		}
		k, err := newClient(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, cause := range []error{
			errors.New("hostname expected abc: pass xyp"),
			&pgconn.PgError{Code: "28P01", Message: "password authentication failed for abc: pass xyp"},
			&pgconn.PgError{Code: "abcxy", Message: "abc expected pass xyp"},
		} {
			got := k.clean(cause).Error()
			if strings.Contains(got, "REDACTED") || strings.Contains(got, "xyp") || strings.Contains(got, "abc") {
				t.Errorf("password %q: %q holds the cause or shows where the password was", password, got)
			}
		}
		if err := k.clean(&pgconn.PgError{Code: "25006", Message: "cannot execute in a read-only transaction"}); !errors.Is(err, drover.ErrPermission) {
			t.Errorf("got %v, want ErrPermission", err)
		}
		if err := k.clean(&pgconn.PgError{Code: "28P01", Message: "no"}); !errors.Is(err, drover.ErrPermission) || !strings.Contains(err.Error(), "28P01") {
			t.Errorf("got %v, want ErrPermission with the code", err)
		}
	}
}

// Rows past the limit, out of order or of another form are not believed.
func TestHostileRows(t *testing.T) {
	pg := realtest.Postgres(t, "15")
	k := testClient(t, map[string][]string{"dsn": {pg.DSN("postgres")}, "page_size": {"10"}, "max_objects": {"25"}})
	for name, query := range map[string]string{
		"too many":     "select g::int8 from generate_series(1, 1000) g where $1::int8 < 1 and $2::int8 > 0",
		"out of order": "select (5 - g)::int8 from generate_series(1, 3) g where $1::int8 < 1 and $2::int8 > 0",
		"the same":     "select 7::int8 where $1::int8 < 100 and $2::int8 > 0 union all select 7",
		"other form":   "select 'x'::text, 2 where $1::int8 < 100 and $2::int8 > 0",
	} {
		n := 0
		if err := pages(t.Context(), k, "", name, query, func(Row) { n++ }); err == nil || n > 0 {
			t.Errorf("%s: believed %d rows: %v", name, n, err)
		}
	}
	n := 0
	err := pages(t.Context(), k, "", "endless", "select g::int8 from generate_series(greatest($1::int8, 0) + 1, 1000000) g order by g limit $2", func(Row) { n++ })
	if err == nil || !strings.Contains(err.Error(), "max_objects") || n != 30 {
		t.Errorf("read %d rows past the bound of 25: %v", n, err)
	}
}

func TestBadOptions(t *testing.T) {
	for _, dsn := range []string{"postgres://u:Canary-bad-1234@h:notaport/x", "password='Canary-bad-1234", "host=h sslmode=Canary-bad-1234", "postgres://u:Canary-bad-1234@h/x?sslrootcert=/nonexistent/Canary-bad-1234"} {
		c, err := connector.NewConfig(options, map[string][]string{"dsn": {dsn}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newClient(c); !errors.Is(err, drover.ErrInvalid) || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%q: got %v, want ErrInvalid without the string", dsn, err)
		}
	}
}

func TestHosts(t *testing.T) {
	k := testClient(t, map[string][]string{"dsn": {"postgres://u@DB.Example.com.:6000/x"}, "hosts": {"10.0.0.7", "localhost:5432", "[2001:DB8::1]:5433", "/var/run", "db.example.com:6000", "x:99999"}})
	c, err := connector.NewConfig(options, map[string][]string{"dsn": {"x"}, "machine": {"here"}, "hosts": {"orders", "10.0.0.7", "localhost:5432", "[2001:DB8::1]:5433", "/var/run", "db.example.com:6000", "x:99999"}})
	if err != nil {
		t.Fatal(err)
	}
	got, want := hosts(k, c, facts{}), []string{"10.0.0.7:5432", "[2001:db8::1]:5433", "[machine:here%2Fvar%2Frun]:5432", "[machine:here]:5432", "db.example.com:6000", "orders:5432"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
