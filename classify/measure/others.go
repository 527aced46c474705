package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/droverhq/drover"
)

// others are labels that other people made, read where they lie and never
// copied. A label is structural: it does not come from the name.
var others = []struct {
	name, path, label string
	load              func(path string) ([]row, error)
}{
	{"bloodhound users", "graph/bloodhound-ce/Version6JSON/raw", "object class and SID of an AD collection", bloodhound},
	{"githound", "graph/githound/samples", "node kind of a GitHub collection", githound},
	{"goad", "graph/goad", "a lab's own list of people and gMSAs", goad},
	{"windows services", "graph/adalanche-localmachine", "account that services run as", localMachine},
	{"aws account snapshots", "iam", "trust policy of roles", gaad},
	{"kubernetes manifests", "k8s", "kind: ServiceAccount", manifests},
	{"hr: oracle", "directory/oracle-hr/hr_populate.sql", "row of an employees table", oracleHR},
	{"hr: midpoint", "directory/midpoint", "inetOrgPerson entries and HR files", midpoint},
	{"snowflake", "api-responses/cartography/snowflake/users.json", "TYPE of the user", snowflake},
	{"aws roles", "api-responses/cartography/aws/iam/roles.json", "trust policy", awsRoles},
	{"openai", "api-responses/cartography/openai", "user or service account list", openai},
	{"gcp", "api-responses/cartography/gcp/iam.json", "service account list", gcp},
	{"workday", "api-responses/cartography/workday/people.json", "worker records", workday},
	{"okta users", "api-responses/openhound-okta/api/users.json", "users of a directory", oktaUsers},
	{"okta group members", "api-responses/openhound-okta/api/group_members.json", "users of a directory", oktaUsers},
	{"cloudtrail actors", "logs", "type and session of userIdentity", cloudTrail},
	{"cloudtrail in rule tests", "labelled-events/panther/rules", "type and session of userIdentity", cloudTrail},
	{"iam in rule tests", "labelled-events/panther/policies", "trust policy of roles; root", iamSnapshots},
	{"windows accounts", "graph/adalanche-localmachine", "relative id of built-in accounts", localUsers},
	{"gitlab api", "api-responses/gitlab", "the call that answers so", gitlab},
	{"github scim and apps", "api-responses/openhound-github/api", "SCIM resource; app installation", scimUsers},
}

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

// each calls fn for every file below root whose name ends so.
func each(root, suffix string, fn func(path string) error) error {
	if _, err := os.Stat(root); err != nil {
		return err
	}
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, suffix) {
			return err
		}
		return fn(p)
	})
}

func nhi(typ, name string, kind drover.NHIType, attrs map[string]any) row {
	return row{Type: typ, Name: name, Attrs: attrs, Verdict: drover.VerdictNHI, NHIType: kind}
}

func human(typ, name string, attrs map[string]any) row {
	return row{Type: typ, Name: name, Attrs: attrs, Verdict: drover.VerdictHuman}
}

// bloodhound keeps the rows that the collection itself decides: computers,
// managed accounts, accounts with service principals and the built-in ones. An
// ordinary lab account carries no truth and is left out.
func bloodhound(dir string) (rows []row, err error) {
	var f struct {
		Data []struct{ Properties map[string]any }
	}
	if err := readJSON(filepath.Join(dir, "computers.json"), &f); err != nil {
		return nil, err
	}
	for _, d := range f.Data {
		name, _ := d.Properties["name"].(string)
		rows = append(rows, nhi("ad.computer", name, drover.NHIMachine, d.Properties))
	}
	f.Data = nil
	if err := readJSON(filepath.Join(dir, "users.json"), &f); err != nil {
		return nil, err
	}
	for _, d := range f.Data {
		p := d.Properties
		name, _ := p["name"].(string)
		sid, _ := p["objectid"].(string)
		switch {
		case p["hasspn"] == true, p["gmsa"] == true, strings.HasSuffix(sid, "-502"), strings.Contains(name, "$@"):
			rows = append(rows, nhi("ad.user", name, drover.NHIServiceAccount, p))
		}
	}
	return rows, nil
}

func githound(dir string) (rows []row, err error) {
	kinds := map[string]struct {
		typ string
		nhi drover.NHIType
	}{"GH_App": {"github.app", drover.NHIApplication}, "GH_AppInstallation": {"github.app_installation", drover.NHIApplication}, "GH_PersonalAccessToken": {"github.personal_access_token", drover.NHIAPIClient}, "GH_User": {"github.user", ""}}
	err = each(dir, ".json", func(path string) error {
		var f struct {
			Graph struct {
				Nodes []struct {
					Kinds      []string
					Properties map[string]any
				}
			}
		}
		if err := readJSON(path, &f); err != nil {
			return err
		}
		for _, n := range f.Graph.Nodes {
			if len(n.Kinds) == 0 {
				continue
			}
			k, ok := kinds[n.Kinds[0]]
			name, _ := n.Properties["name"].(string)
			switch {
			case !ok || name == "":
			case k.nhi != "":
				rows = append(rows, nhi(k.typ, name, k.nhi, n.Properties))
			case n.Properties["full_name"] != "":
				rows = append(rows, human(k.typ, name, n.Properties))
			}
		}
		return nil
	})
	return rows, err
}

