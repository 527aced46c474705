package aws_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// paging answers as the API's documentation says, three users on each page of
// GetAccountAuthorizationDetails, which the emulator never divides. page may
// answer instead; everything but that call and GetCallerIdentity is denied.
func paging(t *testing.T, page func(n int, marker string, w http.ResponseWriter) bool) (url string) {
	t.Helper()
	realtest.Suite(t, "AWS IAM paging", "fake, from the IAM API Reference")
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		switch r.Form.Get("Action") {
		case "GetCallerIdentity":
			xmlAnswer(w, "GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/reader</Arn><UserId>AIDAREADER</UserId><Account>123456789012</Account>")
		case "GetAccountAuthorizationDetails":
			if marker := r.Form.Get("Marker"); !page(int(n.Add(1)), marker, w) {
				userPage(w, marker)
			}
		default:
			xmlError(w, 403, "AccessDenied", "User: arn:aws:iam::123456789012:user/reader is not authorized")
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const pages, perPage = 4, 3

// userPage writes the page that a marker names: "" the first, "2" the second.
func userPage(w http.ResponseWriter, marker string) {
	n := 1
	_, _ = fmt.Sscan(marker, &n)
	users := ""
	for i := range perPage {
		id := (n-1)*perPage + i
		users += fmt.Sprintf("<member><UserName>u%02d</UserName><UserId>AIDAEXAMPLE%02d</UserId><Arn>arn:aws:iam::123456789012:user/u%02[1]d</Arn><Path>/</Path><CreateDate>2026-01-01T00:00:00Z</CreateDate></member>", id, id)
	}
	end := "<IsTruncated>false</IsTruncated>"
	if n < pages {
		end = fmt.Sprintf("<IsTruncated>true</IsTruncated><Marker>%d</Marker>", n+1)
	}
	xmlAnswer(w, "GetAccountAuthorizationDetails", "<UserDetailList>"+users+"</UserDetailList>"+end)
}

func readPages(t *testing.T, url string) (drover.Section, int) {
	t.Helper()
	r := connectortest.CollectContext(t.Context(), t, aws.Connector, map[string][]string{"endpoint": {url}, "access_key_id": {"AKIAREADER"}, "secret_access_key": {"x"}, "retry_wait": {"1ms"}, "max_attempts": {"2"}}, "iam.users")
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	s, _ := r.Section("iam.users")
	return s, len(r.ByType("aws.iam.user"))
}

// A listing is whole only when every page came: whichever page fails, in whatever
// way, what came is kept and the section says that it is not all.
func TestPages(t *testing.T) {
	whole := func(int, string, http.ResponseWriter) bool { return false }
	if s, users := readPages(t, paging(t, whole)); s.Status != drover.StatusOK || users != pages*perPage {
		t.Errorf("nothing broken: %s, %d users: %s", s.Status, users, s.Error)
	}
	for k := 1; k <= pages; k++ {
		for _, f := range apiFaults {
			failed := false
			s, users := readPages(t, paging(t, func(n int, _ string, w http.ResponseWriter) bool {
				if n < k || f.once && failed {
					return false
				}
				failed = true
				f.breaks(w)
				return true
			}))
			want, status := (k-1)*perPage, drover.StatusPartial
			switch {
			case f.once:
				want, status = pages*perPage, drover.StatusOK
			case k == 1:
				status = drover.StatusFailed
			}
			if s.Status != status || users != want || !strings.Contains(s.Error, f.says) {
				t.Errorf("page %d, %s: %s, %d users, want %s, %d: %s", k, f.name, s.Status, users, status, want, s.Error)
			}
		}
	}
}

// Pages that lead back, come twice, or name no successor do not make a listing
// whole, nor endless.
func TestPagesLeadBack(t *testing.T) {
	for name, page := range map[string]func(int, string, http.ResponseWriter) bool{
		"the first page again and again": func(_ int, _ string, w http.ResponseWriter) bool { userPage(w, ""); return true },
		"the second page twice, the third never": func(n int, _ string, w http.ResponseWriter) bool {
			if n != 3 {
				return false
			}
			xmlAnswer(w, "GetAccountAuthorizationDetails", "<UserDetailList><member><UserName>u03</UserName><UserId>AIDAEXAMPLE03</UserId><Arn>arn:aws:iam::123456789012:user/u03</Arn></member></UserDetailList><IsTruncated>true</IsTruncated><Marker>4</Marker>")
			return true
		},
		"more and no marker": func(n int, _ string, w http.ResponseWriter) bool {
			xmlAnswer(w, "GetAccountAuthorizationDetails", "<UserDetailList/><IsTruncated>true</IsTruncated>")
			return true
		},
	} {
		s, users := readPages(t, paging(t, page))
		if s.Status != drover.StatusPartial && s.Status != drover.StatusFailed {
			t.Errorf("%s: %s with %d users", name, s.Status, users)
		}
	}
}

// What a hostile server says in its errors is no way out for the credentials
// that it was sent.
func TestErrorsHoldNoSecret(t *testing.T) {
	token := "FwoGZXIvYXdzEBYaDCanaryCanaryCanaryCanaryCanaryCanary"
	var heard string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = r.Header.Get("X-Amz-Security-Token") + " " + r.Header.Get("Authorization")
		xmlError(w, 403, "AccessDenied", "you sent "+heard)
	}))
	defer s.Close()
	secret := "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12"
	r := connectortest.Collect(t, aws.Connector, map[string][]string{"endpoint": {s.URL}, "access_key_id": {"AKIAREADER"}, "secret_access_key": {secret}, "session_token": {token}})
	if r.Err == nil || !strings.Contains(heard, token) {
		t.Fatalf("got %v", r.Err)
	}
	all, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	connectortest.NoCanary(t, r.Err.Error()+string(all)+r.Logs, []string{token, secret})
}

// What drover asks of a principal is a policy that AWS would take: each grant a
// statement of one action that only reads.
func TestScopesOnlyRead(t *testing.T) {
	var actions []string
	for _, s := range aws.Connector.Scopes[1:] { // the first is all of them in one
		var st struct{ Effect, Action, Resource string }
		if err := json.Unmarshal([]byte(s.Grant), &st); err != nil || st.Effect != "Allow" || st.Action != s.Name {
			t.Errorf("scope %s: grant %s", s.Name, s.Grant)
		}
		_, verb, _ := strings.Cut(s.Name, ":")
		if !slices.ContainsFunc([]string{"Get", "List", "Describe", "BatchGet", "GenerateCredentialReport", "AssumeRole"}, func(p string) bool { return strings.HasPrefix(verb, p) }) {
			t.Errorf("scope %s does not only read", s.Name)
		}
		if slices.Contains(actions, s.Name) {
			t.Errorf("scope %s is listed twice", s.Name)
		}
		actions = append(actions, s.Name)
	}
	for _, never := range []string{"s3:GetObject", "kms:Decrypt"} {
		if slices.Contains(actions, never) {
			t.Errorf("drover asks for %s", never)
		}
	}
	// Values of secrets are read only where that is asked for.
	if strings.Contains(aws.Connector.Scopes[0].Grant, "GetSecretValue") {
		t.Error("the policy to paste lets drover read secrets")
	}
}
