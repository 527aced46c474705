package decode

import (
	"slices"
	"strconv"
	"strings"
)

// ParseContainers reads the environment of containers from a Compose file or
// from manifests of Kubernetes, several documents in one file, JSON among them:
// environment of each service (a map, or a list of NAME=value; Compose
// specification, "services") and env of each container of whatever object has
// containers. Only secrets and references to them are returned; values that come
// from elsewhere (valueFrom, ${NAME}, secrets mounted as files) are references or
// nothing. Account is the service's or container's name. A file that is neither
// gives nothing and no error; one that cannot be read, an error.
func ParseContainers(data []byte) ([]Found, error) {
	docs, err := parseYAML("containers", data)
	if !Complete(err) {
		return nil, err
	}
	var out []Found
	for _, d := range docs {
		switch {
		case d.str("apiVersion") != "" && d.str("kind") != "":
			manifestEnv(&out, d)
		case d.get("services").is(kindMap):
			composeEnv(&out, d)
		}
	}
	sortFound(out)
	return out, err
}

func composeEnv(out *[]Found, d *value) {
	for name, s := range d.each("services") {
		at := joinPath("services", name, "environment")
		env, vars, n := s.get("environment"), map[string]string{}, len(*out)
		switch {
		case env.is(kindMap):
			for k, v := range env.each() {
				containerValue(out, name, k, v.str(), at, v.at())
				vars[strings.ToUpper(k)] = v.str()
			}
		case env.is(kindList):
			for _, v := range env.each() {
				if k, text, ok := cutAssignment(v.str()); ok {
					containerValue(out, name, k, text, at, v.at())
					vars[strings.ToUpper(k)] = text
				}
			}
		}
		pairLogins((*out)[n:], vars)
	}
}

// manifestEnv looks for lists of containers at any depth, for pods stand inside
// of Deployments, CronJobs, Lists and resources of operators.
func manifestEnv(out *[]Found, d *value) {
	d.walk(func(p []string, e *value) bool {
		if len(p) == 0 || !e.is(kindList) || !slices.Contains([]string{"containers", "initContainers", "ephemeralContainers"}, p[len(p)-1]) {
			return true
		}
		for i, c := range e.vals {
			name := c.str("name")
			if name == "" {
				name = strconv.Itoa(i)
			}
			object := firstOf(d.str("kind"), "object") + "/" + d.str("metadata", "name")
			vars, n := map[string]string{}, len(*out)
			for _, v := range c.each("env") {
				if v.get("value").is(kindString) || v.get("value").is(kindNumber) {
					containerValue(out, name, v.str("name"), v.str("value"), joinPath(object, name, "env"), v.line)
					vars[strings.ToUpper(v.str("name"))] = v.str("value")
				}
			}
			pairLogins((*out)[n:], vars)
		}
		return false
	})
}

// containerValue adds a variable whose value is a secret, or a reference to one.
func containerValue(out *[]Found, container, name, v, at string, line int) {
	var got []Found
	sift(&got, name, v, at+"."+joinPath(name), line)
	for _, f := range got {
		if f.Account == "" && f.Class != ClassAWSKey {
			f.Extra = mergeExtra(f.Extra, "container", container)
		}
		*out = append(*out, f)
	}
}

func cutAssignment(s string) (name, v string, ok bool) {
	for i := range len(s) {
		if s[i] == '=' {
			return s[:i], s[i+1:], i > 0
		}
	}
	return "", "", false
}
