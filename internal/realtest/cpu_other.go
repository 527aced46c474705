//go:build !unix

package realtest

import "time"

var processStart = time.Now()

// CPUTime is the time since the start, where the processor's is not to be had.
func CPUTime() time.Duration { return time.Since(processStart) }
