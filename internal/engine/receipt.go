package engine

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"
)

// A Receipt says of what an exported file is: what was asked, by whom, of which
// moment, and the hash of what was written, so that damage of a file that is passed on
// is seen. It is not signed: who changes the rows can write another.
type Receipt struct {
	Schema     string     `json:"schema"`
	Noun       string     `json:"noun"`
	Filter     string     `json:"filter"`
	OrderBy    string     `json:"order_by"`
	AsOf       *time.Time `json:"as_of"` // null: of when it was made
	At         time.Time  `json:"at"`    // when it was made
	Generation int64      `json:"generation"`
	User       string     `json:"user"`
	Grants     []string   `json:"grants"` // by which the user saw what is listed: others may see more
	Rows       int        `json:"rows"`
	SHA256     string     `json:"sha256"` // of every byte before the receipt
}

// A Receiver writes a CSV file that ends with a receipt, where one is given: one
// record of one cell, "# drover " and JSON, which readers that skip comments skip.
type Receiver struct {
	w   io.Writer
	sum hash.Hash
	r   *Receipt
}

// NewReceiver writes to w. A nil receipt adds nothing.
func NewReceiver(w io.Writer, r *Receipt) *Receiver {
	if r != nil {
		of := *r
		r = &of
	}
	return &Receiver{w, sha256.New(), r}
}

func (v *Receiver) Write(p []byte) (int, error) {
	n, err := v.w.Write(p)
	v.sum.Write(p[:n])
	return n, err
}

// Sum is the hash of what was written so far.
func (v *Receiver) Sum() string { return hex.EncodeToString(v.sum.Sum(nil)) }

// End writes the receipt of so many rows.
func (v *Receiver) End(rows int) error {
	if v.r == nil {
		return nil
	}
	v.r.Schema, v.r.Rows, v.r.SHA256 = "drover/v1/receipt", rows, v.Sum()
	raw, err := json.Marshal(v.r)
	if err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	c := csv.NewWriter(v.w)
	if err := c.Write([]string{"# drover " + string(raw)}); err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}
