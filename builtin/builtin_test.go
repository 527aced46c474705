package builtin_test

import (
	"testing"

	"github.com/droverhq/drover/action"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/export"
)

// The lists are sound, and those of the families that have members are not
// empty: an empty list would leave every other test green.
func TestLists(t *testing.T) {
	if len(builtin.Connectors) == 0 || len(builtin.Formats) == 0 {
		t.Errorf("%d connectors and %d formats are listed", len(builtin.Connectors), len(builtin.Formats))
	}
	for _, err := range []error{
		connector.Validate(builtin.Connectors), check.Validate(builtin.Checks),
		action.Validate(builtin.Actions), export.Validate(builtin.Formats),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}
