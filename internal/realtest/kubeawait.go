package realtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what a busy machine only holds back.
const patience = 3 * time.Minute

// Await asks again and again until what is meant to come is there, and ends the
// test if it does not come in some minutes.
func Await(t testing.TB, what string, there func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !there(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %s still not: %s", patience, what)
		}
	}
}

// A Right is one thing that a user in some groups may do: with a namespace of "",
// everywhere.
type Right struct {
	User                                                string
	Groups                                              []string
	Verb, Group, Resource, Subresource, Namespace, Name string
}

// Allowed reports whether the server's authorizers let the user do it now.
func (k *KubeServer) Allowed(t testing.TB, r Right) bool {
	t.Helper()
	body, err := json.Marshal(map[string]any{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": map[string]any{"user": r.User, "groups": r.Groups,
		"resourceAttributes": map[string]any{"verb": r.Verb, "group": r.Group, "resource": r.Resource, "subresource": r.Subresource, "namespace": r.Namespace, "name": r.Name}}})
	if err != nil {
		t.Fatal(err)
	}
	code, text := k.Do(t, k.AdminToken, http.MethodPost, "/apis/authorization.k8s.io/v1/subjectaccessreviews", string(body))
	var out struct{ Status struct{ Allowed bool } }
	if err := json.Unmarshal([]byte(text), &out); err != nil || code/100 != 2 {
		t.Fatalf("ask whether %+v: %d %.300s", r, code, text)
	}
	return out.Status.Allowed
}

// AwaitRight waits until a user may do what it was given the right to: the
// authorizer learns of roles and bindings through watches of its own, which a busy
// machine holds back by seconds.
func (k *KubeServer) AwaitRight(t testing.TB, r Right) {
	t.Helper()
	Await(t, "the server lets "+r.User+" "+r.Verb+" "+r.Resource+" in "+r.Namespace, func() bool { return k.Allowed(t, r) })
}

// AwaitKinds waits until the server tells of a version of an API, as it does some
// time after it has taken the definitions of its kinds.
func (k *KubeServer) AwaitKinds(t testing.TB, group, version string) {
	t.Helper()
	Await(t, "the API "+group+"/"+version+" is served", func() bool {
		code, _ := k.Do(t, k.AdminToken, http.MethodGet, "/apis/"+group+"/"+version, "")
		_, all := k.Do(t, k.AdminToken, http.MethodGet, "/apis", "")
		return code == http.StatusOK && strings.Contains(all, `"`+group+"/"+version+`"`)
	})
}
