package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

// maxHeld is how many bytes of objects are kept in memory between the passes
// over the files; what is over that is read again.
const maxHeld = 64 << 20

// each gives every object of kinds that are read to fn, file by file.
func (f *folder) each(ctx context.Context, files []*manifestFile, fn func(*manifestFile, *kind, *object)) error {
	for _, m := range files {
		if !m.kept {
			first := !m.read
			m.reset()
			var size int64
			r := &fileReader{m: m, emit: func(k *kind, o *object) {
				if first {
					if size += int64(len(o.Raw)); f.held+size <= maxHeld {
						m.objects = append(m.objects, kept{k, o})
						return
					}
					for _, x := range m.objects {
						fn(m, x.k, x.o)
					}
					m.objects, first = nil, false
				}
				fn(m, k, o)
			}}
			r.read(ctx)
			m.read, m.kept = true, first && ctx.Err() == nil
			if m.kept {
				f.held += size
			}
		}
		for _, x := range m.objects {
			fn(m, x.k, x.o)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

func (m *manifestFile) reset() {
	m.objects, m.problems, m.others, m.notRead = nil, nil, 0, nil
}

func (m *manifestFile) lost(line int, err error) { m.problem(problem{where: m.at(line), err: err}) }

func (m *manifestFile) unread(line int, why string) {
	m.problem(problem{where: m.at(line), err: errors.New(why), unread: true})
}

func (m *manifestFile) note(line int, why string) {
	m.problem(problem{where: m.at(line), err: errors.New(why), note: true})
}

// problem keeps one; past the bound only that there are more.
func (m *manifestFile) problem(p problem) {
	switch {
	case len(m.problems) < maxProblems:
		m.problems = append(m.problems, p)
	case len(m.problems) == maxProblems:
		m.problems = append(m.problems, problem{where: m.part, err: fmt.Errorf("more than %d places of this file could not be read: %w", maxProblems, drover.ErrInvalid)})
	}
}

// at is the proof of what stands in a line.
func (m *manifestFile) at(line int) string {
	if line <= 0 {
		return m.part
	}
	return fmt.Sprintf("%s:%d", cut(m.part, 1024), line)
}

// A fileReader reads one file once.
type fileReader struct {
	m    *manifestFile
	emit func(*kind, *object)
}

func (r *fileReader) read(ctx context.Context) {
	file, err := os.Open(r.m.path)
	if err != nil {
		r.m.lost(0, fileError(err))
		return
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		r.m.lost(0, fileError(err))
	case !info.Mode().IsRegular():
		r.m.unread(0, "not read: it is no regular file")
	case info.Size() > maxFile:
		r.m.unread(0, fmt.Sprintf("not read: %d bytes are over the limit of %d", info.Size(), maxFile))
	default:
		if err := r.split(ctx, file); err != nil && ctx.Err() == nil {
			r.m.lost(0, fileError(err))
		}
	}
}

// split parts the file into documents by what it holds, whatever it is called.
func (r *fileReader) split(ctx context.Context, file io.ReadSeeker) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	take := func(p piece) error {
		r.piece(p)
		return ctx.Err()
	}
	start := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")):
		data, err := io.ReadAll(io.LimitReader(file, maxPiece+1))
		if err != nil {
			return err
		}
		return take(piece{text: data, line: 1})
	case len(start) > 0 && (start[0] == '{' || start[0] == '['):
		data, err := io.ReadAll(io.LimitReader(file, maxPiece+1))
		if err != nil {
			return err
		}
		if len(data) <= maxPiece {
			if docs, err := decode.Documents("manifest", data); decode.Complete(err) {
				r.trees(docs, 1, "")
				return ctx.Err()
			}
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		err = splitJSON(file, take, r.m.lost)
		if err != nil && isTemplate(data) {
			r.m.unread(0, templateAdvice)
			return nil
		}
		return err
	}
	return splitYAML(file, take, r.m.lost)
}

// piece reads one document, or one item of a list.
func (r *fileReader) piece(p piece) {
	if p.list == "" && !mayBeManifest(p.text) {
		r.m.others++
		return
	}
	if r.quick(p) {
		return
	}
	docs, err := decode.Documents("manifest", p.text)
	switch {
	case err == nil:
	case decode.Complete(err):
		r.m.note(p.line, moved(err, p.line))
	case isTemplate(p.text):
		r.m.unread(p.line, templateAdvice)
		return
	default:
		// Half of an object, such as of a role, would say what it does not.
		r.m.lost(p.line, fmt.Errorf("the document that begins here: %s: %w", moved(err, p.line), drover.ErrInvalid))
		return
	}
	r.trees(docs, p.line, p.list)
}

// quick reads a piece that is one object in JSON, as the items of long lists are,
// without taking it apart first. It reports whether it did; what it cannot make
// out is left to the long way, which says why.
func (r *fileReader) quick(p piece) bool {
	if len(p.text) == 0 || p.text[0] != '{' {
		return false
	}
	o, err := parseObject(p.text, r.m.at(p.line))
	if err != nil || !json.Valid(p.text) {
		return false
	}
	if o.Kind == "" && p.list != "List" {
		o.Kind = strings.TrimSuffix(p.list, "List")
	}
	k := manifestKind(o.group(), o.Kind)
	if k == nil || r.m.patch || o.APIVersion == "" && p.list == "" || k.typ == "cluster_service_version" {
		return false
	}
	o.Raw = bytes.Clone(p.text)
	r.hand(k, o)
	return true
}

// mayBeManifest reports whether a text has the two fields of every object. UTF-16
// is not looked into.
func mayBeManifest(text []byte) bool {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return true
	}
	return bytes.Contains(text, []byte("apiVersion")) && bytes.Contains(text, []byte("kind"))
}

var lineNumber = regexp.MustCompile(`line (\d+)`)

// moved is an error's text without what every one of them says, its lines counted
// in the file and not in the document that begins at line.
func moved(err error, line int) string {
	s := strings.TrimSuffix(strings.TrimPrefix(err.Error(), "read manifest: "), ": "+drover.ErrInvalid.Error())
	s = lineNumber.ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.Atoi(m[len("line "):])
		if err != nil {
			return m
		}
		return fmt.Sprintf("line %d", n+line-1)
	})
	return cut(strings.ReplaceAll(s, "\n", "; "), 500)
}

