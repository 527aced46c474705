package leaverread

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/graph/effective/aws"
	"github.com/droverhq/drover/graph/effective/kubernetes"
)

func TestCheck(t *testing.T) {
	checktest.Run(t, Check, checktest.Systems(aws.System, kubernetes.System))
}
