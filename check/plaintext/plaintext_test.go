package plaintext_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/plaintext"
)

func TestCheck(t *testing.T) { checktest.Run(t, plaintext.Check) }
