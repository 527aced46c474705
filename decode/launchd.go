package decode

import (
	"bytes"
	"encoding/binary"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// ParseLaunchd reads a launchd job (launchd.plist(5)), XML or binary.
func ParseLaunchd(data []byte) (Program, error) {
	v, err := parsePlist(data)
	p := Program{Kind: "launchd", Name: v.str("Label"), User: v.str("UserName"), Group: v.str("GroupName"), Env: map[string]string{}}
	if v.is(kindMap) {
		disabled, _ := v.yes("Disabled")
		p.Disabled = disabled
		args := v.strs("ProgramArguments")
		if prog := v.str("Program"); prog != "" && len(args) == 0 {
			args = []string{prog}
		}
		if len(args) > 0 {
			at := v.first("ProgramArguments", "Program").at()
			redactArgs(&p.Secrets, args, "ProgramArguments", func(int) int { return at })
			p.Commands = []string{strings.Join(args, " ")}
		}
		p.Env = merge(p.Env, siftMap(&p.Secrets, v.get("EnvironmentVariables"), "EnvironmentVariables"))
		for _, k := range []string{"StartInterval", "RunAtLoad", "KeepAlive"} {
			if s := v.str(k); s != "" && s != "false" {
				p.Schedule = append(p.Schedule, k+"="+s)
			}
		}
		p.Schedule = append(p.Schedule, calendar(v.get("StartCalendarInterval"))...)
	}
	return p, err
}

func calendar(v *value) []string {
	var out []string
	switch {
	case v.is(kindMap):
		var parts []string
		for k, e := range v.each() {
			parts = append(parts, k+"="+e.str())
		}
		sort.Strings(parts)
		out = append(out, "StartCalendarInterval "+strings.Join(parts, " "))
	case v.is(kindList):
		for _, e := range v.vals {
			if e.kind == kindMap {
				out = append(out, calendar(e)...)
			}
		}
	}
	return out
}

// parsePlist reads a property list of either form.
func parsePlist(data []byte) (*value, error) {
	if len(data) > MaxSize {
		return nil, bad("property list", 0, "%d bytes are over the limit of %d", len(data), MaxSize)
	}
	if bytes.HasPrefix(data, []byte("bplist00")) {
		return binaryPlist(data)
	}
	root, err := parseXML("property list", data)
	if err != nil {
		return nil, err
	}
	for _, p := range root.find("plist") {
		for _, k := range p.kids {
			return plistValue(k), nil
		}
	}
	return nil, bad("property list", 0, "no plist element")
}

func plistValue(e *element) *value {
	v := &value{line: e.line, size: 1, text: string(e.text), kind: kindString}
	switch e.name {
	case "dict":
		v.kind, v.text = kindMap, ""
		for i := 0; i+1 < len(e.kids); i++ {
			if e.kids[i].name == "key" {
				v.put(string(e.kids[i].text), plistValue(e.kids[i+1]))
				i++
			}
		}
	case "array":
		v.kind, v.text = kindList, ""
		for _, k := range e.kids {
			v.vals = append(v.vals, plistValue(k))
		}
	case "true", "false":
		v.kind, v.text = kindBool, e.name
	case "integer", "real":
		v.kind, v.text = kindNumber, strings.TrimSpace(v.text)
	}
	return v
}

// bplist reads Apple's binary form: objects found through a table of offsets.
type bplist struct {
	b               []byte
	offsets         []uint64
	refSize, budget int
	scalars         map[uint64]*value // read already: many may refer to one long string
}

func binaryPlist(data []byte) (*value, error) {
	if len(data) < 40 {
		return nil, bad("property list", 0, "the binary form ends early")
	}
	t := data[len(data)-32:]
	offSize, refSize := int(t[6]), int(t[7])
	count, top, table := binary.BigEndian.Uint64(t[8:]), binary.BigEndian.Uint64(t[16:]), binary.BigEndian.Uint64(t[24:])
	if offSize < 1 || offSize > 8 || refSize < 1 || refSize > 8 || count > MaxNodes || table > uint64(len(data)) || table+count*uint64(offSize) > uint64(len(data)) {
		return nil, bad("property list", 0, "the trailer of the binary form is broken")
	}
	p := bplist{b: data, refSize: refSize, budget: MaxNodes, scalars: map[uint64]*value{}}
	for i := range count {
		p.offsets = append(p.offsets, bigEndian(data[table+i*uint64(offSize):][:offSize]))
	}
	v, ok := p.object(top, 0)
	if !ok {
		return v, bad("property list", 0, "the binary form is broken")
	}
	return v, nil
}

func bigEndian(b []byte) uint64 {
	n := uint64(0)
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

func (p *bplist) object(i uint64, depth int) (*value, bool) {
	if p.budget--; p.budget < 0 || depth > MaxDepth || i >= uint64(len(p.offsets)) || p.offsets[i] >= uint64(len(p.b)) {
		return nil, false
	}
	at := p.offsets[i]
	if v := p.scalars[at]; v != nil {
		return v, true
	}
	b := p.b[at:]
	kind, n := b[0]>>4, int(b[0]&15)
	b = b[1:]
	v := &value{kind: kindString, size: 1}
	switch kind {
	case 0:
		v.kind, v.text = kindBool, strconv.FormatBool(n == 9)
		return v, true
	case 1, 2, 3:
		return v, p.number(v, kind, b, n)
	}
	if n == 15 {
		if len(b) < 1 || len(b) < 1+1<<(b[0]&15) || b[0]&15 > 3 {
			return nil, false
		}
		w := 1 << (b[0] & 15)
		long := bigEndian(b[1 : 1+w])
		if long > uint64(len(p.b)) {
			return nil, false
		}
		n, b = int(long), b[1+w:]
	}
	switch kind {
	case 4, 5:
		if n > len(b) {
			return nil, false
		}
		v.text = strings.ToValidUTF8(string(b[:n]), "\ufffd")
		p.scalars[at] = v
		return v, true
	case 6:
		if n*2 > len(b) {
			return nil, false
		}
		u := make([]uint16, n)
		for i := range u {
			u[i] = binary.BigEndian.Uint16(b[2*i:])
		}
		v.text = string(utf16.Decode(u))
		p.scalars[at] = v
		return v, true
	case 10, 12, 13:
		return p.container(v, kind == 13, b, n, depth)
	}
	return v, true
}

func (p *bplist) number(v *value, kind byte, b []byte, n int) bool {
	w := 1 << n
	if n > 4 || len(b) < w {
		return false
	}
	v.kind = kindNumber
	switch {
	case kind == 1:
		v.text = strconv.FormatInt(int64(bigEndian(b[:w])), 10)
	case w == 8 && kind == 2:
		v.text = strconv.FormatFloat(math.Float64frombits(bigEndian(b[:8])), 'g', -1, 64)
	case w == 4 && kind == 2:
		v.text = strconv.FormatFloat(float64(math.Float32frombits(uint32(bigEndian(b[:4])))), 'g', -1, 32)
	case kind == 3 && w == 8: // seconds since 2001
		v.kind = kindString
		if s := math.Float64frombits(bigEndian(b[:8])); math.Abs(s) < 1e11 {
			v.text = time.Unix(978307200+int64(s), 0).UTC().Format(time.RFC3339)
		}
	}
	return true
}

func (p *bplist) container(v *value, dict bool, b []byte, n, depth int) (*value, bool) {
	v.kind = kindList
	need := n
	if dict {
		v.kind, need = kindMap, 2*n
	}
	if need > len(b)/p.refSize {
		return nil, false
	}
	ref := func(i int) uint64 { return bigEndian(b[i*p.refSize:][:p.refSize]) }
	for i := range n {
		at := i
		if dict {
			at = n + i
		}
		c, ok := p.object(ref(at), depth+1)
		if !ok {
			return v, false
		}
		if dict {
			k, ok := p.object(ref(i), depth+1)
			if !ok {
				return v, false
			}
			v.keys = append(v.keys, k.str())
		}
		v.vals = append(v.vals, c)
	}
	return v, true
}

// windowsWords splits at spaces outside double quotes; a backslash is one, save
// before a quote (CommandLineToArgvW).
func windowsWords(s string) []string {
	var w splitting
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && s[i+1] == '"':
			i++
			w.add('"')
		case c == '"':
			quoted, w.in = !quoted, true
		case !quoted && (c == ' ' || c == '\t'):
			w.end()
		default:
			w.add(c)
		}
	}
	return w.end()
}

