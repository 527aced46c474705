package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/droverhq/drover"
)

// A catalogue is what kinds of objects the API server has, as its discovery says.
type catalogue struct {
	client *client
	groups map[string][]string // group -> versions, preferred first; "" is the core
	served map[string][]string // "group/version" -> resources
}

// maxSmall bounds an answer that is read at once, in bytes.
const maxSmall = 16 << 20

// small asks for one small answer.
func (k *client) small(ctx context.Context, path string, v any) error {
	return k.get(ctx, path, asObjects, func(body io.Reader) error {
		b, err := io.ReadAll(io.LimitReader(body, maxSmall+1))
		if err != nil {
			return cutOff(err)
		}
		if len(b) > maxSmall {
			return fmt.Errorf("%s: the answer is over %d bytes: %w", path, maxSmall, drover.ErrInvalid)
		}
		if err := decodeJSON(b, v); err != nil {
			return errCut{fmt.Errorf("%s: %w", path, err)}
		}
		return nil
	})
}

// discoverAPI asks for the API groups.
func discoverAPI(ctx context.Context, k *client) (*catalogue, error) {
	var list struct {
		Kind   string `json:"kind"`
		Groups []struct {
			Name     string `json:"name"`
			Versions []struct {
				Version string `json:"version"`
			} `json:"versions"`
			Preferred struct {
				Version string `json:"version"`
			} `json:"preferredVersion"`
		} `json:"groups"`
	}
	if err := k.small(ctx, "/apis", &list); err != nil {
		if errors.Is(err, errForbidden) {
			err = fmt.Errorf("%w; grant\n%s", err, urlRule)
		}
		return nil, fmt.Errorf("ask which APIs there are: %w", err)
	}
	if list.Kind != "APIGroupList" {
		return nil, fmt.Errorf("ask which APIs there are: %s is no Kubernetes API server: %w", k.base.Host, drover.ErrInvalid)
	}
	c := &catalogue{client: k, groups: map[string][]string{"": {"v1"}}, served: map[string][]string{}}
	for _, g := range list.Groups {
		versions := []string{g.Preferred.Version}
		for _, v := range g.Versions {
			if v.Version != g.Preferred.Version {
				versions = append(versions, v.Version)
			}
		}
		c.groups[g.Name] = versions
	}
	return c, nil
}

// version finds the version that the kind is listed in, the one that its fields
// are written for if the server has it. "" says that the server has no such kind.
func (c *catalogue) version(ctx context.Context, k *kind) (string, error) {
	versions := c.groups[k.group]
	if slices.Contains(versions, k.version) {
		versions = append([]string{k.version}, versions...)
	}
	for _, v := range versions {
		resources, err := c.resources(ctx, k.group, v)
		if err != nil {
			return "", err
		}
		if slices.Contains(resources, k.resource) {
			return v, nil
		}
	}
	return "", nil
}

func (c *catalogue) resources(ctx context.Context, group, version string) ([]string, error) {
	path := "/api/" + version
	if group != "" {
		path = "/apis/" + group + "/" + version
	}
	if list, ok := c.served[path]; ok {
		return list, nil
	}
	var list struct {
		Kind      string                  `json:"kind"`
		Resources []struct{ Name string } `json:"resources"`
	}
	if err := c.client.small(ctx, path, &list); err != nil {
		if errors.Is(err, drover.ErrNotFound) {
			err = fmt.Errorf("it was there a moment ago: %w", drover.ErrTransient)
		}
		return nil, fmt.Errorf("ask for the resources of %s: %w", path, err)
	}
	if list.Kind != "APIResourceList" {
		return nil, fmt.Errorf("ask for the resources of %s: the answer is something else: %w", path, drover.ErrTransient)
	}
	names := []string{}
	for _, r := range list.Resources {
		names = append(names, r.Name)
	}
	c.served[path] = names
	return names, nil
}

// path of the list of a kind, in one namespace or, with "", in all of them.
func (k *kind) path(version, ns string) string {
	p := "/api/" + version
	if k.group != "" {
		p = "/apis/" + k.group + "/" + version
	}
	if ns != "" && k.namespaced {
		p += "/namespaces/" + ns
	}
	return p + "/" + k.resource
}
