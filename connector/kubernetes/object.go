package kubernetes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// An object is one Kubernetes object as the API or a manifest gives it: its
// metadata decoded, the whole of it raw.
type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Meta       meta   `json:"metadata"`

	Raw   json.RawMessage `json:"-"` // the whole object, JSON
	where string          // proof: the API path, or file:line
}

// meta is the part of ObjectMeta that is read (Kubernetes API reference,
// ObjectMeta). Zero means that it was not given.
type meta struct {
	Name        string            `json:"name"`
	Generate    string            `json:"generateName"`
	Namespace   string            `json:"namespace"`
	UID         string            `json:"uid"`
	Created     time.Time         `json:"creationTimestamp"`
	Deletion    time.Time         `json:"deletionTimestamp"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	OwnerRefs   []ownerRef        `json:"ownerReferences"`
	Managers    []manager         `json:"managedFields"`
}

// An ownerRef is the object that this one is deleted with.
type ownerRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	Controller bool   `json:"controller"`
}

// A manager is a program that set fields of an object, as it calls itself: a
// weak hint, for every client chooses its own name.
type manager struct {
	Name        string    `json:"manager"`
	Operation   string    `json:"operation"`
	Subresource string    `json:"subresource"`
	Time        time.Time `json:"time"`
}

// maxObject is the largest object that is read, in bytes. The API server stores
// none above 1.5 MiB (etcd's request limit, 3 MiB at most in practice).
const maxObject = 8 << 20

// parseObject decodes one object, without the annotations that are copies of it.
// Raw is kept as it is, not copied. The error wraps
// drover.ErrInvalid and quotes nothing of the object, which may hold secrets.
func parseObject(raw []byte, where string) (*object, error) {
	if len(raw) > maxObject {
		return nil, fmt.Errorf("%s: an object of %d bytes is over the limit of %d: %w", where, len(raw), maxObject, drover.ErrInvalid)
	}
	o := &object{Raw: raw, where: where}
	if err := decodeJSON(raw, o); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	withoutCopies(o.Meta.Annotations)
	if o.Meta.Name == "" && o.Meta.Generate == "" {
		return nil, fmt.Errorf("%s: an object without metadata.name: %w", where, drover.ErrInvalid)
	}
	return o, nil
}

// decode reads the parts of the object that v has fields for.
func (o *object) decode(v any) error {
	if err := decodeJSON(o.Raw, v); err != nil {
		return fmt.Errorf("%s: %w", o.where, err)
	}
	return nil
}

// decodeJSON reads JSON whose values may be secret: its error says where and not
// what.
func decodeJSON(raw []byte, v any) error {
	err := json.NewDecoder(bytes.NewReader(raw)).Decode(v)
	if err == nil {
		return nil
	}
	var t *json.UnmarshalTypeError
	if ok := asType(err, &t); ok {
		return fmt.Errorf("field %q holds a %s where another type belongs: %w", cut(t.Field, 200), t.Value, drover.ErrInvalid)
	}
	return fmt.Errorf("the object is not JSON, or cut off: %w", drover.ErrInvalid)
}

// id is what names the object inside of its cluster for people: namespace/name.
func (o *object) id() string { return join(o.Meta.Namespace, o.Meta.Name) }

func join(ns, name string) string {
	if ns == "" {
		return name
	}
	return ns + "/" + name
}

// group is the API group of the object, "" for the core.
func (o *object) group() string {
	if group, _, ok := strings.Cut(o.APIVersion, "/"); ok {
		return group
	}
	return ""
}

// controller is the owner that manages the object; nil when there is none.
func (o *object) controller() *ownerRef {
	for i := range o.Meta.OwnerRefs {
		if o.Meta.OwnerRefs[i].Controller {
			return &o.Meta.OwnerRefs[i]
		}
	}
	return nil
}

// managers lists who set fields of the object, sorted.
func (m *meta) managers() []string {
	var names []string
	for _, f := range m.Managers {
		if f.Name != "" {
			names = append(names, cut(f.Name, 128))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// creator is the manager that wrote fields in the second in which the object was
// made, and whose fields are not of a subresource: whoever made it, by its own
// word. "" when that cannot be told.
func (m *meta) creator() string {
	found := ""
	for _, f := range m.Managers {
		if f.Subresource != "" || m.Created.IsZero() || !f.Time.Equal(m.Created) {
			continue
		}
		if found != "" && found != f.Name {
			return ""
		}
		found = f.Name
	}
	return cut(found, 128)
}
