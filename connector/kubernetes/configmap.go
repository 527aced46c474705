package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/cert"
)

// configMaps are those of kube-system that say who signs in and who is trusted.
// No other one is read.
var configMaps = []string{authMap, trustMap, rootMap, trackingMap}

const (
	authMap     = "aws-auth"                                             // Amazon EKS User Guide, aws-auth ConfigMap
	trustMap    = "extension-apiserver-authentication"                   // the authorities that clients' certificates are from
	rootMap     = "kube-root-ca.crt"                                     // the authority of the API server's own certificate
	trackingMap = "kube-apiserver-legacy-service-account-token-tracking" // since when the use of legacy tokens is tracked
)

var configMapRule = "- apiGroups: [\"\"]\n  resources: [\"configmaps\"]\n  resourceNames: [\"" + strings.Join(configMaps, `", "`) + `", "` + istioMap + "\"]\n  verbs: [\"get\"]"

// configMapKind is for manifests; live, the few that matter are asked for by name.
var configMapKind = &kind{version: "v1", resource: "configmaps", name: "ConfigMap", typ: "config_map", namespaced: true, emit: emitConfigMap}

func configMapPath(name string) string { return "/api/v1/namespaces/kube-system/configmaps/" + name }

// configMapsSection reads the ConfigMaps by name, each a part of its own.
func (r *reader) configMapsSection(ctx context.Context, out *connector.Out) error {
	out.Node(r.clusterNode())
	for _, name := range configMaps {
		if name == trackingMap {
			continue
		}
		at := out.At(name)
		o, err := r.configMap(ctx, name)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, drover.ErrPermission):
			at.Unread(configMapPath(name), "may not be read; grant\n"+configMapRule)
		case errors.Is(err, drover.ErrNotFound):
		case err != nil:
			at.Lost(configMapPath(name), err)
		default:
			emitConfigMap(r.cluster, o, at)
		}
	}
	return nil
}

func (r *reader) configMap(ctx context.Context, name string) (*object, error) {
	var raw rawObject
	if err := r.client.small(ctx, configMapPath(name), &raw); err != nil {
		return nil, err
	}
	return parseObject(raw, configMapPath(name))
}

// rawObject keeps an answer as it is.
type rawObject []byte

// UnmarshalJSON keeps a copy of the text.
func (r *rawObject) UnmarshalJSON(b []byte) error { *r = append((*r)[:0], b...); return nil }

// trackedSince learns since when the control plane notes the use of legacy tokens
// (Kubernetes documentation, Managing Service Accounts).
func (r *reader) trackedSince(ctx context.Context) {
	o, err := r.configMap(ctx, trackingMap)
	if err != nil {
		return // then nothing is said of tokens that have no date
	}
	var m configMap
	if o.decode(&m) == nil {
		r.tokensTracked, _ = time.Parse(time.DateOnly, m.Data["since"])
	}
}

type configMap struct {
	Data map[string]string `json:"data"`
}

func emitConfigMap(c *cluster, o *object, out *connector.Out) {
	if o.Meta.Namespace != "kube-system" {
		return
	}
	var m configMap
	switch o.Meta.Name {
	case authMap, trustMap, rootMap:
	default:
		return
	}
	if err := o.decode(&m); err != nil {
		out.Lost(o.where, err)
		return
	}
	if o.Meta.Name == authMap {
		c.awsAuth(o, &m, out)
		return
	}
	for _, key := range []string{"ca.crt", "client-ca-file", "requestheader-client-ca-file"} {
		c.authorities(o, key, m.Data[key], out)
	}
}

// authorities emits certificates that the cluster takes others' from.
func (c *cluster) authorities(o *object, key, text string, out *connector.Out) {
	if strings.TrimSpace(text) == "" {
		return
	}
	b, err := cert.Parse([]byte(text), cert.Options{})
	if err != nil {
		out.Lost(o.where+" "+key, err)
		return
	}
	for _, x := range b.Certs {
		n := certificateNode(x)
		out.Node(n)
		out.Edge(drover.Edge{From: c.self(), To: n.Ref, Kind: drover.EdgeTrusts, Part: key, Proof: o.where + " " + key})
	}
}

