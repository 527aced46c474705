package rootkey_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/rootkey"
)

func TestCheck(t *testing.T) { checktest.Run(t, rootkey.Check) }
