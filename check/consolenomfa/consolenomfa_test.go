package consolenomfa_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/consolenomfa"
)

func TestCheck(t *testing.T) { checktest.Run(t, consolenomfa.Check) }
