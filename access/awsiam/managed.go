package awsiam

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed data/managed.tsv.gz
var managedData []byte

var managed = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(unzip(managedData)) {
		path, body, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if ok {
			m[path] = body
		}
	}
	return m
})

// ManagedPolicy returns the document of a policy that AWS manages
// (arn:aws:iam::aws:policy/…, in any partition) as the catalogue has it: for
// exports that name such a policy without its body.
func ManagedPolicy(arn string) (body []byte, ok bool) {
	_, path, ok := strings.Cut(arn, ":iam::aws:policy/")
	if !ok {
		return nil, false
	}
	s, ok := managed()[path]
	if !ok { // a withdrawn one that may still be attached: only its name is known
		s, ok = managed()["*/"+path[strings.LastIndexByte(path, '/')+1:]]
	}
	return []byte(s), ok
}

// ManagedPolicies lists the ARNs of the policies that AWS manages, but for those
// that it has withdrawn.
func ManagedPolicies() []string {
	var out []string
	for path := range managed() {
		if !strings.HasPrefix(path, "*/") {
			out = append(out, "arn:aws:iam::aws:policy/"+path)
		}
	}
	slices.Sort(out)
	return out
}
