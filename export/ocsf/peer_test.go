package ocsf

import (
	"bytes"
	"strings"
	"testing"

	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

func lines(t *testing.T, n int) []string {
	t.Helper()
	var b bytes.Buffer
	if err := write(t.Context(), &b, exporttest.Head(), exporttest.Findings(n)); err != nil {
		t.Fatal(err)
	}
	list := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(list) != n {
		t.Fatalf("%d lines of %d findings", len(list), n)
	}
	return list
}

// Models that others made from the schema read every event, as the class that it
// says it is.
func TestModels(t *testing.T) {
	const n = 200
	classes := map[string]int{}
	for i, v := range realtest.OCSFModels(t, append(lines(t, n), `{"class_uid":2003,"finding_info":{"uid":"x"}}`)) {
		if i == n {
			if v.Error == "" {
				t.Error("an event without what the schema requires was not complained of")
			}
			continue
		}
		classes[v.Class]++
		if v.Error != "" {
			t.Errorf("event %d: %.300s", i, v.Error)
		}
	}
	if classes["ComplianceFinding"] == 0 || classes["DetectionFinding"] == 0 {
		t.Errorf("classes %v, want both", classes)
	}
}
