// Package builtin lists the extensions compiled into the standard binary. The
// list is generated from the folders of each family.
package builtin

//go:generate go run ./gen
//go:generate go run ./docs
