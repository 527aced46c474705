package secret

import "testing"

// TestAssigned: the forms in which a name is given a secret, and what looks like
// one of them and is none. VALUE is the value to be found.
func TestAssigned(t *testing.T) {
	random := fill("{a62:20}")
	for _, tc := range []struct{ path, text, value, class string }{
		{"a.env", "DB_PASSWORD=hunter2x\n", "hunter2x", "password"},
		{"a.sh", "export PGPASSWORD='x9k2' PGHOST=db", "x9k2", "password"},
		{"a.yml", "  password: uugqm\n", "uugqm", "password"},
		{"a.yml", "# password: uugqm # old", "uugqm", "password"},
		{"a.yml", "users: [{user: admin, password: sadlmfka}]", "sadlmfka", "password"},
		{"a.yml", "- name: DB_PASSWORD\n  value: uugqm\n", "uugqm", "password"},
		{"a.json", `{"name":"DB_PASSWORD","value":"uugqm"}`, "uugqm", "password"},
		{"a.json", `"Body": "{\"user\": \"x\", \"password\": \"uugqm\"}"`, "uugqm", "password"},
		{"a.xml", "<password>uugqm</password>", "uugqm", "password"},
		{"a.xml", `<add key="Password" value="uugqm"/>`, "uugqm", "password"},
		{"a.ini", "admin.password = uugqm\n", "uugqm", "password"},
		{"a.go", `db.SetPassword("uugqm")`, "uugqm", "password"},
		{"a.py", `password="uugqm"`, "uugqm", "password"},
		{"", "mysql --password uugqm -h db", "uugqm", "password"},
		{"", "CREATE LOGIN x WITH PASSWORD = 'uugqm'", "uugqm", "password"},
		{"", "ALTER USER x IDENTIFIED BY uugqm container=all", "uugqm", "password"},
		{"", "$p = ConvertTo-SecureString 'uugqm' -AsPlainText -Force", "uugqm", "password"},
		{"", "machine h login l password uugqm", "uugqm", "password"},
		{"", "Server=db;User Id=app;Password=uugqm;Encrypt=True", "uugqm", "password"},
		{"", "Proxy-Authorization: Basic YWRtaW46aHVudGVyMg==", "YWRtaW46aHVudGVyMg==", "http-authorization"},
		// None:
		{"a.go", "password := os.Getenv(name)", "", ""},
		{"a.go", "password = other", "", ""},
		{"a.py", "password: str = field", "", ""},
		{"a.ts", "if (user.password == input.password) {", "", ""},
		{"a.md", "The password: it is kept in the vault", "", ""},
		{"a.md", "Password = what the user types", "", ""},
		{"a.yml", "password: ${PASSWORD}", "", ""},
		{"a.yml", "password: {{ vault.password }}", "", ""},
		{"a.yml", "password: /run/secrets/db", "", ""},
		{"a.yml", "secret: db-credentials-v2", "", ""},
		{"a.yml", "imagePullSecret: registry-login", "", ""},
		{"a.yml", "key: 9f86d081884c7d659a2feaa0c55ad015", "", ""},
		{"a.json", `"password": "string"`, "", ""},
		{"a.json", `"password": ""`, "", ""},
		{"a.json", `"NextToken": "` + random + `"`, "", ""},
		{"a.sql", "SELECT password FROM users WHERE name = 'x'", "", ""},
		{"", "(&(sn=admin)(password=MYK*))", "", ""},
		{"", "user ALL=(ALL) NOPASSWD: ALL", "", ""},
		{"", `p = "SELECT 1 WHERE pass = '".md5($password)."'"`, "", ""},
	} {
		var got *Hit
		for _, h := range Default().Scan(tc.path, []byte(tc.text)) {
			if h.Rule == assignedRule {
				got = &h
			}
		}
		switch {
		case got == nil && tc.value != "":
			t.Errorf("%s: not found", tc.text)
		case got != nil && (got.Value.Reveal() != tc.value || got.Class != tc.class):
			t.Errorf("%s: got %q, class %q; want %q, %q", tc.text, got.Value.Reveal(), got.Class, tc.value, tc.class)
		}
	}
}
