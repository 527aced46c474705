package decode

import "testing"

func TestLoginAlias(t *testing.T) {
	for _, c := range [][4]string{
		{"https://Registry.example.com:443/v2", "ci", "", "login:registry.example.com/ci"}, {"registry.example.com:5000", "ci", "", "login:registry.example.com:5000/ci"},
		{"registry.example.com", "AWS", "", ""}, {"github.com", "x-access-token", "", ""}, {"github.com", "", "", ""}, {"registry", "ci", "", ""},
		{"localhost:3000", "ci", "", ""}, {"localhost:3000", "ci", "0a", "login:[machine:0a]:3000/ci"}, {"", "ci", "", ""},
	} {
		if got := LoginAlias(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%q at %q on %q: got %q, want %q", c[1], c[0], c[2], got, c[3])
		}
	}
}
