package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// An AuditChain is what a look at the whole log found.
type AuditChain struct {
	Entries int64
	Seq     int64 // of the newest entry
	Hash    []byte
	Bad     int64  // number of the first entry that is not as it was written; 0: all are
	Fault   string // what is wrong there
}

var errStop = errors.New("stop")

// VerifyAudit reads the log from its beginning and recomputes every hash. hashes
// holds what is known from elsewhere of the hashes of some entries: one that has
// another hash, or is not there, is a fault too. The look is at one moment's state.
func (s *Store) VerifyAudit(ctx context.Context, hashes map[int64][]byte) (AuditChain, error) {
	tx, err := s.r.BeginTx(ctx, s.d.snapshot())
	if err != nil {
		return AuditChain{}, fmt.Errorf("verify the audit log: %w", s.d.explain(err))
	}
	defer tx.Rollback()
	v := verifier{hashes: hashes}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		r, err := scanAudit(rows)
		if err != nil {
			return err
		}
		if !v.row(&r) {
			return errStop
		}
		return nil
	}, auditColumns+`1 = 1 ORDER BY seq`)
	if err != nil && !errors.Is(err, errStop) {
		return AuditChain{}, fmt.Errorf("verify the audit log: %w", s.d.explain(err))
	}
	if v.c.Bad == 0 {
		seq, hash, err := auditHead(ctx, tx)
		if err != nil {
			v.fault(v.c.Seq+1, "what says where the log ends cannot be read")
		} else {
			v.end(seq, hash)
		}
	}
	return v.c, nil
}

// A verifier goes along the chain.
type verifier struct {
	c      AuditChain
	hashes map[int64][]byte
}

// row takes the next row; false where the chain is broken.
func (v *verifier) row(r *AuditRow) bool {
	v.c.Entries++
	want, ok := v.hashes[r.Seq]
	switch {
	case r.Seq != v.c.Seq+1:
		return v.fault(v.c.Seq+1, fmt.Sprintf("it is missing: %d is followed by %d", v.c.Seq, r.Seq))
	case !bytes.Equal(r.Hash, r.hashed(v.c.Hash)):
		return v.fault(r.Seq, "it, or the order of what lies around it, is not as it was written")
	case ok && !bytes.Equal(want, r.Hash):
		return v.fault(r.Seq, "it is another one than was anchored: the log up to here was written anew")
	}
	v.c.Seq, v.c.Hash = r.Seq, r.Hash
	return true
}

// end compares where the chain ends with where it says it ends, and with what is
// known to have come later.
func (v *verifier) end(seq int64, hash []byte) {
	last := v.c.Seq
	for at := range v.hashes {
		last = max(last, at)
	}
	switch {
	case last > v.c.Seq:
		v.fault(v.c.Seq+1, fmt.Sprintf("it is missing, the end was cut off: entry %d was anchored", last))
	case seq > v.c.Seq:
		v.fault(v.c.Seq+1, fmt.Sprintf("it is missing, the end was cut off: there were %d", seq))
	case seq < v.c.Seq:
		v.fault(seq+1, "it was put in behind the end of the log")
	case !bytes.Equal(hash, v.c.Hash):
		v.fault(v.c.Seq, "the log does not end as it says it does")
	}
}

func (v *verifier) fault(seq int64, what string) bool {
	v.c.Bad, v.c.Fault = seq, what
	return false
}
