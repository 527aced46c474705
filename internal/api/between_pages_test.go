package api_test

import (
	"net/url"
	"slices"
	"testing"
)

func idsOf(page map[string]any) (out []string) {
	for _, i := range page["items"].([]any) {
		out = append(out, i.(map[string]any)["id"].(string))
	}
	return out
}

const accepting = `{"reason":"replaced in Q1","approver":"Grace","until":"30d"}`

// What is decided between two pages takes rows out of the list, and no other row with
// them; where the last row itself is gone, the next page is refused.
func TestDecidedBetweenPages(t *testing.T) {
	b := open(t, demoOf(t))
	all := idsOf(b.get(t, "/api/v1/findings?page_size=30"))
	first := b.get(t, "/api/v1/findings?page_size=5")
	next := "/api/v1/findings?page_size=5&page_token=" + url.QueryEscape(first["next_page_token"].(string))
	if got := idsOf(first); !slices.Equal(got, all[:5]) {
		t.Fatalf("the first page: %v, want %v", got, all[:5])
	}
	b.act(t, 200, "POST", "/findings/"+all[0]+":accept", accepting)
	b.act(t, 200, "POST", "/findings/"+all[2]+":accept", accepting)
	second := b.get(t, next)
	if got := idsOf(second); !slices.Equal(got, all[5:10]) {
		t.Errorf("after two of the first page were accepted: %v, want %v", got, all[5:10])
	}
	b.act(t, 200, "POST", "/findings/"+all[0]+":reopen", `{"reason":"the vendor has a fix"}`)
	if got := idsOf(b.get(t, "/api/v1/findings?page_size=5&page_token="+url.QueryEscape(second["next_page_token"].(string)))); !slices.Equal(got, all[10:15]) {
		t.Errorf("after one of them was opened again: %v, want %v", got, all[10:15])
	}
	b.act(t, 200, "POST", "/findings/"+all[4]+":accept", accepting)
	b.refused(t, "page_token_expired", "GET", next, "")
}

// A field is one however its name is spelled, and a word is no field because its name is
// in it. An environment has one meaning in every list, and that of its time.
func TestFieldsOfFindings(t *testing.T) {
	b := open(t, demoOf(t))
	critical := b.count(t, "severity=critical")
	b.act(t, 200, "POST", "/findings/"+idsOf(b.get(t, "/api/v1/findings?page_size=1&filter=severity%3Dcritical"))[0]+":accept", accepting)
	for filter, want := range map[string]float64{
		"severity=critical": critical - 1, "severity=critical -name:xstatex": critical - 1, "severity=critical -statement-of-nothing": critical - 1,
		"state=accepted severity=critical": b.count(t, "State=accepted SEVERITY=critical"), "(state=open OR State=accepted) severity=critical": critical,
		"env=prod": b.count(t, "ENV=production"), "env=staging": b.count(t, "Env=stage"),
	} {
		if got := b.count(t, filter); got != want {
			t.Errorf("%s: %v findings, want %v", filter, got, want)
		}
	}
	if b.count(t, "env=prod") == 0 || b.count(t, "state=accepted severity=critical") == 0 || b.count(t, "env=staging") == 0 {
		t.Error("nothing to compare")
	}
}

// Documents are filtered in the one grammar: a field that they do not have is refused,
// not looked for as a word.
func TestFilterOfDocuments(t *testing.T) {
	b := open(t, demoOf(t))
	total := func(filter string) float64 {
		return b.get(t, "/api/v1/documents?page_size=0&filter="+url.QueryEscape(filter))["total_size"].(float64)
	}
	all, aws := total(""), total("language=aws-iam")
	if aws == 0 || aws >= all || total("aws-iam") != aws || total("-language=aws-iam") != all-aws || total("bytes>0") != all || total("LANGUAGE=aws-iam bytes<1") != 0 {
		t.Errorf("%v documents, %v of AWS, %v by the word, %v others", all, aws, total("aws-iam"), total("-language=aws-iam"))
	}
	if total("used_by:none")+total("-used_by:none") != all {
		t.Errorf("%v are used by none, %v by some, of %v", total("used_by:none"), total("-used_by:none"), all)
	}
	b.refused(t, "filter_invalid", "GET", "/api/v1/documents?filter=nosuchfield%3D1", "")
	if got := b.get(t, "/api/v1/fields?list=documents")["items"].([]any); len(got) != 4 {
		t.Errorf("fields: %v", got)
	}
}
