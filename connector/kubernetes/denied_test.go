package kubernetes

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

// closings is a sink that keeps what sections come to.
type closings struct{ list *[]drover.Section }

func (closings) Put(_ string, r drover.Record) error { return r.Valid() }
func (closings) Keep(string) error                   { return nil }
func (c closings) Close(s drover.Section) error {
	*c.list = append(*c.list, s)
	return nil
}

// A credential that may list nothing is told so in the same words by every section,
// so that a scan says once what to grant. The server is a fake that refuses.
func TestDeniedIsToldOnce(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/apis":
			_, _ = io.WriteString(w, `{"kind":"APIGroupList","groups":[]}`)
		case path == "/api/v1":
			_, _ = io.WriteString(w, `{"kind":"APIResourceList","resources":[{"name":"namespaces"},{"name":"serviceaccounts"},{"name":"pods"},{"name":"secrets"},{"name":"nodes"},{"name":"services"}]}`)
		case strings.HasSuffix(path, "/kube-system"):
			_, _ = io.WriteString(w, `{"metadata":{"name":"kube-system","uid":"cluster"}}`)
		default:
			http.Error(w, "{}", http.StatusForbidden)
		}
	}))
	defer server.Close()
	s := &connector.Scan{Session: connectortest.Session(t, Connector, map[string][]string{"server": {server.URL}}, new(bytes.Buffer))}
	var sections []drover.Section
	s.Open = func(context.Context, string, string) (connector.Sink, error) { return closings{&sections}, nil }
	if err := Connector.Discover(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	reasons := map[string][]string{}
	for _, x := range sections {
		if x.Status == drover.StatusFailed && !strings.Contains(x.Error, "404") && !strings.Contains(x.Error, "has no ") {
			key := x.Error
			for _, n := range x.Notes {
				key += "\n" + n.Where + n.Text
			}
			reasons[key] = append(reasons[key], x.Name)
		}
	}
	if len(reasons) > 2 {
		t.Errorf("%d reasons for one: %v", len(reasons), reasons)
	}
	for why, names := range reasons {
		if strings.Count(why, "\n") > 4 || !strings.Contains(why, "grant") {
			t.Errorf("%v: %s", names, why)
		}
		if strings.Contains(why, "apiGroups") != (len(names) == 1 && names[0] == "secrets") {
			t.Errorf("%v say the rule of one: %s", names, why)
		}
	}
	if len(reasons) == 0 {
		t.Error("nothing was refused")
	}
}
