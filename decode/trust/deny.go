package trust

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// takes decides whether a Deny statement is about a principal of an Allow
// statement and about what that allows; its condition is another matter. Action
// is the one that is meant for the principal, "" where there is none.
func (d *statement) takes(s *statement, sort, name, action string) verdict {
	v := d.about(sort, name, s.partition)
	if v == no {
		return no
	}
	switch {
	case action != "" && s.has(action) && d.has(action):
	case d.hasAll(s):
	case action != "" && s.has(action):
		return no // it leaves what the edge says
	default:
		v = maybe
	}
	if !wide(d.Resource) && !bytes.Equal(d.Resource, s.Resource) || len(d.NotResource) > 0 {
		v = min(v, maybe)
	}
	return v
}

func wide(resource json.RawMessage) bool {
	return len(resource) == 0 || slices.Contains(texts(resource), "*")
}

// hasAll reports whether a statement surely speaks of every action of another.
func (d *statement) hasAll(s *statement) bool {
	if v, ok := d.spoken[s]; ok {
		return v
	}
	theirs, mine := texts(s.Action), texts(d.Action)
	d.spoken[s] = len(theirs) > 0 && !slices.ContainsFunc(theirs, func(a string) bool {
		return !slices.ContainsFunc(mine, func(p string) bool {
			return !strings.Contains(p, "?") && glob(strings.ToLower(p), strings.ToLower(a))
		})
	})
	return d.spoken[s]
}

// about decides whether a Deny statement names a principal. An account in it is
// all of the account, and a role all of its sessions (IAM User Guide, "JSON
// policy elements: Principal"). What is named may be less than what an edge says:
// a session of a role, a role of an account. That leaves the edge.
func (d *statement) about(sort, name, partition string) verdict {
	_, mine := named(sort, name, partition)
	if given(d.Principal) {
		for _, p := range d.list(d.Principal, sort) {
			_, theirs := named(sort, p, partition)
			account, root := strings.CutSuffix(theirs, ":root")
			switch {
			case p == "*", p == name, mine != "" && mine == theirs:
				return yes
			case root && strings.HasPrefix(strings.Replace(mine, ":sts::", ":iam::", 1), account+":"):
				return yes
			case theirs != "" && roleOf(mine) == theirs:
				return yes
			case theirs != "" && mine != "" && strings.Contains(mine, ":assumed-role/") && accountOf(mine) == accountOf(theirs):
				return maybe // the role's path is not known
			}
		}
		return no
	}
	if !given(d.NotPrincipal) {
		return maybe
	}
	v := yes // everybody but those whom it names
	for _, p := range d.list(d.NotPrincipal, sort) {
		_, theirs := named(sort, p, partition)
		switch {
		case p == "*", p == name, mine != "" && mine == theirs:
			return no
		case theirs != "" && mine != "" && accountOf(mine) == accountOf(theirs):
			v = maybe
		}
	}
	return v
}

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// list is whom an element names of a sort; "*" is everybody of any.
func (d *statement) list(raw json.RawMessage, sort string) []string {
	by, ok := d.lists[string(raw)]
	if !ok {
		by = map[string][]string{}
		var sorts map[string]json.RawMessage
		if slices.Contains(texts(raw), "*") {
			by["AWS"] = []string{"*"}
		} else if json.Unmarshal(raw, &sorts) == nil {
			for k, v := range sorts {
				by[k] = texts(v)
			}
		}
		d.lists[string(raw)] = by
	}
	if slices.Contains(by["AWS"], "*") {
		return []string{"*"}
	}
	return by[sort]
}

// accountOf is the account in an ARN; the text itself where there is none.
func accountOf(arn string) string {
	if f := strings.SplitN(arn, ":", 6); len(f) == 6 {
		return f[4]
	}
	return arn
}

// roleOf is the role, if it has no path, of which an ARN is a session.
func roleOf(arn string) string {
	head, rest, ok := strings.Cut(arn, ":assumed-role/")
	name, _, session := strings.Cut(rest, "/")
	if !ok || !session {
		return "\x00"
	}
	return strings.Replace(head, ":sts::", ":iam::", 1) + ":role/" + name
}

// taken decides whether Deny statements take out a principal that is no subject
// of an issuer, and what is undecided of them.
func (s *statement) taken(kind, sort, name string) (bool, []string) {
	var doubts []string
	for _, d := range s.denials {
		how := d.takes(s, sort, name, assumes[kind])
		if how == no {
			continue
		}
		f, err := d.filter("")
		switch {
		case err == nil && (f.never || f.expired != ""):
		case err == nil && how == yes && len(f.open) == 0 && len(f.All) == 0:
			return true, nil
		default:
			doubts = append(doubts, "Deny "+d.label)
		}
	}
	return false, doubts
}
