package kubescript

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Server is how the API server is reached, as somebody who may do everything.
type Server struct {
	URL   string // "https://127.0.0.1:6443"
	Token string
	HTTP  *http.Client // that trusts the server's certificate
}

// A Request is one call of the API. Its body, if any, is a JSON object: a merge
// patch when the method is PATCH.
type Request struct {
	Method, Path string
	Body         map[string]any

	made *object // that the answer is
	gone bool    // wait until the path is not found any more
}

// do makes one request.
func (s *Server) do(ctx context.Context, r Request) error {
	status, answer, err := s.call(ctx, r)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	if status < 200 || status > 299 {
		return fmt.Errorf("%s %s: %d %.500s", r.Method, r.Path, status, answer)
	}
	if r.made != nil {
		var o struct {
			Meta struct{ UID string } `json:"metadata"`
		}
		if err := json.Unmarshal(answer, &o); err != nil || o.Meta.UID == "" {
			return fmt.Errorf("%s %s: no uid in %.300s (%v)", r.Method, r.Path, answer, err)
		}
		r.made.uid = o.Meta.UID
	}
	if r.gone {
		return s.waitGone(ctx, r.Path)
	}
	return nil
}

func (s *Server) call(ctx context.Context, r Request) (status int, answer []byte, err error) {
	var body io.Reader
	if r.Body != nil {
		b, err := json.Marshal(r.Body)
		if err != nil {
			return 0, nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, s.URL+r.Path, body)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	if r.Method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/merge-patch+json")
	}
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	return resp.StatusCode, answer, err
}

// waitGone waits until an object is deleted for good. A namespace is not until it
// is finalized, which the namespace controller does, and we where there is none.
func (s *Server) waitGone(ctx context.Context, path string) error {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		status, answer, err := s.call(ctx, Request{Method: http.MethodGet, Path: path})
		if err != nil {
			return err
		}
		if status == http.StatusNotFound {
			return nil
		}
		var ns map[string]any
		if err := json.Unmarshal(answer, &ns); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if spec, ok := ns["spec"].(map[string]any); ok && ns["kind"] == "Namespace" {
			spec["finalizers"] = []any{}
			if _, _, err := s.call(ctx, Request{Method: http.MethodPut, Path: path + "/finalize", Body: ns}); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%s is still there", path)
}

const rbacAPI = "/apis/rbac.authorization.k8s.io/v1"

// collections are where the API has the objects of each kind.
var collections = map[string]collection{
	"namespace":            {"/api/v1", "namespaces", "Namespace"},
	"service_account":      {"/api/v1", "serviceaccounts", "ServiceAccount"},
	"secret":               {"/api/v1", "secrets", "Secret"},
	"pod":                  {"/api/v1", "pods", "Pod"},
	"deployment":           {"/apis/apps/v1", "deployments", "Deployment"},
	"cron_job":             {"/apis/batch/v1", "cronjobs", "CronJob"},
	"role":                 {rbacAPI, "roles", "Role"},
	"cluster_role":         {rbacAPI, "clusterroles", "ClusterRole"},
	"role_binding":         {rbacAPI, "rolebindings", "RoleBinding"},
	"cluster_role_binding": {rbacAPI, "clusterrolebindings", "ClusterRoleBinding"},
}

type collection struct{ api, plural, kind string }

// version is the apiVersion of the kind: the path without its first word.
func (c collection) version() string {
	return strings.TrimPrefix(strings.TrimPrefix(c.api, "/apis/"), "/api/")
}

func (o *object) collection() string {
	c := collections[o.kind]
	if o.ns == "" {
		return c.api + "/" + c.plural
	}
	return c.api + "/namespaces/" + o.ns + "/" + c.plural
}

func (o *object) path() string { return o.collection() + "/" + url.PathEscape(o.name) }

// create asks for the object with these fields beside its metadata; annotations
// may be nil.
func (o *object) create(annotations map[string]any, fields map[string]any) []Request {
	c := collections[o.kind]
	meta := map[string]any{"name": o.name, "labels": o.labels()}
	if annotations != nil {
		meta["annotations"] = annotations
	}
	body := map[string]any{"apiVersion": c.version(), "kind": c.kind, "metadata": meta}
	for k, v := range fields {
		body[k] = v
	}
	return []Request{{Method: http.MethodPost, Path: o.collection(), Body: body, made: o}}
}

func (o *object) labels() map[string]any { return map[string]any{"rev": fmt.Sprint(o.rev)} }

// patch sets fields; those of the metadata are merged with the label.
func (o *object) patch(meta, fields map[string]any) []Request {
	m := map[string]any{"labels": o.labels()}
	for k, v := range meta {
		m[k] = v
	}
	body := map[string]any{"metadata": m}
	for k, v := range fields {
		body[k] = v
	}
	return []Request{{Method: http.MethodPatch, Path: o.path(), Body: body}}
}

func (o *object) drop() []Request {
	return []Request{{Method: http.MethodDelete, Path: o.path(), Body: map[string]any{"propagationPolicy": "Background", "gracePeriodSeconds": 0}, gone: o.kind == "namespace" || o.kind == "pod"}}
}
