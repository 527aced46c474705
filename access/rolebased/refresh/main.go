// Command refresh makes the embedded roles of package rolebased from public
// tables: built-in-roles.json.gz and roles.jsonl.gz of iann0036/iam-dataset (MIT),
// Classification_EntraIdDirectoryRoles.json of Cloud-Architekt/AzurePrivilegedIAM
// (MIT), and GraphAppRoles.json of merill/microsoft-info (MIT).
//
//	go run ./access/rolebased/refresh DIR DATE
//
// DIR holds those files, DATE is the day they were taken (YYYY-MM-DD). It writes
// access/rolebased/data and changes nothing else.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "refresh:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want: refresh DIR YYYY-MM-DD")
	}
	for _, t := range []struct {
		from, to, source string
		table            func([]byte) ([]string, error)
	}{
		{"built-in-roles.json.gz", "azure.tsv.gz", "Azure built-in roles (iann0036/iam-dataset)", azure},
		{"roles.jsonl.gz", "gcp.tsv.gz", "Google Cloud predefined roles (iann0036/iam-dataset)", gcp},
		{"Classification_EntraIdDirectoryRoles.json", "entra.tsv.gz", "Microsoft Entra built-in roles (Cloud-Architekt/AzurePrivilegedIAM)", entra},
		{"GraphAppRoles.json", "graph.tsv.gz", "Microsoft Graph app roles (merill/microsoft-info)", graph},
	} {
		body, err := read(filepath.Join(args[0], t.from))
		if err != nil {
			return err
		}
		lines, err := t.table(body)
		if err != nil {
			return fmt.Errorf("read %s: %w", t.from, err)
		}
		out := filepath.Join("access/rolebased/data", t.to)
		n, err := write(out, append([]string{"#\t" + t.source + ", " + args[1]}, lines...))
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d lines, %d bytes\n", out, len(lines), n)
	}
	return nil
}

// read returns a file, decompressed if its name says so.
func read(path string) ([]byte, error) {
	body, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return body, err
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("decompress %s: %w", path, err)
	}
	return io.ReadAll(z)
}

func write(path string, lines []string) (int, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := io.WriteString(z, strings.Join(lines, "\n")+"\n"); err != nil {
		return 0, err
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	return b.Len(), os.WriteFile(path, b.Bytes(), 0o644)
}

// line joins fields by tabs; what is no field of a table is made a space.
func line(fields ...string) string {
	for i, f := range fields {
		fields[i] = strings.Map(func(r rune) rune {
			if r == '\t' || r == '\n' || r == '\r' {
				return ' '
			}
			return r
		}, f)
	}
	return strings.Join(fields, "\t")
}

// azure writes "R id name" and for each of its permissions
// "P actions notActions dataActions notDataActions condition".
func azure(body []byte) (lines []string, err error) {
	type role struct {
		Name, RoleName string
		Permissions    []struct {
			Actions, NotActions, DataActions, NotDataActions []string
			Condition                                        string
		}
	}
	var roles []role
	if err := json.Unmarshal(body, &roles); err != nil {
		return nil, err
	}
	slices.SortFunc(roles, func(a, b role) int { return cmp.Compare(a.RoleName, b.RoleName) })
	for _, r := range roles {
		lines = append(lines, line("R", r.Name, r.RoleName))
		for _, p := range r.Permissions {
			lines = append(lines, line("P", join(p.Actions), join(p.NotActions), join(p.DataActions), join(p.NotDataActions), p.Condition))
		}
	}
	return lines, nil
}

func join(list []string) string { return strings.Join(list, ",") }

// gcp writes every permission once, in order, as "p name", and "R name title
// ranges" where ranges are positions in that list: "3-10,15".
func gcp(body []byte) (lines []string, err error) {
	type role struct {
		Name, Title         string
		IncludedPermissions []string
	}
	var roles []role
	all := map[string]int{}
	d := json.NewDecoder(bytes.NewReader(body))
	for d.More() {
		var r role
		if err := d.Decode(&r); err != nil {
			return nil, err
		}
		roles = append(roles, r)
		for _, p := range r.IncludedPermissions {
			all[p] = 0
		}
	}
	var names []string
	for p := range all {
		names = append(names, p)
	}
	slices.Sort(names)
	for i, p := range names {
		all[p] = i
		lines = append(lines, line("p", p))
	}
	slices.SortFunc(roles, func(a, b role) int { return cmp.Compare(a.Name, b.Name) })
	for _, r := range roles {
		var at []int
		for _, p := range r.IncludedPermissions {
			at = append(at, all[p])
		}
		lines = append(lines, line("R", r.Name, r.Title, ranges(at)))
	}
	return lines, nil
}

func ranges(at []int) string {
	slices.Sort(at)
	at = slices.Compact(at)
	var out []string
	for i := 0; i < len(at); {
		j := i
		for j+1 < len(at) && at[j+1] == at[j]+1 {
			j++
		}
		if i == j {
			out = append(out, fmt.Sprint(at[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", at[i], at[j]))
		}
		i = j + 1
	}
	return strings.Join(out, ",")
}

// entra writes "R id name includes actions".
func entra(body []byte) (lines []string, err error) {
	var roles []struct {
		RoleID                  string `json:"RoleId"`
		RoleName                string
		InheritsPermissionsFrom []string
		RolePermissions         []struct{ AuthorizedResourceAction string }
	}
	if err := json.Unmarshal(body, &roles); err != nil {
		return nil, err
	}
	for _, r := range roles {
		var actions []string
		for _, p := range r.RolePermissions {
			if p.AuthorizedResourceAction != "" {
				actions = append(actions, p.AuthorizedResourceAction)
			}
		}
		slices.Sort(actions)
		lines = append(lines, line("R", r.RoleID, r.RoleName, join(r.InheritsPermissionsFrom), join(slices.Compact(actions))))
	}
	slices.Sort(lines)
	return lines, nil
}

// graph writes "R id value".
func graph(body []byte) (lines []string, err error) {
	var roles []struct{ ID, Value string }
	if err := json.Unmarshal(body, &roles); err != nil {
		return nil, err
	}
	for _, r := range roles {
		if r.Value != "" {
			lines = append(lines, line("R", r.ID, r.Value))
		}
	}
	slices.Sort(lines)
	return lines, nil
}
