package certkeyreuse_test

import (
	"testing"

	"github.com/droverhq/drover/check/certkeyreuse"
	"github.com/droverhq/drover/check/checktest"
)

func TestCheck(t *testing.T) { checktest.Run(t, certkeyreuse.Check) }
