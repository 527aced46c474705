//go:build !unix

package main

import "time"

var started = time.Now()

// cpu is the time since the start, where the system does not tell the
// processor's.
func cpu() time.Duration { return time.Since(started) }
