package postgres_test

import (
	"slices"
	"testing"

	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/postgres"
)

// What an owner took from itself is said, object by object; where it took
// nothing, nothing is.
func TestOwnerRevoked(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.Psql(t, f.db, `CREATE SCHEMA own; CREATE TABLE own.less (n int); REVOKE DELETE, INSERT ON own.less FROM CURRENT_USER;
			CREATE TABLE own.all (n int); GRANT SELECT ON own.all TO PUBLIC; CREATE TABLE own.untouched (n int);
			CREATE FUNCTION own.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION own.f() FROM CURRENT_USER`)
		r := connectortest.Collect(t, postgres.Connector, f.config("databases", f.db))
		want := map[string][]string{"own.less": {"DELETE", "INSERT"}, "own.all": nil, "own.untouched": nil, "own.f()": {"EXECUTE"}}
		for _, n := range r.Nodes {
			for name, revoked := range want {
				if n.Name != f.db+"."+name {
					continue
				}
				if got := n.Attrs.Strings("owner_revoked"); !slices.Equal(got, revoked) {
					t.Errorf("%s: owner_revoked is %v, want %v", name, got, revoked)
				}
				delete(want, name)
			}
		}
		if len(want) > 0 {
			t.Errorf("not emitted: %v", want)
		}
	})
}
