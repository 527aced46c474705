package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// The list in the tree is the one that the folders make.
func TestFresh(t *testing.T) {
	want, err := generate(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../builtin.go")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("builtin.go is stale, run go generate ./builtin:\n%s", diff)
	}
}

// Folders that declare the family's value are listed, whatever their file is
// called; others are not, whatever they are called.
func TestMembers(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	fsys := fstest.MapFS{
		"connector/connector.go":      file("package connector\ntype Connector struct{}\n"),
		"connector/okta/discover.go":  file("package okta\nfunc discover() {}\n"),
		"connector/okta/okta.go":      file("package okta\nvar Connector = 1\n"),
		"connector/jira/jira.go":      file("package jira\nvar Connector = 1\n"),
		"connector/rest/rest.go":      file("package rest\nfunc Connector() {}\n"),
		"connector/half/half_test.go": file("package half\nvar Connector = 1\n"),
		"connector/testdata/x/x.go":   file("package x\nvar Connector = 1\n"),
		"check/check.go":              file("package check\n"),
		"check/okta/okta.go":          file("package okta\nvar (\n\tother, Check = 1, 2\n)\n"),
		"action/action.go":            file("package action\n"),
		"export/export.go":            file("package export\n"),
		"graph/effective/graph.go":    file("package effective\n"),
		"graph/effective/okta/o.go":   file("package okta\nvar System = 1\n"),
	}
	src, err := generate(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"oktaconnector.Connector,", "oktacheck.Check,", "oktaeffective.System,", "var Systems = []*effective.System{", "\tjira.Connector,", "var Actions = []*action.Action{}"} {
		if !strings.Contains(string(src), want) {
			t.Errorf("%q is not in\n%s", want, src)
		}
	}
	for _, no := range []string{"rest", "half", "testdata"} {
		if strings.Contains(string(src), no) {
			t.Errorf("%q is in\n%s", no, src)
		}
	}
}
