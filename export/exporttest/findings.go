package exporttest

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// Now is the moment that the findings are about.
var Now = time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC)

// Head is that of a document of these findings: two checks found some, one found
// nothing, one could not look.
func Head() export.Head {
	rule := func(id, title string, s drover.Severity) export.Rule {
		return export.Rule{ID: id, Title: title, Area: "credentials", Severity: s, Controls: []string{"OWASP-NHI7:2025", "NIST-800-53:AC-2(3)", "CIS-AWS-3.0:1.14"}, Why: "A key that nobody uses is one that nobody misses when it is taken.",
			How: "The provider's own record of use; silent where there is none.", False: "A job that runs once a year.", References: []string{"https://owasp.org/www-project-non-human-identities-top-10/"}}
	}
	unread := rule("openfederation", "federation that lets anybody in", drover.High)
	unread.Failed = "source github: 403: the token lacks read:org"
	detection := rule("keyelsewhere", "a key used from a place that is new", drover.Medium)
	detection.Detection, detection.Controls = true, nil
	return export.Head{Tool: "1.2.3", Kind: "finding", Now: Now, Subject: "env=prod", Gaps: []string{"github was not read: 403"},
		Rules: []export.Rule{rule("stalekey", "a key that nobody uses", drover.High), rule("quietcheck", "nothing of this kind", drover.Low), unread, detection}}
}

// Hostile are texts that a scanned system may hold, each an attack on a reader.
var Hostile = []string{
	"=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", "+1", "-1+1", "\t=1", "'=1", "\uff1d1", "a\r\nb\rc\n\nd", "\x00\x01\x1b[31mred\x1b[0m\x07\x9b", "\u202egnp.exe\u2066x\u2069\ufeff\u200b", "\xff\xfe\x80 not utf-8",
	"<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)", "javascript:alert(1)", "]]>&amp;&lt;<![CDATA[x]]>", "<!-- -- -->", "--><svg/onload=1>", "{{7*7}} ${7*7} #{7*7}",
	"[x](javascript:alert(1)) ![i](http://evil.example/a.png)", "`code` **b** _i_ ~s~ # h\n- l\n> q\n|a|b|\n|-|-|", "<details open><summary>x</summary>", "@octocat #1 org/repo@deadbeef https://evil.example", "$(rm -rf /) `id` ; \\", "日本語 ключ 🔑 é e\u0301",
	strings.Repeat("x", 40_000), "", " ", "\ufffe\uffff\U0001fffe\ue000", "::error::x\n::set-output name=a::b", "F-7K2 \u2028 \u2029 \u0085",
}

// Findings are n findings: of several checks, severities and states, some ended
// by one fix, and with a hostile text somewhere in nearly each.
func Findings(n int) iter.Seq2[drover.Record, error] {
	return func(yield func(drover.Record, error) bool) {
		for i := range n {
			f := finding(i)
			if !yield(drover.Record{Finding: &f}, nil) {
				return
			}
		}
	}
}

// finding is the i-th.
func finding(i int) drover.Finding {
	bad := Hostile[i%len(Hostile)]
	check := []string{"stalekey", "stalekey", "keyelsewhere", "unlistedcheck"}[i%4]
	ref := drover.NewRef("aws", "123456789012", "iam.access_key", fmt.Sprintf("AKIA%04d%s", i, bad))
	policy := drover.NewRef("aws", "123456789012", "iam.policy", fmt.Sprintf("admin%d", i%7))
	f := drover.Finding{Check: check, Subject: drover.Subject{Ref: ref, Name: "key " + bad, Type: "aws.iam.access_key"}, Severity: drover.Severity(i%5 + 1), State: drover.FindingStates[i%5],
		What: fmt.Sprintf("Access key %d %s was last used 385 days ago.", i, bad), Why: "Whoever finds it can write to orders. " + bad,
		Evidence: []drover.FindingProof{{Text: "last used 2025-01-11 (385 days ago) " + bad, Source: "credential_report", At: Now.Add(-time.Hour), Grade: drover.GradeProven}, {Text: "no other source", Source: bad, Grade: drover.GradeUnknown}},
		Fix:      drover.Fix{Text: "Disable access key " + bad + ".", Command: "aws iam update-access-key --status Inactive --access-key-id 'AKIA" + strings.ReplaceAll(bad, "'", "") + "'", Action: "disable", Object: policy, Group: fmt.Sprintf("disable %d", i%97)},
		Breaks:   drover.Breaks{Text: "Nothing was seen to depend on it in 90 days.", Dependents: i % 3, Unknowns: []string{"quarter-end jobs " + bad}},
		Path:     []drover.Ref{ref, policy}, FirstSeen: Now.Add(-time.Duration(i%3) * 24 * time.Hour), LastSeen: Now, Risk: i % 101, Owner: []string{"", "team-bi", bad}[i%3]}
	if check == "stalekey" {
		f.Controls = []string{"OWASP-NHI7:2025", "NIST-800-53:AC-2(3)"}
	}
	if i%6 == 0 {
		f.Part = "second " + bad
		f.Path = append(f.Path, drover.NewRef("git", "github.com/acme/bi", "place", fmt.Sprintf("export %d.py:14@0123456789abcdef0123456789abcdef01234567", i)))
	}
	switch f.State {
	case drover.FindingAccepted:
		f.Exception = "x-12: migration, until 2026-06-30, by asha " + bad
	case drover.FindingFixed:
		f.FixedAt, f.FixedBy = Now.Add(-time.Minute), "attribute Status is Inactive"
	case drover.FindingOpen:
		f.Assignee = "asha@example.com"
	}
	return f
}
