package remedy

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// psql is a statement for PostgreSQL. What follows -c is one statement of SQL, in
// which psql replaces nothing; -X keeps settings of whoever runs it out (PostgreSQL
// documentation, psql): with AUTOCOMMIT off the statement would be taken back.
func psql(sql string) string { return "psql -X -c " + Quote(sql) }

// postgres writes statements for psql. Connection and database are those of the
// caller's environment.
func postgres(a act) step {
	g := a.e.Graph
	if a.action == "detach" && a.typ() == "postgres.public" {
		return a.pgPublic()
	}
	role, ok := a.pgRole()
	if !ok {
		return step{}
	}
	who := Ident(g.Name(role))
	switch a.action {
	case "disable", "revoke":
		return step{command: psql("ALTER ROLE " + who + " NOLOGIN")}
	case "delete":
		return step{command: psql("DROP ROLE " + who),
			text: "Give what " + a.e.Say(role) + " owns to another role (REASSIGN OWNED, then DROP OWNED, in every database), then drop it"}
	case "rotate", "vault":
		if strings.ContainsAny(g.Name(role), "\n\r`") {
			return step{}
		}
		return step{command: "psql -X -c " + Quote(`\password `+who),
			text: "Set a new password for " + a.e.Say(role) + " (the command asks for it, and sends only its verifier); roles have one password, so to change without an outage use two login roles in turn"}
	case "expire":
		return step{command: psql("ALTER ROLE " + who + " VALID UNTIL " + Literal(a.e.Now.UTC().Add(90*drover.Day).Format("2006-01-02"))),
			text: "Set an end for the password of " + a.e.Say(role)}
	case "detach":
		if what := g.Type(a.what); what == "postgres.role" {
			return step{command: psql("REVOKE " + Ident(g.Name(a.what)) + " FROM " + who)}
		}
	case "configure", "narrow":
		if slices.Contains(pgAttributes, a.text) {
			return step{command: psql("ALTER ROLE " + who + " " + a.text), text: "Take " + strings.TrimPrefix(a.text, "NO") + " from " + a.e.Say(role)}
		}
	case "tag":
		return a.pgComment(role, who)
	}
	return step{}
}

