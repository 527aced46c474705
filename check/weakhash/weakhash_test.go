package weakhash_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/weakhash"
)

func TestCheck(t *testing.T) { checktest.Run(t, weakhash.Check) }
