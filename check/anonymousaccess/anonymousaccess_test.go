package anonymousaccess_test

import (
	"testing"

	"github.com/droverhq/drover/check/anonymousaccess"
	"github.com/droverhq/drover/check/checktest"
)

func TestCheck(t *testing.T) { checktest.Run(t, anonymousaccess.Check) }
