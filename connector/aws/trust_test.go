package aws

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

// An account that a trust policy names by its number is one of the role's own
// partition, from files as well.
func TestTrustsPartition(t *testing.T) {
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		body := `{"RoleDetailList":[{"RoleName":"r","RoleId":"AROAEXAMPLE000000001","Arn":"arn:PARTITION:iam::123456789012:role/r","Path":"/","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}]}}]}`
		s := &shelf{records: map[string]map[string]bool{}, kept: map[string][]string{}, sections: map[string]drover.Section{}}
		scanText(t, s, strings.ReplaceAll(body, "PARTITION", partition))
		want := `"to":"` + string(drover.UnseenRef("arn:"+partition+":iam::444455556666:root")) + `"`
		if !strings.Contains(s.text.String(), want) {
			t.Errorf("%s: no edge %s in %s", partition, want, s.text.String())
		}
	}
}

func scanText(t *testing.T, s *shelf, body string) {
	t.Helper()
	file := t.TempDir() + "/details.json"
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	var logs bytes.Buffer
	scan := &connector.Scan{Session: connectortest.Session(t, Connector, map[string][]string{"path": {file}}, &logs), Open: func(_ context.Context, _, coverage string) (connector.Sink, error) {
		s.records[coverage] = map[string]bool{}
		return shelfSink{s, coverage}, nil
	}}
	if err := Connector.Discover(t.Context(), scan); err != nil {
		t.Fatal(err)
	}
}
