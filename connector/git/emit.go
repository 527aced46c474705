package git

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// emit says where the secrets are that were found in commits.
func (sc *scanner) emit(kept []finding) {
	now := sc.inHead()
	commits := map[int32]gitobj.CommitInfo{}
	for _, f := range kept {
		path := sc.h.paths[f.path]
		attrs := map[string]any{"path": sc.show(path), "line": f.line, "exposure": sc.exposure, "exposure_because": sc.because, "repository": sc.name}
		if sc.remote != "" {
			attrs["remote"] = sc.remote
		}
		attrs["in_head"] = now[presence{f.path, f.cred}]
		s := spot{f: f, path: path, attrs: attrs}
		if f.commit == before {
			s.id = fmt.Sprintf("%s#%s", sc.key(path), strings.TrimPrefix(string(f.print), "hs256:")[:12])
			s.name = fmt.Sprintf("%s:%d", sc.show(path), f.line)
			s.proof = s.name
		} else {
			name := sc.commitName(f.commit)
			info, ok := commits[f.commit]
			if !ok {
				info, _ = readCommit(sc.reader, sc.graph.ids[f.commit]) // it was read before; see loadGraph
				commits[f.commit] = info
			}
			s.id = fmt.Sprintf("%s:%d@%s", sc.key(path), f.line, name)
			s.name = fmt.Sprintf("%s:%d@%s", sc.show(path), f.line, name[:12])
			s.proof = fmt.Sprintf("%s:%d@%s", sc.show(path), f.line, name)
			s.author = describe(info, name, attrs)
			s.last = sc.last[presence{f.path, f.cred}]
			s.lastName = sc.commitName(s.last)
			sc.lastAuthor(s, attrs)
			if f.commit >= sc.graph.reached {
				attrs["only_in_reflog"] = true
			}
		}
		sc.place(sc.at(path), s)
	}
}

// lastAuthor adds who brought the last version with the secret in it, where that
// is another commit than the one that brought the secret.
func (sc *scanner) lastAuthor(s spot, attrs map[string]any) {
	if s.lastName == "" || s.last == s.f.commit {
		return
	}
	info, err := readCommit(sc.reader, sc.graph.ids[s.last])
	if err != nil {
		return
	}
	for key, text := range map[string]string{"last_author": info.Author.Name, "last_author_email": info.Author.Email} {
		if text = clip(secret.RedactString(text)); text != "" {
			attrs[key] = text
		}
	}
}

// A spot is a place to be emitted.
type spot struct {
	f      finding
	path   string
	id     string
	name   string
	proof  string
	author gitobj.Person
	attrs  map[string]any

	last     int32 // the commit that brought the last version with it, if it has a name
	lastName string
}

func (sc *scanner) placeRef(id string) drover.Ref { return drover.NewRef("git", sc.id, "place", id) }

// place emits a place, the credential in it, and what joins them.
func (sc *scanner) place(out *connector.Out, s spot) {
	ref := sc.placeRef(s.id)
	out.Node(drover.Node{Ref: ref, Kind: drover.KindPlace, Type: "git.line", Name: s.name, Attrs: drover.NewAttrs(s.attrs)})
	out.Edge(drover.Edge{From: sc.ref, To: ref, Kind: drover.EdgeContains})
	out.Node(sc.repository.node())
	c := sc.creds[s.f.cred]
	out.Node(c.node)
	proof := s.proof + " rule " + s.f.rule
	if s.f.decoded != "" {
		proof += ", written in " + s.f.decoded
	}
	out.Edge(drover.Edge{From: c.node.Ref, To: ref, Kind: drover.EdgeStoredIn, Part: s.f.rule, Proof: proof})
	opens := c.opens
	if s.f.opens != nil {
		opens = append(opens[:len(opens):len(opens)], *s.f.opens)
	}
	for _, who := range s.f.also {
		if !slices.ContainsFunc(opens, func(o drover.Node) bool { return o.Ref == who.Ref }) {
			opens = append(opens[:len(opens):len(opens)], *who)
		}
	}
	for _, who := range opens {
		out.Node(who)
		out.Edge(drover.Edge{From: c.node.Ref, To: who.Ref, Kind: drover.EdgeAuthenticates, Grade: drover.GradeInferred, Proof: "its value, found at " + s.proof})
	}
	if a := mailbox(s.author.Email); a != "" {
		out.Edge(drover.Edge{From: drover.UnseenRef("email:" + a), To: ref, Kind: drover.EdgeCreated, Grade: drover.GradeDeclared, Proof: "author of the commit in " + s.proof})
	}
	if s.lastName != "" && sc.graph.times[s.last] != 0 {
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimFileTime, Source: "git:last_version", At: time.Unix(sc.graph.times[s.last], 0).UTC(), Value: s.lastName, Grade: drover.GradeDeclared})
	}
	if !s.author.Time.IsZero() {
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimFileTime, Source: "git:author", At: s.author.Time, Grade: drover.GradeDeclared})
	}
}

// describe adds what a commit says about itself.
func describe(info gitobj.CommitInfo, name string, attrs map[string]any) gitobj.Person {
	attrs["commit"] = name
	for key, text := range map[string]string{"author": info.Author.Name, "author_email": info.Author.Email} {
		if text = clip(secret.RedactString(text)); text != "" {
			attrs[key] = text
		}
	}
	if t := info.Author.Time; !t.IsZero() {
		attrs["author_time"] = t
	}
	if t := info.Committer.Time; !t.IsZero() {
		attrs["commit_time"] = t
	}
	if info.Signed {
		attrs["signed"] = true
	}
	return info.Author
}

// mailbox is an address in lower case, "" if it is none that could be somebody's.
func mailbox(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || len(s) > 254 || strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r)
	}) || secret.RedactString(s) != s {
		return ""
	}
	return strings.ToLower(s)
}

type presence struct {
	path uint32
	cred drover.Ref
}

// inHead says which secrets the checked-out versions still hold.
func (sc *scanner) inHead() map[presence]bool {
	blobs := map[uint32]map[uint32]bool{} // path -> blobs
	now := map[presence]bool{}
	w := &walker{history: sc.h, r: sc.reader}
	for _, f := range sc.findings {
		if blobs[f.path] == nil {
			blobs[f.path] = map[uint32]bool{}
			for _, h := range sc.heads {
				if id, ok := w.lookup(h.root, sc.h.paths[f.path]); ok {
					if b, ok := sc.h.blobIndex[id]; ok {
						blobs[f.path][b] = true
					}
				}
			}
		}
		if blobs[f.path][f.blob] {
			now[presence{f.path, f.cred}] = true
		}
	}
	return now
}

// lookup finds the blob at a path of a tree.
func (w *walker) lookup(tree gitobj.ID, path string) (gitobj.ID, bool) {
	for {
		name, rest, more := strings.Cut(path, "/")
		data, err := w.tree(tree)
		if err != nil {
			return gitobj.ID{}, false
		}
		var found bool
		tree, found = entryOf(data, tree.Size(), name, more)
		if !found || !more {
			return tree, found
		}
		path = rest
	}
}

// entryOf finds a file, or a folder, by its name in the bytes of a tree.
func entryOf(data []byte, hashSize int, name string, dir bool) (gitobj.ID, bool) {
	for len(data) > 0 {
		e, rest, err := gitobj.NextEntry(data, hashSize)
		if err != nil {
			break
		}
		if data = rest; string(e.Name) == name && e.Dir() == dir {
			return gitobj.RawID(e.ID), true
		}
	}
	return gitobj.ID{}, false
}
