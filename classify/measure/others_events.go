package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/droverhq/drover"
)

// cloudTrail reads who acted in records of CloudTrail (userIdentity). The record
// says what the actor is: a service of the provider, the root, a role that people
// reach by single sign-on, a session with a second factor. An IAM user without a
// second factor may be either and is left out.
func cloudTrail(dir string) (rows []row, err error) {
	seen := map[string]bool{}
	add := func(r row, ok bool) {
		if ok && r.Name != "" && !seen[r.Type+r.Name] {
			seen[r.Type+r.Name] = true
			rows = append(rows, r)
		}
	}
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return records(p, func(v any) {
			walk(v, func(m map[string]any) {
				if id, ok := m["userIdentity"].(map[string]any); ok {
					add(actor(id))
				}
			})
		})
	})
	return rows, err
}

// records calls fn for every JSON value of a file, gzipped or not; what is no
// JSON is passed over.
func records(path string, fn func(v any)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	for d := json.NewDecoder(bufio.NewReader(in)); ; {
		var v any
		if d.Decode(&v) != nil {
			return nil
		}
		fn(v)
	}
}

// walk calls fn for every object below v.
func walk(v any, fn func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		fn(v)
		for _, w := range v {
			walk(w, fn)
		}
	case []any:
		for _, w := range v {
			walk(w, fn)
		}
	}
}

func actor(id map[string]any) (row, bool) {
	typ, _ := id["type"].(string)
	arn, _ := id["arn"].(string)
	session, _ := id["sessionContext"].(map[string]any)
	issuer, _ := session["sessionIssuer"].(map[string]any)
	attrs, _ := session["attributes"].(map[string]any)
	role, _ := issuer["userName"].(string)
	roleARN, _ := issuer["arn"].(string)
	switch typ {
	case "AWSService":
		name, _ := id["invokedBy"].(string)
		return nhi("aws.service", name, drover.NHIApplication, nil), true
	case "Root":
		return row{Type: "aws.iam.root", Name: arn, Verdict: drover.VerdictShared}, true
	case "IAMUser":
		name, _ := id["userName"].(string)
		return human("aws.iam.user", name, map[string]any{"mfa_active": "true"}), attrs["mfaAuthenticated"] == "true"
	case "AssumedRole":
		path := map[string]any{"Path": rolePath(roleARN)}
		switch {
		case strings.Contains(roleARN, "/aws-reserved/sso.amazonaws.com/"):
			return human("aws.iam.role", role, path), true
		case strings.Contains(roleARN, "/aws-service-role/"):
			return nhi("aws.iam.role", role, drover.NHIServiceAccount, path), true
		}
	}
	return row{}, false
}

func rolePath(arn string) string {
	_, path, _ := strings.Cut(arn, ":role/")
	return "/" + path
}

// iamSnapshots reads posture test vectors: roles by their trust policy, the root
// by its kind, users by the console password of the credential report.
func iamSnapshots(dir string) (rows []row, err error) {
	seen := map[string]bool{}
	err = each(dir, ".jsonl", func(path string) error {
		kind := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		return records(path, func(v any) {
			m, _ := v.(map[string]any)
			r, _ := m["resource"].(map[string]any)
			var l row
			ok := false
			switch kind {
			case "AWS.IAM.Role":
				name, _ := r["RoleName"].(string)
				l, ok = roleRow(name, r)
			case "AWS.IAM.RootUser":
				l, ok = row{Type: "aws.iam.root", Name: fmt.Sprint(r["ARN"]), Attrs: r, Verdict: drover.VerdictShared}, r["ARN"] != nil
			}
			if ok && !seen[l.Type+l.Name] {
				seen[l.Type+l.Name] = true
				rows = append(rows, l)
			}
		})
	})
	return rows, err
}

// localUsers reads the accounts of Windows machines whose relative id says what
// they are: 500 administrator, 501 guest, 503 default, 504 application guard.
func localUsers(dir string) (rows []row, err error) {
	seen := map[string]bool{}
	err = each(dir, ".json", func(path string) error {
		var f struct{ Users []map[string]any }
		if err := readJSON(path, &f); err != nil {
			return err
		}
		for _, u := range f.Users {
			name, _ := u["Name"].(string)
			sid, _ := u["SID"].(string)
			if seen[name] {
				continue
			}
			seen[name] = true
			switch rid := sid[strings.LastIndexByte(sid, '-')+1:]; rid {
			case "500", "501":
				rows = append(rows, row{Type: "windows.local_user", Name: name, Attrs: u, Verdict: drover.VerdictShared})
			case "503", "504":
				rows = append(rows, nhi("windows.local_user", name, drover.NHIServiceAccount, u))
			}
		}
		return nil
	})
	return rows, err
}

// gitlab reads answers of its API; which call it answers is the label.
func gitlab(dir string) (rows []row, err error) {
	for _, f := range []struct {
		file, typ, name string
		kind            drover.NHIType
	}{
		{"create_service_account_user.json", "gitlab.user", "username", drover.NHIServiceAccount},
		{"get_user_admin.json", "gitlab.user", "username", ""},
		{"create_group_access_token.json", "gitlab.group_access_token", "name", drover.NHIAPIClient},
		{"create_project_access_token.json", "gitlab.project_access_token", "name", drover.NHIAPIClient},
		{"list_personal_access_tokens_single.json", "gitlab.personal_access_token", "name", drover.NHIAPIClient},
	} {
		var v map[string]any
		if err := readJSON(filepath.Join(dir, f.file), &v); err != nil {
			return nil, err
		}
		delete(v, "token")
		name := fmt.Sprint(v[f.name])
		if f.kind == "" {
			rows = append(rows, human(f.typ, name, v))
		} else {
			rows = append(rows, nhi(f.typ, name, f.kind, v))
		}
	}
	return rows, nil
}

// scimUsers reads the people that an organisation provisions to GitHub, and the
// apps it installed.
func scimUsers(dir string) (rows []row, err error) {
	var people struct{ Resources []map[string]any }
	if err := readJSON(filepath.Join(dir, "scimusers.json"), &people); err != nil {
		return nil, err
	}
	for _, u := range people.Resources {
		rows = append(rows, human("github.scim_user", fmt.Sprint(u["userName"]), u))
	}
	var apps struct{ Installations []map[string]any }
	if err := readJSON(filepath.Join(dir, "appinstalls.json"), &apps); err != nil {
		return nil, err
	}
	for _, a := range apps.Installations {
		rows = append(rows, nhi("github.app_installation", fmt.Sprint(a["app_slug"]), drover.NHIApplication, a))
	}
	return rows, nil
}
