package kubernetes

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/droverhq/drover/decode"
)

// kustomizations are the file names that kustomize looks for.
var kustomizations = map[string]bool{"kustomization.yaml": true, "kustomization.yml": true}

// maxKustomization is the longest kustomization that is looked at, in bytes.
const maxKustomization = 1 << 20

const kustomizeAdvice = "not rendered: the files that it lists are read as they are, without its patches, prefixes and generators; scan the output of `kustomize build` for what is applied"

// kustomize takes from each kustomization what makes its files mean something
// else than they say: which of them are patches, and the namespace that they are
// put into.
func (v *survey) kustomize() {
	byPath := map[string]*manifestFile{}
	for _, m := range v.files {
		byPath[m.path] = m
	}
	for _, m := range v.files {
		if !kustomizations[filepath.Base(m.path)] {
			continue
		}
		k, err := readKustomization(m.path)
		if err != nil {
			continue // reading the file says so
		}
		v.problems = append(v.problems, problem{root: m.root, part: m.part, where: m.part, err: errors.New(kustomizeAdvice), note: true})
		dir := filepath.Dir(m.path)
		for _, field := range []string{"patches", "patchesStrategicMerge", "patchesJson6902"} {
			for _, p := range k.Get(field).Each() {
				path := or(p.Str("path"), p.Str())
				if f := byPath[filepath.Join(dir, filepath.FromSlash(path))]; path != "" && f != nil {
					f.patch = true
				}
			}
		}
		ns := k.Str("namespace")
		for _, p := range k.Get("resources").Each() {
			f := byPath[filepath.Join(dir, filepath.FromSlash(p.Str()))]
			switch {
			case f == nil || ns == "":
			case f.namespace != "" && f.namespace != ns:
				f.namespace = "default" // in several, so in none for certain
			default:
				f.namespace = cut(ns, 63)
			}
		}
	}
}

func readKustomization(path string) (decode.Tree, error) {
	f, err := os.Open(path)
	if err != nil {
		return decode.Tree{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKustomization))
	if err != nil {
		return decode.Tree{}, err
	}
	docs, err := decode.Documents("kustomization", data)
	if len(docs) == 0 {
		return decode.Tree{}, errors.Join(err, errors.New("it is empty"))
	}
	return docs[0], nil
}
