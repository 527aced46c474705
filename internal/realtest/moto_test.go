package realtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The emulator comes up, a foreign client signs in, and is refused once
// signatures count.
func TestMoto(t *testing.T) {
	m := Moto(t)
	script := filepath.Join(t.TempDir(), "who.py")
	if err := os.WriteFile(script, []byte(`
import boto3, botocore
try:
    print(boto3.client("sts").get_caller_identity()["Account"])
except botocore.exceptions.ClientError as e:
    print(e.response["Error"]["Code"])
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(m.Run(t, script, nil))); got != "123456789012" {
		t.Errorf("account %q", got)
	}
	m.Enforce(t, 0)
	if got := strings.TrimSpace(string(m.Run(t, script, nil))); got != "InvalidClientTokenId" {
		t.Errorf("an unknown key got %q", got)
	}
}
