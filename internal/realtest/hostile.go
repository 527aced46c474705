package realtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// Hostile lists texts that somebody wrote to do something to who reads them: run in
// a page, move the cursor of a terminal, forge a line of a log, be a formula in a
// spreadsheet, look like another text, or be more than is expected.
func Hostile() []string {
	return []string{
		// Pages.
		`<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `</title><img src=x onerror=alert(1)>`, `</style><img src=//evil.example/x>`, `</textarea><svg onload=alert(1)>`,
		`" onmouseover=alert(1) x="`, `' autofocus onfocus=alert(1) x='`, "`-alert(1)-`", `';alert(1)//`, `javascript:alert(1)`, ` java	script:alert(1)`, `data:text/html,<script>alert(1)</script>`, `vbscript:msgbox(1)`, `<a href="javascript:alert(1)">x</a>`,
		`<iframe srcdoc="<script>alert(1)</script>">`, `<object data="data:text/html,<script>alert(1)</script>">`, `<base href=//evil.example/>`, `<meta http-equiv=refresh content="0;url=//evil.example">`, `<link rel=stylesheet href=//evil.example/x.css>`, `<form action=//evil.example><input name=x autofocus>`,
		`<math><mi xlink:href="javascript:alert(1)">x`, `<!--><img src=x onerror=alert(1)>-->`, `]]><svg onload=alert(1)>`, `&lt;img src=x onerror=alert(1)&gt;`, `\u003cimg src=x onerror=alert(1)\u003e`, `%3Cimg%20src=x%20onerror=alert(1)%3E`, `{{constructor.constructor('alert(1)')()}}`, `${alert(1)}`,
		`[x](javascript:alert(1))`, `![x](http://evil.example/x.png)`, "```\n<img src=x onerror=alert(1)>\n```", `__proto__`, `constructor`, `toString`, `url(//evil.example/a)`, `@import '//evil.example/x.css';`, `<x style=animation:x onanimationstart=alert(1)>`, `<details open ontoggle=alert(1)>`,
		// Terminals and logs.
		"ansi \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J", "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "c1 \u009b31m", "back\b\b\b\bspace", "del\x7f", "line\nfeed\r\nlevel=ERROR msg=forged", "tab\tseparated", "sep\u2028\u2029", "nul\x00byte",
		// Looks.
		"bidi \u202egnp.exe\u202c \u2066x\u2069", "zero\u200bwidth\u200d\ufeff", "tag\U000e0041\U000e0042", "\u0430dmin", "combining e\u0301\u0302", strings.Repeat("z\u0335\u0336\u0337", 40),
		// Spreadsheets.
		`=cmd|' /C calc'!A0`, "+1+1", "-2+3", "@SUM(1)", "  =1+1", "\t=1", "|cmd", "%x", "＝1", `=HYPERLINK("http://evil.example","x")`, "=1\n=2",
		// Shells, queries, paths, formats.
		"$(rm -rf /) `id` ${HOME}", `' OR '1'='1`, `"; DROP TABLE node; --`, "../../../../etc/passwd", `..\..\windows\win.ini`, "%2e%2e%2f", "%s%n%x", "null", "true", "1e309", "{a: 1}", "!!python/object", "日本語の名前", "👩‍💻", strings.Repeat("long ", 3000),
	}
}

// HostileEstate is an estate in JSON lines, as the file source reads them, that has
// each text of Hostile in every field that a scanned system fills.
func HostileEstate() []byte {
	var b bytes.Buffer
	put := func(kind string, v map[string]any) {
		raw, err := json.Marshal(map[string]any{kind: v})
		if err != nil {
			panic(err) // maps of texts: cannot happen
		}
		b.Write(append(raw, '\n'))
	}
	long := time.Now().AddDate(-3, 0, 0).UTC().Format(time.RFC3339)
	texts := Hostile()
	ref := func(sort string, i int) string {
		return string(drover.NewRef("crm", "t", "crm."+sort, fmt.Sprintf("%02d %.200s", i%len(texts), texts[i%len(texts)])))
	}
	for i, x := range texts {
		attrs := map[string]any{"description": x, "owner": x, "environment": x, "tags": map[string]any{x: x, "team": x, "env": "prod"}, "list": []any{x, map[string]any{x: x}}, "url": "https://" + x, "email": x, "department": x, "title": x, "employment": "active", x: x}
		for _, kind := range []string{"identity", "credential", "human", "group", "role", "resource", "workload", "policy", "vendor", "place"} {
			typ := "crm." + kind
			if i%4 == 1 {
				typ = "crm." + x
			}
			put("node", map[string]any{"ref": ref(kind, i), "kind": kind, "type": typ, "name": x, "aliases": []string{"x:" + kind + x, "email:" + kind + x}, "attrs": attrs, "created": long, "rotated": long})
			put("evidence", map[string]any{"subject": ref(kind, i), "claim": "last_used", "source": x, "value": x, "at": long})
		}
		for _, e := range [][3]string{
			{"credential", "identity", "authenticates"}, {"human", "identity", "owns"}, {"human", "credential", "created"}, {"identity", "group", "member_of"}, {"identity", "role", "member_of"}, {"workload", "identity", "runs_as"},
			{"identity", "resource", "can_access"}, {"credential", "place", "stored_in"}, {"policy", "identity", "attached"}, {"resource", "vendor", "trusts"}, {"role", "resource", "can_access"},
		} {
			put("edge", map[string]any{"from": ref(e[0], i), "to": ref(e[1], i), "kind": e[2], "part": x, "proof": x, "cond": map[string]any{x: x}})
		}
		for _, kind := range []string{"can_assume", "escalates"} {
			put("edge", map[string]any{"from": ref("identity", i), "to": ref("identity", i+1), "kind": kind, "part": x, "proof": x, "technique": x, "cond": map[string]any{x: x}})
		}
		put("document", map[string]any{"language": "text", "body": x, "hash": drover.DocumentHash("text", x)})
		put("section", map[string]any{"name": fmt.Sprintf("s%02d %.60s", i, x), "coverage": fmt.Sprintf("crm:t/%02d %.60s", i, x), "status": map[bool]string{true: "ok", false: "failed"}[i%5 != 4], "error": x, "objects": 1})
	}
	return b.Bytes()
}
