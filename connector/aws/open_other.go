//go:build !unix

package aws

const nonblock = 0
