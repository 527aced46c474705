package drover

import "log/slog"

const redacted = "REDACTED"

// A Secret is a value that must never be stored, logged, displayed or sent. It
// prints, logs and marshals as REDACTED; Reveal is the one, greppable way out. It
// must not be the key of a map: encoding/json writes the keys of maps as they are.
type Secret string

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Reveal returns the value itself. Call it only where the value is handed to
// the system that it belongs to.
func (s Secret) Reveal() string { return string(s) }
