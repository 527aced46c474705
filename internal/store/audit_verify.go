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

// A CutReader says of the record of the last cut at which entry the log was cut,
// and the hash that it had; of "", and of a record that proves nothing, 0 and nil.
type CutReader func(record string) (seq int64, hash []byte)

// VerifyAudit reads the log from its beginning, or from where it was cut, and
// recomputes every hash. hashes holds what is known from elsewhere of the hashes of
// some entries: one that has another hash, or is not there, is a fault too; what is
// known of entries before the cut is not compared. cut nil is a log that is not
// cut. The look is at one moment's state.
func (s *Store) VerifyAudit(ctx context.Context, hashes map[int64][]byte, cut CutReader) (AuditChain, error) {
	tx, err := s.r.BeginTx(ctx, s.d.snapshot())
	if err != nil {
		return AuditChain{}, fmt.Errorf("verify the audit log: %w", s.d.explain(err))
	}
	defer tx.Rollback()
	v := verifier{hashes: hashes}
	if cut != nil {
		record, err := readCut(ctx, tx)
		if err != nil {
			return AuditChain{}, fmt.Errorf("verify the audit log: %w", s.d.explain(err))
		}
		if !v.begin(cut(record)) {
			return v.c, nil
		}
	}
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
	start  int64 // number of the last entry that was cut
}

// begin starts behind a cut; false where what was anchored knows another entry
// there.
func (v *verifier) begin(seq int64, hash []byte) bool {
	if want, ok := v.hashes[seq]; ok && !bytes.Equal(want, hash) {
		return v.fault(seq, "it was cut away, and was another one than was anchored")
	}
	v.start, v.c.Seq, v.c.Hash = seq, seq, hash
	return true
}

// row takes the next row; false where the chain is broken.
func (v *verifier) row(r *AuditRow) bool {
	v.c.Entries++
	want, ok := v.hashes[r.Seq]
	switch {
	case r.Seq <= v.start:
		return v.fault(r.Seq, fmt.Sprintf("it is here, and the record of the cut says that entries up to %d are not", v.start))
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
