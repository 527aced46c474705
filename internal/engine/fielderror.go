package engine

import "errors"

// A FieldError says which field of a request an error is about, by its name in the
// API. Its text is that of the error.
type FieldError struct {
	Field string
	Err   error
}

func (e *FieldError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *FieldError) Unwrap() error { return e.Err }

// about says which field an error is about; the innermost knows best. It passes nil on.
func about(field string, err error) error {
	if _, told := errors.AsType[*FieldError](err); told || err == nil {
		return err
	}
	return &FieldError{field, err}
}
