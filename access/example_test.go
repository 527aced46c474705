package access_test

import (
	"fmt"

	"github.com/droverhq/drover/access"
)

// Sets are calculated with as patterns; a difference stays one.
func ExampleMinus() {
	all := access.Set{In: []string{"s3:*", "kms:Decrypt"}, Fold: true}
	less, err := access.Minus(all, access.Set{In: []string{"s3:Delete*"}, Fold: true})
	fmt.Println(less, err)
	// Output: kms:Decrypt, s3:* except s3:Delete* <nil>
}

// A region is no wider than another, or a witness shows where it is.
func ExampleNoWider() {
	grant := func(action, condition string) access.Region {
		return access.Region{{
			Actions:   access.Set{In: []string{action}, Fold: true},
			Resources: access.Set{In: []string{"arn:aws:s3:::logs/*"}},
			Condition: []byte(condition),
		}}
	}
	_, w, err := access.NoWider(grant("s3:Get*", ""), grant("s3:*", `{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`))
	fmt.Println(w, err)
	// Output: s3:Get on arn:aws:s3:::logs/ if {"not":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}} <nil>
}
