package kubernetes

import (
	"bytes"
	"strings"
)

// chartAdvice is said of the templates of a chart, which are no manifests yet.
const chartAdvice = "not read: templates of a Helm chart, which become manifests with a release's values only; render them with `helm template` and scan what comes out, or scan the live cluster"

// templateAdvice is said of a file that is a template of something else.
const templateAdvice = "not read: it holds {{ }}, so it is a template and no manifest yet; render it and scan what comes out"

// isChartFile reports whether a file beside Chart.yaml is the chart's own and no
// manifest.
func isChartFile(name string) bool {
	name = strings.ToLower(name)
	return name == "chart.yaml" || strings.HasPrefix(name, "values") || name == "requirements.yaml"
}

// isTemplate reports whether a text that is not valid has marks of a template.
func isTemplate(text []byte) bool {
	return bytes.Contains(text, []byte("{{")) || bytes.Contains(text, []byte("{%")) || bytes.Contains(text, []byte("<%"))
}
