package check

import "testing"

func TestRecognise(t *testing.T) {
	for detail, want := range map[string]string{
		"from private; app DBeaver 24.1; tls 2":                 "DBeaver",
		"aws-cli/2.15.30 Python/3.11 Darwin/23.4.0 exe/x86_64":  "a Mac",
		"Mozilla/5.0 (X11; Linux x86_64)":                       "a browser",
		"console password":                                      "the console password",
		"console":                                               "a console",
		"interactive browser session":                           "an interactive sign-in",
		"non-interactive":                                       "",
		"app orders-console,pgxpool":                            "",
		"Boto3/1.34 md/Botocore#1.34 ua/2.0 os/linux#5.10":      "",
		"browserify-build/3.1":                                  "",
		"from private; app psql":                                "",
		"eu-central-1 s3":                                       "",
		"aws-sdk-go-v2/1.30 os/windows lang/go md/GOOS#windows": "",
		"kubectl/v1.31.0 (darwin/arm64) kubernetes/9edcffc":     "a Mac",
		"signin.amazonaws.com":                                  "the AWS console",
		"from vpn; app Excel":                                   "Excel",
		"\x1b[31m DBeaver\x00":                                  "DBeaver",
	} {
		if got, _, _ := recognise(detail); got != want {
			t.Errorf("recognise(%q): got %q, want %q", detail, got, want)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add("Mozilla/5.0")
	f.Add("\xff\xfe non-interactive ")
	f.Fuzz(func(t *testing.T, s string) {
		if name, _, ok := recognise(s); ok == (name == "") {
			t.Errorf("recognise(%q) is %q, %v", s, name, ok)
		}
	})
}