// splitting is a list of words in the making. A word may be empty where quotes say so.
type splitting struct {
	list []string
	b    strings.Builder
	in   bool // a word has begun
}

func (w *splitting) add(c byte) {
	w.b.WriteByte(c)
	w.in = true
}

// end ends the word that has begun, and returns the list.
func (w *splitting) end() []string {
	if w.in {
		w.list = append(w.list, w.b.String())
		w.b.Reset()
		w.in = false
	}
	return w.list
}

// ParseTask reads a Windows scheduled task (Task Scheduler schema).
func ParseTask(data []byte) (Program, error) {
	p := Program{Kind: "task"}
	root, err := parseXML("scheduled task", data)
	if root == nil {
		return p, err
	}
	for _, t := range root.find("Task") {
		p.Name, p.Description = t.at("RegistrationInfo", "URI"), t.at("RegistrationInfo", "Description")
		for _, who := range t.find("Principals", "Principal") {
			p.User, p.Group = who.at("UserId"), who.at("GroupId")
			p.RunLevel, p.LogonType = who.at("RunLevel"), who.at("LogonType")
		}
		for _, e := range t.find("Actions", "Exec") {
			cmd := strings.TrimSpace(e.at("Command") + " " + e.at("Arguments"))
			cmd = cmd[:min(len(cmd), 64<<10)]
			p.Commands = append(p.Commands, siftWords(&p.Secrets, cmd, windowsWords(cmd), "Actions.Exec", e.line))
		}
		for _, tr := range t.find("Triggers") {
			for _, k := range tr.kids {
				p.Schedule = append(p.Schedule, k.name)
			}
		}
		p.Disabled = strings.EqualFold(t.at("Settings", "Enabled"), "false")
	}
	if err == nil && len(root.find("Task")) == 0 {
		err = bad("scheduled task", 0, "no Task element")
	}
	return p, err
}
