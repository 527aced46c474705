//go:build unix

package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/droverhq/drover"
)

// plainStore is what a store without history would do: one upsert a row, in
// batches of 20,000, in two tables keyed by ref. It is the yardstick of
// BenchmarkStore, on the same engine (modernc.org/sqlite), rows and processor.
const plainStore = `PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;
CREATE TABLE node (ref TEXT PRIMARY KEY, kind TEXT, type TEXT, name TEXT, alias TEXT, created INTEGER, attrs TEXT) WITHOUT ROWID;
CREATE TABLE edge (src TEXT, dst TEXT, kind TEXT, part TEXT, proof TEXT, PRIMARY KEY (src, dst, kind, part)) WITHOUT ROWID;`

const plainNode = `INSERT INTO node VALUES (?,?,?,?,?,?,?) ON CONFLICT (ref) DO UPDATE SET kind=excluded.kind, type=excluded.type, name=excluded.name,
	alias=excluded.alias, created=excluded.created, attrs=excluded.attrs
	WHERE node.name<>excluded.name OR node.attrs<>excluded.attrs OR node.type<>excluded.type OR node.alias<>excluded.alias OR node.created<>excluded.created OR node.kind<>excluded.kind`

const plainEdge = `INSERT INTO edge VALUES (?,?,?,?,?) ON CONFLICT (src, dst, kind, part) DO UPDATE SET proof=excluded.proof WHERE edge.proof<>excluded.proof`

// BenchmarkPlainUpsert is the yardstick: the estate of BenchmarkStore, upserted
// row by row.
func BenchmarkPlainUpsert(b *testing.B) {
	for range b.N {
		n := benchSize()
		db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "plain.db"))
		if err != nil {
			b.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		if _, err := db.Exec(plainStore); err != nil {
			b.Fatal(err)
		}
		for _, round := range []struct {
			what    string
			changed int
		}{{"new", 0}, {"unchanged", 0}, {"changed", n / 100}} {
			measure(b, n, round.what, func() string { plainUpsert(b, db, n, round.changed); return "" })
		}
		db.Close()
	}
}

func plainUpsert(b *testing.B, db *sql.DB, n, changed int) {
	ctx := context.Background()
	var tx *sql.Tx
	var node, edge *sql.Stmt
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	i := 0
	for r := range estate(n, changed) {
		if i%20_000 == 0 {
			if tx != nil {
				check(tx.Commit())
			}
			var err error
			tx, err = db.BeginTx(ctx, nil)
			check(err)
			node, err = tx.PrepareContext(ctx, plainNode)
			check(err)
			edge, err = tx.PrepareContext(ctx, plainEdge)
			check(err)
		}
		i++
		check(plainPut(ctx, node, edge, r))
	}
	check(tx.Commit())
}

func plainPut(ctx context.Context, node, edge *sql.Stmt, r drover.Record) (err error) {
	if n := r.Node; n != nil {
		_, err = node.ExecContext(ctx, string(n.Ref), string(n.Kind), n.Type, n.Name, n.Aliases[0], n.Created.Unix(), string(n.Attrs))
	} else if e := r.Edge; e != nil {
		_, err = edge.ExecContext(ctx, string(e.From), string(e.To), string(e.Kind), e.Part, e.Proof)
	}
	return err
}
