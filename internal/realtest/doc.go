// Package realtest starts the real servers that the tests run against: each
// once per test process, on loopback, on a free port, from a cache outside the
// checkout. A server ends with the process that started it, however that ends.
//
// A system that cannot be had here (its package registry is out of reach, its
// package is not installed) makes the test NOT RUN, with the reason on record;
// under CI=true that is a failure. What ran against which real version is
// recorded too, and the command in report prints it as a table.
//
// It is test support: no product code imports it.
package realtest
