package engine

import "context"

// actor is who acts, as it is recorded.
func (e *Engine) actor() string { return e.o.User }

// manages reports whether the caller may change what belongs to others.
func (e *Engine) manages() bool { return true }

// inTeam reports whether the caller is of a team.
func (e *Engine) inTeam(string) bool { return true }

// hears reports whether the caller may know of an event.
func (e *Engine) hears(context.Context, *Event) bool { return true }

// ownOperation reports whether the caller may know of an operation.
func (e *Engine) ownOperation(string) bool { return true }