func goad(dir string) (rows []row, err error) {
	err = each(dir, "config.json", func(path string) error {
		var f struct {
			Lab struct {
				Domains map[string]struct {
					Users map[string]map[string]any
					GMSA  map[string]map[string]any `json:"gmsa"`
				}
			}
		}
		if err := readJSON(path, &f); err != nil {
			return err
		}
		for _, d := range f.Lab.Domains {
			for name, u := range d.Users {
				delete(u, "password")
				u["givenName"], u["sn"] = u["firstname"], u["surname"]
				delete(u, "firstname")
				delete(u, "surname")
				spn, _ := u["spns"].([]any)
				switch {
				case u["sn"] == "service":
					u["servicePrincipalName"] = u["spns"]
					rows = append(rows, nhi("ad.user", name, drover.NHIServiceAccount, u))
				case len(spn) == 0: // a person's account that a service runs as has no one truth
					rows = append(rows, human("ad.user", name, u))
				}
			}
			for _, g := range d.GMSA {
				name, _ := g["gMSA_Name"].(string)
				rows = append(rows, nhi("ad.gmsa", name, drover.NHIServiceAccount, nil))
			}
		}
		return nil
	})
	return rows, err
}

// localMachine reads the accounts that services run as, one row each.
func localMachine(dir string) (rows []row, err error) {
	seen := map[string]bool{}
	err = each(dir, ".json", func(path string) error {
		var f struct{ Services []struct{ Account string } }
		if err := readJSON(path, &f); err != nil {
			return err
		}
		for _, s := range f.Services {
			if s.Account == "" || seen[strings.ToLower(s.Account)] {
				continue
			}
			seen[strings.ToLower(s.Account)] = true
			r := nhi("windows.account", s.Account, drover.NHIServiceAccount, nil)
			r.Runs = []string{"service"}
			rows = append(rows, r)
		}
		return nil
	})
	return rows, err
}

// gaad reads account snapshots. Users carry no truth there, roles do: their
// trust policy says who becomes them.
func gaad(dir string) (rows []row, err error) {
	seen := map[string]bool{}
	err = each(dir, ".json", func(path string) error {
		var f struct{ RoleDetailList []map[string]any }
		if readJSON(path, &f) != nil {
			return nil //nolint:nilerr // other kinds of files lie here too
		}
		for _, r := range f.RoleDetailList {
			name, _ := r["RoleName"].(string)
			if name == "" || seen[name] {
				continue
			}
			seen[name] = true
			if l, ok := roleRow(name, r); ok {
				rows = append(rows, l)
			}
		}
		return nil
	})
	return rows, err
}

// roleRow labels a role by its trust policy, where that decides.
func roleRow(name string, r map[string]any) (row, bool) {
	trust, err := json.Marshal(r["AssumeRolePolicyDocument"])
	switch s := string(trust); {
	case err != nil:
	case strings.Contains(s, "saml-provider"):
		return human("aws.iam.role", name, r), true
	case strings.Contains(s, `"Service":`), strings.Contains(s, "oidc-provider"):
		return nhi("aws.iam.role", name, drover.NHIServiceAccount, r), true
	}
	return row{}, false
}

func awsRoles(path string) (rows []row, err error) {
	var f map[string]json.RawMessage
	if err := readJSON(path, &f); err != nil {
		return nil, err
	}
	for _, raw := range f {
		var l struct{ Roles []map[string]any }
		if json.Unmarshal(raw, &l) != nil {
			continue
		}
		for _, r := range l.Roles {
			name, _ := r["RoleName"].(string)
			if x, ok := roleRow(name, r); ok {
				rows = append(rows, x)
			}
		}
	}
	return rows, nil
}

var accountKind = regexp.MustCompile(`(?m)^kind: ServiceAccount\s*$`)
var metaName = regexp.MustCompile(`(?m)^ {2}name: "?([^"\s]+)"?\s*$`)

func manifests(dir string) (rows []row, err error) {
	seen := map[string]bool{}
	err = each(dir, ".yaml", func(path string) error {
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for doc := range strings.SplitSeq(string(raw), "\n---") {
			m := metaName.FindStringSubmatch(doc)
			if !accountKind.MatchString(doc) || m == nil || seen[m[1]] {
				continue
			}
			seen[m[1]] = true
			rows = append(rows, nhi("k8s.service_account", m[1], drover.NHIServiceAccount, nil))
		}
		return nil
	})
	return rows, err
}