// pgAttributes are settings of roles that take something away (ALTER ROLE).
var pgAttributes = []string{"NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "NOREPLICATION", "NOBYPASSRLS", "NOLOGIN", "NOINHERIT"}

// pgPublic takes everything on a table or schema from everybody. Names have the
// database before them where it was read; what has other dots in it is not guessed.
func (a act) pgPublic() step {
	parts := strings.Split(a.e.Graph.Name(a.what), ".")
	kind, n := "TABLE", 2
	if a.e.Graph.Type(a.what) == "postgres.schema" {
		kind, n = "SCHEMA", 1
	}
	if len(parts) < n || len(parts) > n+1 || slices.ContainsFunc(parts, func(p string) bool { return p == "" || strings.Trim(p, pgPlain) != "" }) {
		return step{}
	}
	database := ""
	if len(parts) > n {
		database = "-d " + parts[0] + " "
	}
	var names []string
	for _, p := range parts[len(parts)-n:] {
		names = append(names, Ident(p))
	}
	return step{command: "psql -X " + database + "-c " + Quote("REVOKE ALL ON "+kind+" "+strings.Join(names, ".")+" FROM PUBLIC"),
		text: "Take " + a.e.Say(a.what) + " from PUBLIC, after the roles that use it were granted it by name"}
}

// pgPlain are characters of names that need no quotes in a shell.
const pgPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// pgRole is the role that is meant: the row, or the one whose password it is.
func (a act) pgRole() (int, bool) {
	if a.typ() == "postgres.role" {
		return a.row, true
	}
	row, ok := a.holder()
	return row, ok && a.e.Graph.Type(row) == "postgres.role"
}

// pgComment keeps what the comment says already: COMMENT replaces it.
func (a act) pgComment(role int, who string) step {
	said := a.e.Graph.Str(role, "comment")
	pair := a.key + "=" + a.text
	if said != "" && !strings.Contains(said, pair) {
		pair = said + "; " + pair
	}
	return step{command: psql("COMMENT ON ROLE " + who + " IS " + Literal(pair))}
}

// mysql writes statements for the mysql client; an account is 'user'@'host'.
func mysql(a act) step {
	user, host, ok := strings.Cut(strings.NewReplacer("'", "", "`", "").Replace(a.name()), "@")
	if a.e.Graph.Kind(a.row) != drover.KindIdentity {
		return step{}
	}
	if !ok {
		host = "%"
	}
	if strings.Contains(user+host, `\`) {
		return step{} // what a backslash means depends on a setting of the server
	}
	who := Literal(user) + "@" + Literal(host)
	switch a.action {
	case "disable", "revoke":
		return step{command: "mysql -e " + Quote("ALTER USER "+who+" ACCOUNT LOCK")}
	case "delete":
		return step{command: "mysql -e " + Quote("DROP USER "+who)}
	case "expire":
		return step{command: "mysql -e " + Quote("ALTER USER "+who+" PASSWORD EXPIRE INTERVAL 90 DAY")}
	}
	return step{}
}

// snowflake writes statements for the Snowflake CLI.
func snowflake(a act) step {
	g := a.e.Graph
	user := a.row
	if g.Kind(a.row) == drover.KindCredential {
		row, ok := a.holder()
		if !ok {
			return step{}
		}
		user = row
	}
	who := Ident(g.Name(user))
	snow := func(sql string) step { return step{command: "snow sql --query " + Quote(sql)} }
	if strings.HasSuffix(a.typ(), "programmatic_access_token") {
		token := Ident(a.name())
		switch a.action {
		case "disable":
			return snow("ALTER USER " + who + " MODIFY PROGRAMMATIC ACCESS TOKEN " + token + " SET DISABLED = TRUE")
		case "revoke", "delete":
			return snow("ALTER USER " + who + " REMOVE PROGRAMMATIC ACCESS TOKEN " + token)
		case "rotate", "vault":
			return snow("ALTER USER " + who + " ROTATE PROGRAMMATIC ACCESS TOKEN " + token + " EXPIRE_ROTATED_TOKEN_AFTER_HOURS = 24")
		}
		return step{}
	}
	if s := a.snowSlot(user); s != (step{}) {
		return s
	}
	switch a.action {
	case "disable", "revoke":
		return snow("ALTER USER " + who + " SET DISABLED = TRUE")
	case "delete":
		return snow("DROP USER " + who)
	case "detach":
		if g.Kind(a.what) == drover.KindRole {
			return snow("REVOKE ROLE " + Ident(g.Name(a.what)) + " FROM USER " + who)
		}
	case "tag":
		return snow("ALTER USER " + who + " SET COMMENT = " + snowLiteral(a.key+"="+a.text))
	case "federate":
		return step{text: "Let the workload of " + a.e.Say(user) + " sign in by workload identity federation (WORKLOAD_IDENTITY of the user), then remove its passwords, keys and tokens"}
	}
	return step{}
}

// snowSlot is how a key pair or password of a user is changed: a user has two slots
// for keys and one password (Snowflake documentation, Key-pair authentication and
// key-pair rotation).
func (a act) snowSlot(user int) step {
	if a.row == user || a.action != "rotate" && a.action != "vault" {
		return step{}
	}
	switch t := a.typ(); {
	case strings.Contains(t, "rsa"), strings.HasSuffix(t, "public_key"), strings.HasSuffix(t, "private_key"), strings.HasSuffix(t, "key_pair"):
		return step{text: "Set a new public key in the slot of " + a.e.Say(user) + " that is free (RSA_PUBLIC_KEY or RSA_PUBLIC_KEY_2), move its users to the new private key, then unset the slot of the old one; where both are set, unset the one that nobody uses first (DESC USER shows both fingerprints)"}
	case strings.HasSuffix(t, "password"):
		return step{text: "Set a new password for " + a.e.Say(user) + " where it is used, at one moment: a user has one password; to change without an outage give it a key pair, which has two slots"}
	}
	return step{}
}
