package decode

import "github.com/droverhq/drover"

// sift sorts one named value: plain ones come back as they are, secrets as
// REDACTED, and secrets and references to them are added to found.
func sift(found *[]Found, name, v, path string, line int) string {
	class, secret, ref := judge(name, v)
	switch {
	case secret:
		f := Found{Class: class, Name: name, Value: drover.Secret(v), Line: line, Path: path}
		if looksPlaceholder(v) {
			f.Extra = map[string]string{"placeholder": "true"}
		}
		*found = append(*found, f)
		return redacted
	case ref && class != "":
		*found = append(*found, Found{Class: class, Name: name, Line: line, Path: path, Ref: true, Extra: map[string]string{"ref": v}})
	}
	return v
}

// siftMap sorts the scalars of a map; maps and lists inside are left out.
func siftMap(found *[]Found, v *value, path string) map[string]string {
	if !v.is(kindMap) {
		return nil
	}
	out := map[string]string{}
	for k, e := range v.each() {
		if e.kind != kindMap && e.kind != kindList {
			out[k] = sift(found, k, e.text, path+"."+joinPath(k), e.line)
		}
	}
	return out
}

// secretOf makes a Found of a value that is a secret by its place; "" and null
// give ok false, a reference gives one with Ref.
func secretOf(class, name, v, path string, line int) (f Found, ok bool) {
	f = Found{Class: class, Name: name, Line: line, Path: path}
	switch {
	case v == "":
		return f, false
	case LooksReference(v):
		f.Ref, f.Extra = true, map[string]string{"ref": v}
	default:
		f.Value = drover.Secret(v)
		if looksPlaceholder(v) {
			f.Extra = map[string]string{"placeholder": "true"}
		}
	}
	return f, true
}
