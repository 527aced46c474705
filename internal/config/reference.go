package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/droverhq/drover"
)

// A MissingError says that a reference names an environment variable that is not
// set. It wraps drover.ErrInvalid.
type MissingError struct{ Env string }

func (m *MissingError) Error() string {
	return fmt.Sprintf("${env:%s}: the environment variable %s is not set; set it: export %s=…", m.Env, m.Env, m.Env)
}

func (m *MissingError) Unwrap() error { return drover.ErrInvalid }

// Resolve replaces the references in a value: ${env:NAME} and ${file:PATH}. The
// file's trailing newline is not part of the value. A reference that cannot be
// resolved is an error that names it and never the value.
func Resolve(value string) (string, error) {
	var b strings.Builder
	rest := value
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			b.WriteString(rest)
			return b.String(), nil
		}
		j := strings.IndexByte(rest[i:], '}')
		if j < 0 {
			return "", fmt.Errorf("a reference is not closed: write ${env:NAME} or ${file:PATH}: %w", drover.ErrInvalid)
		}
		b.WriteString(rest[:i])
		v, err := lookup(rest[i+2 : i+j])
		if err != nil {
			return "", err
		}
		b.WriteString(v)
		rest = rest[i+j+1:]
	}
}

func lookup(ref string) (string, error) {
	scheme, name, _ := strings.Cut(ref, ":")
	switch scheme {
	case "env":
		v, ok := os.LookupEnv(name)
		if !ok {
			return "", &MissingError{Env: name}
		}
		return v, nil
	case "file":
		raw, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("${file:%s}: %w (%w)", name, err, drover.ErrInvalid)
		}
		if len(raw) > maxFile {
			return "", fmt.Errorf("${file:%s}: larger than %d MiB: %w", name, maxFile>>20, drover.ErrInvalid)
		}
		return strings.TrimRight(string(raw), "\r\n"), nil
	case "vault":
		return "", fmt.Errorf("${vault:…}: this version has no Vault connector yet; use ${env:…} or ${file:…}: %w", drover.ErrInvalid)
	}
	return "", fmt.Errorf("${%s:…}: unknown reference; write ${env:NAME} or ${file:PATH}: %w", scheme, drover.ErrInvalid)
}

// IsReference reports whether the whole value is one reference, as a secret
// option must be.
func IsReference(value string) bool {
	for _, p := range []string{"${env:", "${file:", "${vault:"} {
		if strings.HasPrefix(value, p) && strings.HasSuffix(value, "}") && strings.Count(value, "${") == 1 {
			return true
		}
	}
	return false
}
