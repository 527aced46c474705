package kubernetes

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// A podSpec is the part of PodSpec that is read (Kubernetes API reference, Pod v1
// core): as whom it runs, what it may do to its node, which secrets it gets.
type podSpec struct {
	ServiceAccountName string       `json:"serviceAccountName"`
	ServiceAccount     string       `json:"serviceAccount"` // deprecated name of the field above
	Automount          tri          `json:"automountServiceAccountToken"`
	HostNetwork        tri          `json:"hostNetwork"`
	HostPID            tri          `json:"hostPID"`
	HostIPC            tri          `json:"hostIPC"`
	HostUsers          tri          `json:"hostUsers"`
	SharePID           tri          `json:"shareProcessNamespace"`
	NodeName           string       `json:"nodeName"`
	RuntimeClass       string       `json:"runtimeClassName"`
	PullSecrets        []nameObject `json:"imagePullSecrets"`
	Security           *security    `json:"securityContext"`
	Init               []container  `json:"initContainers"`
	Containers         []container  `json:"containers"`
	Ephemeral          []container  `json:"ephemeralContainers"`
	Volumes            []volume     `json:"volumes"`
}

// account is the service account that the pod runs as. Where none is named it is
// the one called default, which the admission plugin ServiceAccount fills in.
func (p *podSpec) account() (name, field string) {
	switch {
	case p.ServiceAccountName != "":
		return p.ServiceAccountName, "serviceAccountName"
	case p.ServiceAccount != "":
		return p.ServiceAccount, "serviceAccount"
	}
	return "default", "no serviceAccountName"
}

// security is a SecurityContext or PodSecurityContext.
type security struct {
	Privileged   tri    `json:"privileged"`
	Escalation   tri    `json:"allowPrivilegeEscalation"`
	ReadOnlyRoot tri    `json:"readOnlyRootFilesystem"`
	NonRoot      tri    `json:"runAsNonRoot"`
	User         number `json:"runAsUser"`
	Group        number `json:"runAsGroup"`
	ProcMount    string `json:"procMount"`
	Capabilities *struct {
		Add  texts `json:"add"`
		Drop texts `json:"drop"`
	} `json:"capabilities"`
	Seccomp  *profile `json:"seccompProfile"`
	AppArmor *profile `json:"appArmorProfile"`
	Windows  *struct {
		CredentialSpec string `json:"gmsaCredentialSpecName"`
		HostProcess    tri    `json:"hostProcess"`
		User           string `json:"runAsUserName"`
	} `json:"windowsOptions"`
}

type profile struct {
	Type string `json:"type"`
}

type container struct {
	Name     string        `json:"name"`
	Image    string        `json:"image"`
	Command  texts         `json:"command"`
	Args     texts         `json:"args"`
	Env      []envVar      `json:"env"`
	EnvFrom  []envFrom     `json:"envFrom"`
	Mounts   []volumeMount `json:"volumeMounts"`
	Ports    []port        `json:"ports"`
	Security *security     `json:"securityContext"`
	Restart  string        `json:"restartPolicy"` // "Always" makes an init container a sidecar
}

type port struct {
	Name      string `json:"name"`
	Container number `json:"containerPort"`
	Host      number `json:"hostPort"`
	Protocol  string `json:"protocol"`
}

type envVar struct {
	Name  string `json:"name"`
	Value text   `json:"value"`
	From  *struct {
		Secret    *keyRef `json:"secretKeyRef"`
		ConfigMap *keyRef `json:"configMapKeyRef"`
	} `json:"valueFrom"`
}

type keyRef struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

type envFrom struct {
	Prefix    string      `json:"prefix"`
	Secret    *nameObject `json:"secretRef"`
	ConfigMap *nameObject `json:"configMapRef"`
}

type volumeMount struct {
	Name        string `json:"name"`
	Path        string `json:"mountPath"`
	SubPath     string `json:"subPath"`
	ReadOnly    tri    `json:"readOnly"`
	Propagation string `json:"mountPropagation"`
}

