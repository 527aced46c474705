package access

import (
	"fmt"
	"testing"
)

func BenchmarkSet(b *testing.B) {
	old := Set{In: []string{"s3:Get*", "s3:List*", "ec2:Describe*", "logs:*", "kms:Decrypt"}, Out: []string{"s3:GetBucketAcl"}, Fold: true}
	narrow := Set{In: []string{"s3:GetObject", "s3:ListAllMyBuckets", "logs:Create*"}, Fold: true}
	arns := Set{In: []string{"arn:aws:s3:::prod-*/logs/*", "arn:aws:s3:::prod-?-data/*"}, Out: []string{"arn:aws:s3:::prod-*/secret/*"}}
	many := Set{Fold: true}
	for i := range 1000 {
		many.In = append(many.In, fmt.Sprintf("service%d:Describe*", i))
	}
	b.Run("contains", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			old.Contains("ec2:DescribeInstances")
		}
	})
	b.Run("subset/typical", func(b *testing.B) {
		for b.Loop() {
			if ok, err := Subset(narrow, old); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
	b.Run("subset/overlapping", func(b *testing.B) {
		for b.Loop() {
			if ok, err := Subset(Set{In: []string{"arn:aws:s3:::*/logs/*"}}, arns); ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
	b.Run("intersect/typical", func(b *testing.B) {
		for b.Loop() {
			if _, err := Intersect(narrow, old); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("subset/thousand", func(b *testing.B) {
		for b.Loop() {
			if ok, err := Subset(many, many); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
	b.Run("simplify/thousand", func(b *testing.B) {
		for b.Loop() {
			many.Simplify()
		}
	})
}
