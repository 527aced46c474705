package personaldata

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/graph/effective/aws"
	"github.com/droverhq/drover/graph/effective/kubernetes"
	"github.com/droverhq/drover/graph/effective/postgres"
)

func Test(t *testing.T) {
	checktest.Run(t, Check, checktest.Systems(aws.System, kubernetes.System, postgres.System))
}
