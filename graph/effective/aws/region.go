package aws

import (
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover/access/awsiam"
)

// regionsOf are regions of each partition, the busiest first: where somebody who
// is kept out of one would go.
// Source: https://docs.aws.amazon.com/general/latest/gr/rande.html
var regionsOf = map[string][]string{
	"aws": {"us-east-1", "eu-west-1", "us-west-2", "eu-central-1", "ap-southeast-1", "us-east-2", "ca-central-1", "sa-east-1", "ap-northeast-1", "ap-south-1",
		"af-south-1", "me-south-1", "il-central-1", "mx-central-1", "ap-east-1", "eu-north-1", "eu-south-1", "eu-west-2", "eu-west-3", "us-west-1"},
	"aws-cn":     {"cn-north-1", "cn-northwest-1"},
	"aws-us-gov": {"us-gov-west-1", "us-gov-east-1"},
}

// named is how regions are named (botocore's endpoints.json, regionRegex of each
// partition). What is named otherwise is no region, and nothing can be done there.
var named = regexp.MustCompile(`^(us|us-gov|us-iso[a-z]*|eu|eu-isoe|eusc-de|ap|ca|sa|me|af|il|mx|cn)-(north|south|east|west|central|northeast|southeast|northwest|southwest)-[0-9]+$`)

// maxRegions bounds in how many regions something new is tried.
const maxRegions = 8

// regionKeys are the regions that policies tell apart: values of
// aws:RequestedRegion and the region segments of resources, as patterns.
type regionKeys struct{ patterns []string }

func (k *regionKeys) read(d *awsiam.Document) {
	for _, s := range d.Statements() {
		for _, keys := range s.Condition.Map() {
			m, _ := keys.(map[string]any)
			for key, v := range m {
				if strings.EqualFold(key, "aws:RequestedRegion") {
					for _, p := range stringsOf(v) {
						k.note(p)
					}
				}
			}
		}
		if s.Effect != "Deny" {
			continue // those of an Allow are tried as they are
		}
		for _, r := range [][]string{s.Resources, s.NotResources} {
			for _, p := range r {
				k.note(segment(p, 3))
			}
		}
	}
}

func (k *regionKeys) note(p string) {
	if p = strings.ToLower(p); strings.Trim(p, "*") != "" && len(p) <= 64 && len(k.patterns) < 64 && !slices.Contains(k.patterns, p) {
		k.patterns = append(k.patterns, p)
	}
}

// regions are where something new is tried in an account: where it has things,
// and, where policies tell regions apart, one that each of them means and one that
// none does.
func (k *regionKeys) regions(a *account) []string {
	all := regionsOf[a.partition]
	if len(all) == 0 {
		all = regionsOf["aws"]
	}
	out := slices.Clone(a.regions[:min(len(a.regions), 3)])
	add := func(r string) {
		if len(out) < maxRegions && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	add(all[0])
	if len(k.patterns) == 0 {
		return out
	}
	meant := func(r string) bool {
		return slices.ContainsFunc(k.patterns, func(p string) bool { return glob(p, r) })
	}
	if i := slices.IndexFunc(all, func(r string) bool { return !meant(r) }); i >= 0 {
		add(all[i])
	}
	for _, p := range k.patterns {
		switch i := slices.IndexFunc(all, func(r string) bool { return glob(p, r) }); {
		case i >= 0:
			add(all[i])
		case named.MatchString(p):
			add(p) // newer than the list
		}
	}
	return out
}
