package weaksshkey_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/weaksshkey"
)

func TestCheck(t *testing.T) { checktest.Run(t, weaksshkey.Check) }
