package kubernetes

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

// contents reads the values of a Secret: each becomes the credential that it is
// and the identity that it opens, and is forgotten.
func (c *cluster) contents(o *object, s *secretObject, holder drover.Ref, out *connector.Out) {
	at := spot{ns: o.Meta.Namespace, holder: holder, where: o.where}
	values := s.values()
	switch {
	case s.Type == typeToken, bootstrapID(o, s.Type) != "":
		return // emitted as the credential that it is
	case strings.HasPrefix(s.Type, "helm.sh/"):
		return // the manifests of a release, packed
	}
	done := c.pairsOf(at, values, out)
	for _, key := range sortedKeys(values) {
		if done[key] {
			continue
		}
		v := values[key]
		switch key {
		case ".dockerconfigjson", ".dockercfg":
			c.registryLogins(at, key, v, out)
			continue
		}
		if c.found(at, key, v, out) {
			continue
		}
		// It lies in a Secret, whatever its name; so do hosts and users.
		if class, ok := secret.InStore(key, v); ok {
			c.credential(at, key, class, drover.Secret(v), nil, out)
		}
	}
}

// values are the decoded values; stringData wins, as in the API server.
func (s *secretObject) values() map[string]string {
	out := make(map[string]string, len(s.Data)+len(s.Text))
	for k, v := range s.Data {
		out[k] = string(v)
	}
	for k, v := range s.Text {
		out[k] = v
	}
	return out
}

// registryLogins emits the logins of an image pull secret.
func (c *cluster) registryLogins(at spot, key, value string, out *connector.Out) {
	list, err := decode.ParseCredentials("docker", []byte(value))
	if err != nil {
		out.Note(at.proof(key), "it is no docker configuration")
	}
	for _, f := range list {
		if f.Ref || f.Value == "" {
			continue
		}
		var opens []string
		if a := decode.LoginAlias(f.Host, f.Account, ""); a != "" && usable(f.Account) {
			opens = append(opens, a)
		}
		c.credential(at, key, f.Class, f.Value, opens, out)
	}
}

// pairsOf finds the values that are one credential together: the two halves of an
// AWS access key, a user and password beside the host that they are for. It
// returns the keys that are accounted for.
func (c *cluster) pairsOf(at spot, values map[string]string, out *connector.Out) map[string]bool {
	done := map[string]bool{}
	c.awsKeys(at, values, done, out)
	c.loginOf(at, values, done, out)
	return done
}

// loginOf puts a database login together that is spelled out in several keys, as
// operators of databases write them.
func (c *cluster) loginOf(at spot, values map[string]string, done map[string]bool, out *connector.Out) {
	get := func(names ...string) (key, value string) {
		for _, k := range sortedKeys(values) {
			low := strings.ToLower(k)
			for _, n := range names {
				for _, p := range []string{"", "db_", "db-", "database_", "postgres_", "postgresql_", "postgresql-", "pg", "mysql_", "mysql-"} {
					if low == p+n {
						return k, strings.TrimSpace(values[k])
					}
				}
			}
		}
		return "", ""
	}
	key, password := get("password", "pass")
	_, user := get("username", "user")
	_, host := get("host", "hostname")
	_, port := get("port")
	scheme := map[string]string{"5432": "postgres", "3306": "mysql", "27017": "mongodb", "6379": "redis", "5672": "amqp", "1433": "mssql"}[port]
	if low := strings.ToLower(key); strings.HasPrefix(low, "postgres") || strings.HasPrefix(low, "pg") {
		scheme, port = "postgres", or(port, "5432")
	} else if strings.HasPrefix(low, "mysql") {
		scheme, port = "mysql", or(port, "3306")
	}
	if password == "" || user == "" || host == "" || scheme == "" {
		return
	}
	if alias := c.dsnAlias(at.ns, scheme, host, port, user); alias != "" {
		c.credential(at, key, decode.ClassPassword, drover.Secret(password), []string{alias}, out)
		done[key] = true
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
