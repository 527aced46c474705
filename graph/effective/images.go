package effective

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// maxImages bounds the images of one workload that are looked at.
const maxImages = 64

// image notes a row that is a repository of images or runs some.
func (c *crossing) image(row int, typ string) {
	switch {
	case strings.HasSuffix(typ, ".ecr.repository") || strings.HasSuffix(typ, ".container_repository") || strings.HasSuffix(typ, ".image_repository"):
		c.registry = append(c.registry, row)
	case c.s.Kind(row) == drover.KindWorkload:
		c.workloads = append(c.workloads, row)
	}
}

// images joins a registry's repository to the workloads that run its images:
// whoever controls it runs code as them at their next start, unless they name the
// image by its digest.
func (c *crossing) images(yield func(Edge) bool) bool {
	if len(c.registry) == 0 {
		return true
	}
	by := map[string]int{}
	for _, r := range c.registry {
		for _, name := range append(c.s.Attrs(r).Strings("repositoryUri"), c.s.Aliases(r)...) {
			by[strings.TrimPrefix(name, "image:")] = r
		}
	}
	for _, w := range c.workloads {
		for _, image := range imagesOf(c.s.Attrs(w)) {
			repository, pinned := repositoryOf(image)
			r, ok := by[repository]
			if !ok || pinned {
				continue
			}
			if !yield(Edge{From: uint32(r), To: uint32(w), Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: ImagePull, Grade: drover.GradeInferred,
				Proof: []access.Proof{{Ref: c.s.Ref(w), Effect: "allow", Text: "runs the image " + image}}}) {
				return false
			}
		}
	}
	return true
}

// imagesOf lists the images that a workload's containers run, as its vendor
// writes them down.
func imagesOf(a drover.Attrs) []string {
	out := append(a.Strings("image"), a.Strings("ImageUri")...)
	for _, key := range []string{"containers", "initContainers", "containerDefinitions", "ContainerDefinitions"} {
		list, _ := a.Get(key).([]any)
		for _, c := range list {
			if m, ok := c.(map[string]any); ok {
				if image, ok := m["image"].(string); ok {
					out = append(out, image)
				}
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxImages)]
}

// repositoryOf takes tag and digest off an image reference; pinned: it has a digest.
func repositoryOf(image string) (name string, pinned bool) {
	name, _, pinned = strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return name, pinned
}
