package rows

import (
	"errors"
	"fmt"

	"github.com/droverhq/drover"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// recordOptions is how records are read: strictly, for a field that was
// misspelled or given twice changes what is known.
var recordOptions = json.JoinOptions(
	json.RejectUnknownMembers(true),
	jsonv1.FormatDurationAsNano(true),
)

// DecodeRecord reads one line of a record stream. Unknown fields, duplicate
// keys, invalid UTF-8 and a record that is not valid are errors wrapping
// drover.ErrInvalid which name the field by JSON pointer and never quote a
// value. Null stands for unknown.
func DecodeRecord(line []byte) (drover.Record, error) {
	var r drover.Record
	if err := json.Unmarshal(line, &r, recordOptions); err != nil {
		return drover.Record{}, jsonError(err)
	}
	if err := r.Valid(); err != nil {
		return drover.Record{}, err
	}
	return r, nil
}

// jsonError says where and what without the value: what stands in a wrong place
// may be a secret.
func jsonError(err error) error {
	var syn *jsontext.SyntacticError
	if errors.As(err, &syn) {
		what := "not JSON"
		if errors.Is(syn.Err, jsontext.ErrDuplicateName) {
			what = "the key is there twice"
		}
		return fmt.Errorf("field %q at byte %d: %s: %w", cut(string(syn.JSONPointer), 200), syn.ByteOffset, what, drover.ErrInvalid)
	}
	var sem *json.SemanticError
	if errors.As(err, &sem) {
		what := "the value does not fit"
		switch {
		case errors.Is(sem.Err, json.ErrUnknownName):
			what = "unknown field"
		case sem.GoType != nil:
			what = fmt.Sprintf("a JSON %s does not fit %v", sem.JSONKind, sem.GoType)
		}
		return fmt.Errorf("field %q: %s: %w", cut(string(sem.JSONPointer), 200), what, drover.ErrInvalid)
	}
	return fmt.Errorf("not one JSON object: %w", drover.ErrInvalid)
}