// trees takes the objects out of documents. Line is where the text began.
func (r *fileReader) trees(docs []decode.Tree, line int, list string) {
	for _, d := range docs {
		r.tree(d, line-1, list, "", 0)
	}
}

// maxLists is how deep lists may lie in lists.
const maxLists = 8

// tree takes the objects out of one value: itself, or the elements of a list, be
// it JSON's or of Kind List. Items of a typed list have neither version nor kind;
// listKind and version are the list's then.
func (r *fileReader) tree(d decode.Tree, offset int, listKind, version string, depth int) {
	if depth > maxLists {
		r.m.lost(d.Line()+offset, fmt.Errorf("lists in lists, more than %d deep: %w", maxLists, drover.ErrInvalid))
		return
	}
	if d.List() {
		for _, e := range d.Each() {
			r.tree(e, offset, listKind, version, depth+1)
		}
		return
	}
	if !d.Map() {
		r.m.others++
		return
	}
	api, kind := d.Str("apiVersion"), d.Str("kind")
	if kind == "" && listKind != "" && listKind != "List" {
		kind = strings.TrimSuffix(listKind, "List")
		api = or(api, version)
	}
	items := d.Get("items")
	switch {
	case kind == "" || api == "" && listKind == "":
		r.m.others++
	case strings.HasSuffix(kind, "List") && items.List():
		for _, e := range items.Each() {
			r.tree(e, offset, kind, api, depth+1)
		}
	case kind == "Template" && strings.HasPrefix(api, "template.openshift.io/") && d.Get("objects").List():
		for _, e := range d.Get("objects").Each() {
			r.tree(e, offset, "", "", depth+1)
		}
	default:
		r.object(d, d.Line()+offset, api, kind)
	}
}

// object hands on one object of a kind that is read.
func (r *fileReader) object(d decode.Tree, line int, api, name string) {
	k := manifestKind(groupOf(api), name)
	if k == nil || r.m.patch {
		if r.m.notRead == nil {
			r.m.notRead = map[string]int{}
		}
		what := cut(name, 128)
		if g := groupOf(api); g != "" {
			what += "." + cut(g, 253)
		}
		if r.m.patch {
			what = "patches of " + what
		}
		if len(r.m.notRead) < 10_000 {
			r.m.notRead[what]++
		}
		return
	}
	value, _ := d.Value().(map[string]any)
	value["apiVersion"], value["kind"] = api, name
	mend(value)
	raw, err := json.Marshal(value)
	if err != nil {
		r.m.lost(line, fmt.Errorf("%w: %w", err, drover.ErrInvalid))
		return
	}
	o, err := parseObject(raw, r.m.at(line))
	if err != nil {
		if s := d.Get("metadata", "name"); s.Map() {
			r.m.unread(line, templateAdvice) // {{ x }} is a map to YAML
			return
		}
		r.m.lost(line, errors.New(strings.TrimPrefix(err.Error(), r.m.at(line)+": ")))
		return
	}
	r.hand(k, o)
	for _, x := range bundled(k, o) {
		r.hand(x.k, x.o)
	}
}

// hand completes what a manifest may leave to the API server.
func (r *fileReader) hand(k *kind, o *object) {
	switch {
	case !k.namespaced:
		o.Meta.Namespace = ""
	case o.Meta.Namespace == "":
		o.Meta.Namespace = or(r.m.namespace, "default")
	}
	if o.Meta.Name == "" {
		o.Meta.Name = o.Meta.Generate // as many as are made of it are one here
	}
	r.emit(k, o)
}

func groupOf(api string) string {
	group, _, ok := strings.Cut(api, "/")
	if !ok {
		return ""
	}
	return group
}

// manifestKind is kindOf for manifests, which are older than any server and have
// kinds that no server is asked for.
func manifestKind(group, name string) *kind {
	if group == "extensions" {
		switch name {
		case "Deployment", "DaemonSet", "ReplicaSet":
			group = "apps"
		}
	}
	switch {
	case group == "" && name == endpointsKind.name:
		return endpointsKind
	case group == "" && name == configMapKind.name:
		return manifestMapKind
	}
	return kindOf(group, name)
}
