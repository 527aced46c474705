package weakkerberos_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/weakkerberos"
)

func TestCheck(t *testing.T) { checktest.Run(t, weakkerberos.Check) }
