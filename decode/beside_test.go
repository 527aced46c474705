package decode

import (
	"strings"
	"testing"
)

// TestLoginsBeside: a password that stands beside a host and a user is that
// user's, in whatever format, and named as a connection string would name it.
func TestLoginsBeside(t *testing.T) {
	for _, c := range []struct{ format, text, want string }{
		{"dotenv", "DB_CONNECTION=pgsql\nDB_HOST=db.example.com\nDB_USERNAME=app\nDB_PASSWORD=s3cret-1\n", "dsn:postgres://db.example.com:5432/app"},
		{"dotenv", "PGHOST=db.example.com\nPGUSER=app\nPGPASSWORD=s3cret-1\n", "dsn:postgres://db.example.com:5432/app"},
		{"dotenv", "export PGPASSWORD=s3cret-1 # first\nPGPORT=6432\nPGHOST=127.0.0.1\nPGUSER=app\n", "dsn:postgres://[machine:m]:6432/app"},
		{"dotenv", "ORDERS_MYSQL_HOST=a.example.com\nORDERS_MYSQL_USER=o\nORDERS_MYSQL_PASS=s3cret-1\nMYSQL_HOST=b.example.com\n", "dsn:mysql://a.example.com:3306/o"},
		{"dotenv", "DB_HOST=db.example.com\nDB_PORT=3306\nDB_USER=app\nDB_PASSWORD=s3cret-1\n", "dsn:mysql://db.example.com:3306/app"},
		{"dotenv", "DB_HOST=db.example.com\nDB_USER=app\nDB_PASSWORD=s3cret-1\n", "login app db.example.com"},
		{"dotenv", "DB_HOST=${HOST}\nDB_TYPE=postgres\nDB_USER=app\nDB_PASSWORD=s3cret-1\n", ""},
		{"dotenv", "MAIL_HOST=mx.example.com\nMAIL_PORT=587\nMAIL_USERNAME=news\nMAIL_PASSWORD=s3cret-1\n", "dsn:smtp://mx.example.com:587/news"},
		{"helm", "shop:\n  outputs:\n    dev: {type: postgres, host: wh.example.com, user: dbt, port: 5432, password: s3cret-1}\n", "dsn:postgres://wh.example.com:5432/dbt"},
		{"helm", "shop:\n  outputs:\n    dev: {type: snowflake, account: AB12, user: dbt, password: s3cret-1}\n", "dsn:snowflake://ab12.snowflakecomputing.com:443/dbt"},
		{"msal", `{"production":{"username":"w","password":"s3cret-1","host":"sql.example.com","dialect":"mssql"}}`, "dsn:mssql://sql.example.com:1433/w"},
		{"tfvars", "db_host = \"db.example.com\"\ndb_user = \"app\"\ndb_engine = \"postgres\"\ndb_password = \"s3cret-1\"\n", "dsn:postgres://db.example.com:5432/app"},
		{"pgpass", "db.example.com:*:*:app:s3cret-1\n", "dsn:postgres://db.example.com:5432/app"},
		{"pgpass", "*:*:*:app:s3cret-1\n", "login app *"},
		{"pg-service", "[orders]\nhost=db.example.com\nport=6000\nuser=app\npassword=s3cret-1\n", "dsn:postgres://db.example.com:6000/app"},
		{"mycnf", "[client]\nuser=root\npassword=s3cret-1\n", "dsn:mysql://[machine:m]:3306/root"},
		{"mycnf", "[client]\nuser=root\npassword=s3cret-1\nhost=db.example.com\n", "dsn:mysql://db.example.com:3306/root"},
	} {
		list, err := ParseCredentials(c.format, []byte(c.text))
		if err != nil || len(list) != 1 || list[0].Value.Reveal() != "s3cret-1" {
			t.Errorf("%s: %d found, %v", c.text, len(list), err)
			continue
		}
		got := strings.Join(list[0].UserAliases("m"), " ")
		if got == "" && list[0].Account != "" {
			got = "login " + list[0].Account + " " + list[0].Host
		}
		if got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
	compose := "services:\n  a:\n    environment: {DB_HOST: a.example.com, DB_ENGINE: postgres, DB_USER: u, DB_PASSWORD: s3cret-1}\n  b:\n    environment: [DB_HOST=b.example.com, DB_PASSWORD=s3cret-2]\n"
	list, err := ParseContainers([]byte(compose))
	if err != nil || len(list) != 2 || list[0].Host != "a.example.com" || list[1].Account != "" {
		t.Errorf("containers do not share variables: %d found, %v", len(list), err)
	}
}