// A volume is one entry of volumes. Of the drivers that take credentials only
// the references to their Secrets are read.
type volume struct {
	Name     string `json:"name"`
	HostPath *struct {
		Path string `json:"path"`
		Type string `json:"type"`
	} `json:"hostPath"`
	Secret *struct {
		SecretName string `json:"secretName"`
	} `json:"secret"`
	ConfigMap *nameObject `json:"configMap"`
	Claim     *struct {
		Name string `json:"claimName"`
	} `json:"persistentVolumeClaim"`
	Projected *struct {
		Sources []projection `json:"sources"`
	} `json:"projected"`
	CSI *struct {
		Driver     string          `json:"driver"`
		Attributes map[string]text `json:"volumeAttributes"`
		Publish    *nameObject     `json:"nodePublishSecretRef"`
	} `json:"csi"`
	AzureFile *struct {
		SecretName string `json:"secretName"`
	} `json:"azureFile"`
	CephFS    *secretVolume `json:"cephfs"`
	RBD       *secretVolume `json:"rbd"`
	ISCSI     *secretVolume `json:"iscsi"`
	Flex      *secretVolume `json:"flexVolume"`
	ScaleIO   *secretVolume `json:"scaleIO"`
	StorageOS *secretVolume `json:"storageos"`
}

type secretVolume struct {
	Ref *nameObject `json:"secretRef"`
}

type projection struct {
	Token *struct {
		Audience string `json:"audience"`
		Expires  number `json:"expirationSeconds"`
		Path     string `json:"path"`
	} `json:"serviceAccountToken"`
	Secret    *nameObject `json:"secret"`
	ConfigMap *nameObject `json:"configMap"`
	Bundle    *struct {
		Name   string `json:"name"`
		Signer string `json:"signerName"`
	} `json:"clusterTrustBundle"`
	Certificate *struct {
		Signer string `json:"signerName"`
	} `json:"podCertificate"`
}

// all are the containers of the pod with the field that each stands in.
func (p *podSpec) all() []namedContainer {
	var out []namedContainer
	for _, l := range []struct {
		field string
		list  []container
	}{{"initContainers", p.Init}, {"containers", p.Containers}, {"ephemeralContainers", p.Ephemeral}} {
		for i := range l.list {
			out = append(out, namedContainer{&l.list[i], l.field, i})
		}
	}
	return out
}

type namedContainer struct {
	*container
	field string
	index int
}

// path names the container in proofs: containers[app].
func (n namedContainer) path() string {
	name := n.Name
	if name == "" {
		name = strconv.Itoa(n.index)
	}
	return n.field + "[" + cut(name, 63) + "]"
}

// tri is a boolean that may not be given. Manifests that nobody has applied yet
// hold "true" and yes as well.
type tri struct{ given, yes bool }

// UnmarshalJSON takes true, false, and the words that YAML 1.1 has for them.
func (t *tri) UnmarshalJSON(raw []byte) error {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true", "yes", "on":
		*t = tri{true, true}
	case "false", "no", "off":
		*t = tri{true, false}
	}
	return nil
}

// number is a whole number that may not be given, or be written as a text.
type number struct {
	given bool
	n     int64
}

// UnmarshalJSON takes a whole number, quoted or not.
func (v *number) UnmarshalJSON(raw []byte) error {
	if n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64); err == nil {
		*v = number{true, n}
	}
	return nil
}

// text is a string; a number or boolean stands for itself, as in manifests that
// nobody has applied yet. Anything else is empty.
type text string

// UnmarshalJSON takes any scalar.
func (t *text) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return nil
	}
	if raw[0] != '"' {
		*t = text(raw)
		return nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	*t = text(s)
	return nil
}

// texts is a list of strings; one string stands for a list of it.
type texts []text

// UnmarshalJSON takes a list of scalars, or one.
func (t *texts) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '[' {
		var list []text
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
		*t = list
		return nil
	}
	var one text
	if err := one.UnmarshalJSON(raw); err != nil {
		return err
	}
	if one != "" {
		*t = texts{one}
	}
	return nil
}
