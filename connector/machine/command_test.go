package machine

import (
	"encoding/base64"
	"testing"

	"github.com/droverhq/drover/connector/connectortest"
)

// Secrets that people put where none belong: command lines, URLs, comments.
func TestSecretsOutOfPlace(t *testing.T) {
	p := newPlanter(t)
	v := func() string { return p.value(24) }
	basic := func() string { return base64.StdEncoding.EncodeToString([]byte("robot:" + v())) }
	p.file("etc/systemd/system/a.service", "[Service]\nEnvironment=\"DB_PASSWORD="+v()+"\" OTHER=1\nExecStart=/bin/a --password="+v()+" --token "+v()+"\nExecStartPost=/usr/bin/curl https://bot:"+v()+"@example.com/\nExecStop=/bin/a -H 'Authorization: Bearer "+v()+"'\n")
	p.file("etc/cron.d/b", "PGPASSWORD="+v()+"\n1 2 * * * root PGPASSWORD="+v()+" pg_dump postgres://u:"+v()+"@db/x\n2 3 * * * root mysql --password="+v()+" -e 1\n")
	p.file("Library/LaunchDaemons/c.plist", `<plist version="1.0"><dict><key>Label</key><string>c</string><key>ProgramArguments</key><array><string>/c</string><string>--api-key</string><string>`+v()+`</string><string>--secret=`+v()+`</string></array></dict></plist>`)
	p.file("Windows/System32/Tasks/d", `<?xml version="1.0"?><Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><Actions><Exec><Command>C:\d.exe</Command><Arguments>/user:x --password `+v()+` --client-secret=`+v()+`</Arguments></Exec></Actions></Task>`)
	p.file(".cursor/mcp.json", `{"mcpServers":{"e":{"command":"npx","args":["-y","e","--access-token","`+v()+`","--api-key=`+v()+`","postgresql://u:`+v()+`@h/d"]},
"f":{"url":"https://u:`+v()+`@h/mcp?api_key=`+v()+`","headers":{"Authorization":"Basic `+basic()+`","X-API-Key":"`+v()+`"}}}}`)
	p.file(".kube/config", `{"apiVersion":"v1","kind":"Config","users":[{"name":"g","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"get-token","args":["--client-secret","`+v()+`"],"env":[{"name":"CLIENT_SECRET","value":"`+v()+`"}]}}}]}`)
	p.file("r/.git/config", "[remote \"origin\"]\n\turl = https://u:"+v()+"@example.com/o/r.git\n[http \"https://example.com\"]\n\textraheader = AUTHORIZATION: basic "+basic()+"\n")
	p.file("r/.github/workflows/w.yml", "on: push\njobs:\n  j:\n    runs-on: x\n    env: {API_TOKEN: "+v()+"}\n    steps: [{run: \"curl -H 'Authorization: Bearer "+v()+"' https://u:"+v()+"@h\"}]\n")
	p.file("r/Jenkinsfile", "pipeline { environment { DB_PASSWORD = '"+v()+"' } }\n")
	p.file("r/terraform.tfstate", `{"version":4,"lineage":"x","resources":[{"mode":"managed","type":"random_password","name":"p","provider":"provider[\"registry.terraform.io/hashicorp/random\"]","instances":[{"attributes":{"id":"none","result":"`+v()+`","bcrypt_hash":"x"},"sensitive_attributes":[]}]},{"mode":"managed","type":"null_resource","name":"n","provider":"p","instances":[{"attributes":{"id":"1","triggers":{"password":"`+v()+`","dsn":"postgres://u:`+v()+`@h/d"}}}]}],"outputs":{"o":{"value":"`+v()+`","type":"string","sensitive":true}}}`)
	p.file("r/x.auto.tfvars", "db_password = \""+v()+"\"\n")
	r := connectortest.Collect(t, Connector, p.config())
	connectortest.NoCanary(t, asText(r), p.canaries)
	if len(r.Nodes) < 30 {
		t.Errorf("%d nodes: the files were not understood", len(r.Nodes))
	}
	// Every one of them is worth knowing of: none may have been dropped.
	found := 0
	for _, n := range r.Nodes {
		if n.Kind == "credential" {
			found++
		}
	}
	t.Logf("%d values out of place, %d credentials", len(p.canaries), found)
}
