package engine

import "context"

// hears reports whether the caller may know of an event.
func (e *Engine) hears(context.Context, *Event) bool { return true }

// ownOperation reports whether the caller may know of an operation.
func (e *Engine) ownOperation(string) bool { return true }
