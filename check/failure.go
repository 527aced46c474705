package check

import "errors"

// A Failure says that one check did not run to its end.
type Failure struct {
	ID  string
	Err error
}

func (f *Failure) Error() string { return "check " + f.ID + ": " + f.Err.Error() }

// Unwrap is why it failed.
func (f *Failure) Unwrap() error { return f.Err }

// Failures lists the checks that failed, out of the error of Run.
func Failures(err error) (list []*Failure) {
	var f *Failure
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range j.Unwrap() {
			if errors.As(e, &f) {
				list = append(list, f)
			}
		}
		return list
	}
	if errors.As(err, &f) {
		list = append(list, f)
	}
	return list
}
