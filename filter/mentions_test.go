package filter

import "testing"

func TestMentions(t *testing.T) {
	fields := []Field{{Name: "state", Enum: true}, {Name: "name"}, {Name: "age", Type: Time}, {Name: "attrs", Type: Attrs}}
	for text, want := range map[string]bool{
		"": false, "state=open": true, "State=open": true, "STATE!=open": true, "-state=open": true, "name=x OR (name=y AND NOT state:unknown)": true,
		"name:estate": false, "-name:xstatex": false, "statement": false, `"state=open"`: false, "state": false, "attrs.state=x": false, "name=state": false, "age>3d": false, "state=": false, "((": false,
	} {
		if got := Mentions(text, fields, "state"); got != want {
			t.Errorf("%q mentions state: got %v", text, got)
		}
	}
}
