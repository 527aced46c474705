package checktest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
)

// said reads a line of evidence: never REF by SOURCE window=…, or evidence REF
// CLAIM by SOURCE ….
func (n *notation) said(f []string) error {
	x := evidence{drover.Evidence{Subject: drover.Ref(f[1]), Claim: drover.ClaimNeverUsed}, Now}
	rest := f[2:]
	if f[0] == "evidence" {
		if len(f) < 3 {
			return fmt.Errorf("want evidence REF CLAIM by SOURCE: %w", drover.ErrInvalid)
		}
		x.Claim, rest = f[2], f[3:]
	}
	if len(rest) < 2 || rest[0] != "by" {
		return fmt.Errorf("want by SOURCE: %w", drover.ErrInvalid)
	}
	x.Source = rest[1]
	for _, kv := range rest[2:] {
		k, v, _ := strings.Cut(kv, "=")
		v, err := word(v)
		if err != nil {
			return err
		}
		switch k {
		case "at":
			x.At, err = moment(v)
		case "read":
			x.observed, err = moment(v)
		case "window":
			x.Window, err = drover.ParseDuration(v)
		case "granularity":
			x.Granularity, err = drover.ParseDuration(v)
		case "count":
			x.Count, err = strconv.ParseInt(v, 10, 64)
		case "value":
			x.Value = v
		case "grade":
			x.Grade = drover.Grade(v)
		default:
			err = fmt.Errorf("no field of evidence: %w", drover.ErrInvalid)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
	}
	n.evidence = append(n.evidence, x)
	return x.Valid()
}

// label reads label REF KEY=VALUE by WHO.
func (n *notation) label(f []string) error {
	if len(f) != 5 || f[3] != "by" {
		return fmt.Errorf("want label REF KEY=VALUE by WHO: %w", drover.ErrInvalid)
	}
	k, v, _ := strings.Cut(f[2], "=")
	v, err := word(v)
	if err != nil {
		return err
	}
	who, err := word(f[4])
	n.labels = append(n.labels, labelled{drover.Ref(f[1]), classify.Label{Key: k, Value: v, By: who}})
	return err
}

// same joins two nodes to one entity; of three, each pair with the first.
func (n *notation) same(f []string) error {
	if len(f) != 3 {
		return fmt.Errorf("want same REF REF: %w", drover.ErrInvalid)
	}
	a, b := n.byRef[drover.Ref(f[1])], n.byRef[drover.Ref(f[2])]
	if a == nil || b == nil {
		return fmt.Errorf("same joins nodes that stand above it: %w", drover.ErrInvalid)
	}
	b.same = a.Ref
	return nil
}