// An awsMapping is one entry of aws-auth.
type awsMapping struct {
	Role     string   `yaml:"rolearn"`
	User     string   `yaml:"userarn"`
	Username string   `yaml:"username"`
	Groups   []string `yaml:"groups"`
}

// maxMappings bounds aws-auth: entries, and bytes of one list.
const (
	maxMappings     = 10_000
	maxMappingBytes = 1 << 20
)

// awsAuth emits which IAM principals sign in as which user and groups.
func (c *cluster) awsAuth(o *object, m *configMap, out *connector.Out) {
	for _, key := range []string{"mapRoles", "mapUsers"} {
		list, err := readMappings(m.Data[key])
		if err != nil {
			out.Lost(o.where+" "+key, err)
			continue
		}
		for i, a := range list {
			c.awsMapping(fmt.Sprintf("%s %s[%d]", o.where, key, i), a, out)
		}
	}
	accounts, err := yamlList[string](m.Data["mapAccounts"])
	if err != nil {
		out.Lost(o.where+" mapAccounts", err)
	}
	if len(accounts) > 0 {
		out.Note(o.where+" mapAccounts", fmt.Sprintf("every IAM principal of %d accounts signs in under its own ARN as user name", len(accounts)))
	}
	for _, a := range accounts {
		if accountID.MatchString(a) {
			out.Edge(drover.Edge{From: c.self(), To: drover.UnseenRef("arn:aws:iam::" + a + ":root"), Kind: drover.EdgeTrusts, Part: "mapAccounts", Proof: o.where + " mapAccounts"})
		}
	}
}

var (
	accountID = regexp.MustCompile(`^\d{12}$`)
	session   = regexp.MustCompile(`\{\{[^{}]*\}\}`)
)

func (c *cluster) awsMapping(proof string, a awsMapping, out *connector.Out) {
	arn := strings.TrimSpace(or(a.Role, a.User))
	if !strings.HasPrefix(arn, "arn:") || !usable(arn) {
		out.Note(proof, "it names no ARN")
		return
	}
	from := drover.UnseenRef(arn)
	name := a.Username
	cond := map[string]any{"username": cut(name, 512)}
	switch {
	case name == "":
		out.Note(proof, "it names no user; its groups alone are known")
	case session.MatchString(name):
		// Each session has a name of its own.
		pattern := session.ReplaceAllString(name, "*")
		out.Edge(drover.Edge{From: from, To: drover.UnseenRef("k8s-user:" + c.name() + "/" + cut(pattern, 512)), Kind: drover.EdgeCanAssume, Part: authMap, Cond: drover.NewAttrs(cond), Proof: proof})
	default:
		out.Edge(drover.Edge{From: from, To: c.user(name, out), Kind: drover.EdgeCanAssume, Part: authMap, Proof: proof})
	}
	for i, g := range a.Groups {
		if i < 256 && g != "" {
			c.memberOf(from, g, authMap, proof, cond, out)
		}
	}
}

func readMappings(text string) ([]awsMapping, error) { return yamlList[awsMapping](text) }

// yamlList reads a list in YAML that people wrote.
func yamlList[T any](text string) (list []T, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if len(text) > maxMappingBytes {
		return nil, errTooMany("bytes", len(text), maxMappingBytes)
	}
	defer func() {
		if recover() != nil {
			list, err = nil, fmt.Errorf("it is not valid YAML: %w", drover.ErrInvalid)
		}
	}()
	if err := yaml.Load([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("it is not a list in YAML: %w", drover.ErrInvalid)
	}
	if len(list) > maxMappings {
		return nil, errTooMany("entries", len(list), maxMappings)
	}
	return list, nil
}