var employee = regexp.MustCompile(`(?s)INSERT INTO employees VALUES\s*\(\s*(\d+)\s*,\s*'([^']*)'\s*,\s*'([^']*)'\s*,\s*'([^']*)'\s*,\s*'([^']*)'`)

func oracleHR(path string) (rows []row, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for _, m := range employee.FindAllStringSubmatch(string(raw), -1) {
		rows = append(rows, human("hr.employee", strings.ToLower(m[4]), map[string]any{"Employee_ID": m[1], "first_name": m[2], "last_name": m[3], "phone": m[5]}))
	}
	return rows, nil
}

// midpoint reads person entries of LDIF files and rows of HR lists.
func midpoint(dir string) (rows []row, err error) {
	err = each(dir, ".ldif", func(path string) error {
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for entry := range strings.SplitSeq(string(raw), "\n\n") {
			a := map[string]any{}
			for line := range strings.Lines(entry) {
				k, v, ok := strings.Cut(line, ":")
				if !ok || strings.HasPrefix(line, "#") || strings.EqualFold(k, "userPassword") {
					continue
				}
				a[k] = strings.TrimSpace(v)
			}
			uid, _ := a["uid"].(string)
			if uid != "" && a["givenName"] != nil && strings.Contains(strings.ToLower(entry), "inetorgperson") {
				rows = append(rows, human("ldap.user", uid, a))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(dir, "hr.csv", func(path string) error {
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
		if err != nil || len(lines) == 0 {
			return nil //nolint:nilerr // so do files of another layout
		}
		for _, l := range lines[1:] {
			a := map[string]any{}
			for i, h := range lines[0] {
				a[h] = l[i]
			}
			rows = append(rows, human("hr.employee", strings.Join(l[:min(2, len(l))], " "), a))
		}
		return nil
	})
	return rows, err
}

func snowflake(path string) (rows []row, err error) {
	var f map[string][]map[string]any
	if err := readJSON(path, &f); err != nil {
		return nil, err
	}
	for _, u := range f["SNOWFLAKE_USERS"] {
		name, _ := u["name"].(string)
		delete(u, "password")
		switch u["type"] {
		case "SERVICE":
			rows = append(rows, nhi("snowflake.user", name, drover.NHIServiceAccount, u))
		case "PERSON":
			rows = append(rows, human("snowflake.user", name, u))
		}
	}
	return rows, nil
}

func openai(dir string) (rows []row, err error) {
	var f map[string][]map[string]any
	if err := readJSON(filepath.Join(dir, "users.json"), &f); err != nil {
		return nil, err
	}
	for _, u := range f["OPENAI_USERS"] {
		rows = append(rows, human("openai.user", fmt.Sprint(u["name"]), u))
	}
	if err := readJSON(filepath.Join(dir, "serviceaccounts.json"), &f); err != nil {
		return nil, err
	}
	for _, u := range f["OPENAI_SERVICEACCOUNTS"] {
		rows = append(rows, nhi("openai.service_account", fmt.Sprint(u["name"]), drover.NHIServiceAccount, u))
	}
	return rows, nil
}

func gcp(path string) (rows []row, err error) {
	var f map[string]json.RawMessage
	if err := readJSON(path, &f); err != nil {
		return nil, err
	}
	var l struct{ Accounts []map[string]any }
	if err := json.Unmarshal(f["LIST_SERVICE_ACCOUNTS_RESPONSE"], &l); err != nil {
		return nil, fmt.Errorf("service accounts: %w", err)
	}
	for _, a := range l.Accounts {
		rows = append(rows, nhi("gcp.service_account", fmt.Sprint(a["email"]), drover.NHIServiceAccount, a))
	}
	return rows, nil
}

func workday(path string) (rows []row, err error) {
	var f map[string]struct {
		Entries []map[string]any `json:"Report_Entry"`
	}
	if err := readJSON(path, &f); err != nil {
		return nil, err
	}
	for _, e := range f["GET_WORKDAY_DIRECTORY_RESPONSE"].Entries {
		rows = append(rows, human("workday.worker", fmt.Sprint(e["Name"]), e))
	}
	return rows, nil
}

func oktaUsers(path string) (rows []row, err error) {
	var users []map[string]any
	if err := readJSON(path, &users); err != nil {
		return nil, err
	}
	for _, u := range users {
		p, _ := u["profile"].(map[string]any)
		rows = append(rows, human("okta.user", fmt.Sprint(p["login"]), u))
	}
	return rows, nil
}
