package awsiam_test

import (
	"fmt"

	"github.com/droverhq/drover/access/awsiam"
)

// A role may put objects, as long as what is not known here holds.
func ExampleProfile_Explain() {
	doc, faults, err := awsiam.Parse([]byte(`{"Version": "2012-10-17", "Statement": [
		{"Sid": "Put", "Effect": "Allow", "Action": "s3:Put*", "Resource": "arn:aws:s3:::data/${aws:PrincipalTag/team}/*",
		 "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}`))
	if err != nil || len(faults) > 0 {
		fmt.Println(err, faults)
	}
	profile := awsiam.Compile(&awsiam.Policies{Identity: []awsiam.Attached{{Name: "upload", Doc: doc}}})

	r := awsiam.Request{
		Principal: awsiam.Principal{ARN: "arn:aws:iam::111111111111:role/loader"},
		Action:    "s3:PutObject",
		Resource:  "arn:aws:s3:::data/red/1.csv",
	}
	r.Context.Known("aws:PrincipalTag/team", "red")
	d := profile.Explain(&r)
	fmt.Println(d.Verdict, string(d.Condition))
	fmt.Println(d.Proof[0].Text)

	r.Action = "s3:DeleteObject"
	d = profile.Explain(&r)
	fmt.Println(d.Verdict)
	fmt.Println(d.Proof[0].Text)
	// Output:
	// conditional {"Bool":{"aws:SecureTransport":["true"]}}
	// statement Put (0) of policy upload allows s3:PutObject on arn:aws:s3:::data/red/1.csv under its condition
	// deny
	// no statement of 1 policy allows s3:DeleteObject on arn:aws:s3:::data/red/1.csv
}
