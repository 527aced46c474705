package rolebased_test

import (
	"fmt"

	"github.com/droverhq/drover/access/rolebased"
)

// A connector adds what it read to the vendor's table, and asks.
func ExampleEvaluate() {
	t := rolebased.Azure()
	t.Assignments = []rolebased.Assignment{{
		Ref: "azure/tenant/authorization.roleAssignment/1", Principals: []string{"ci"},
		Role: "b24988ac-6180-42a0-ab88-20f7382dd24c", Scope: "/subscriptions/s/resourceGroups/g",
	}}
	who := rolebased.Principal{ID: "ci"}
	for _, action := range []string{"Microsoft.Web/sites/write", "Microsoft.Authorization/roleAssignments/write"} {
		d := rolebased.Evaluate(t, who, action, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x")
		fmt.Println(d.Verdict, d.Proof[0].Text)
	}
	// Output:
	// allow role Contributor at /subscriptions/s/resourceGroups/g allows Microsoft.Web/sites/write
	// deny no assignment allows Microsoft.Authorization/roleAssignments/write at /subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x
}
