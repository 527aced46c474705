package kubernetes

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/droverhq/drover/secret"
)

// asType is errors.As.
func asType[T error](err error, into *T) bool { return errors.As(err, into) }

// cut shortens s to n bytes, on a boundary of characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Bounds on what is kept of labels and annotations.
const (
	maxPairs = 64
	maxValue = 512
)

// copies are annotations that hold the whole object once more, the values of a
// Secret with it (Kubernetes documentation, Declarative Management of Kubernetes
// Objects Using Configuration Files; those of Rancher, kapp and Banzai Cloud).
var copies = []string{
	"kubectl.kubernetes.io/last-applied-configuration", "objectset.rio.cattle.io/applied", "kapp.k14s.io/original", "banzaicloud.com/last-applied",
}

// withoutCopies takes copies out of annotations.
func withoutCopies[V any](annotations map[string]V) {
	for _, k := range copies {
		delete(annotations, k)
	}
}

// skipped are annotations that change all the time.
var skipped = []string{
	"deployment.kubernetes.io/revision", "control-plane.alpha.kubernetes.io/leader", "deprecated.daemonset.template.generation",
}

// pairs are labels or annotations fit to be kept: bounded, without those that
// only change, and without secret values, which people put there, too. Nil
// when none is left. What is cut is chosen by key, the same in every scan.
func pairs(in map[string]string) map[string]any {
	var out map[string]any
	for _, k := range sortedKeys(in) {
		v := in[k]
		if contains(skipped, k) || strings.HasPrefix(k, "managedFields") {
			continue
		}
		if len(out) == maxPairs {
			out["…"] = "more than are kept"
			break
		}
		if out == nil {
			out = map[string]any{}
		}
		out[cut(secret.RedactString(k), maxValue)] = cut(secret.RedactNamed(k, cut(v, 4*maxValue)), maxValue)
	}
	return out
}
