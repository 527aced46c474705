package export

import (
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// A Place is a line of a file.
type Place struct {
	Repository string // "github.com/acme/bi", or the folder it was read from; "": not in a repository
	File       string // with slashes; relative where there is a repository
	Line       int    // from 1; 0: unknown
	Commit     string // "": not committed
}

// PlaceOf is the first file place among the subject of a finding, what its fix
// changes and what proves it. Ok is false where none is a place in a file.
func PlaceOf(f *drover.Finding) (Place, bool) {
	for _, ref := range append([]drover.Ref{f.Subject.Ref, f.Fix.Object}, f.Path...) {
		if p, ok := placeOf(ref); ok {
			return p, true
		}
	}
	return Place{}, false
}

// placeOf reads the place that a ref names: "git/<repository>/place/<path>:<line>@<commit>",
// and a file of a machine by its absolute path.
func placeOf(ref drover.Ref) (Place, bool) {
	system, tenant, typ, id, ok := ref.Parts()
	switch {
	case !ok:
		return Place{}, false
	case system == "git" && typ == "place":
		return gitPlace(tenant, id)
	case system == "machine" && typ == "place" && strings.HasPrefix(id, "/"):
		file, _, _ := strings.Cut(id, "#") // what stands after it tells two secrets of one file apart
		return position(Place{}, file), true
	}
	return Place{}, false
}

func gitPlace(repository, id string) (Place, bool) {
	p := Place{Repository: repository}
	if i := strings.LastIndexByte(id, '@'); i >= 0 && isHex(id[i+1:]) {
		id, p.Commit = id[:i], id[i+1:]
	}
	if i := strings.LastIndexByte(id, '#'); i > 0 && p.Commit == "" && isHex(id[i+1:]) {
		id = id[:i] // not committed: named by the secret in it
	}
	p = position(p, id)
	p.File = strings.TrimPrefix(p.File, "/")
	return p, p.File != ""
}

// position reads "<path>:<line>", and a path without one.
func position(p Place, id string) Place {
	if i := strings.LastIndexByte(id, ':'); i > 0 {
		if n, err := strconv.Atoi(id[i+1:]); err == nil && n > 0 {
			id, p.Line = id[:i], n
		}
	}
	p.File = id
	return p
}

func isHex(s string) bool {
	return len(s) >= 7 && strings.Trim(s, "0123456789abcdef") == ""
}
