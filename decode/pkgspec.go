package decode

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Package is what a server's command downloads and runs.
type Package struct {
	Manager string // npm, pypi, docker, go, deno, …; "" a local program
	Name    string
	Version string // as asked for: "1.2.3", "latest", ">=2"; "" none
	Digest  string // of a container image
	Pinned  bool   // an exact version or digest: the code cannot change under it
}

var (
	exactVersion = regexp.MustCompile(`^v?\d+\.\d+(?:\.\d+)*(?:[-+.]?[0-9A-Za-z][0-9A-Za-z.+-]*)?$`)
	commitHash   = regexp.MustCompile(`^[0-9a-f]{40}$|^[0-9a-f]{64}$`)
)

// runners start packages: the manager they ask, and the flags that take a value.
var runners = map[string]struct {
	manager string
	valued  []string
}{
	"npx":     {"npm", []string{"-p", "--package", "-c", "--call", "--registry", "--prefix", "--cache"}},
	"bunx":    {"npm", []string{"-p", "--package"}},
	"pnpx":    {"npm", []string{"--package"}},
	"uvx":     {"pypi", []string{"--from", "--with", "--python", "-p", "--index-url", "--index", "--default-index", "--extra-index-url", "--directory", "--refresh-package"}},
	"pipx":    {"pypi", []string{"--spec", "--python", "--pip-args", "--index-url"}},
	"uv":      {"pypi", []string{"--from", "--with", "--python", "-p", "--directory", "--index-url", "--project"}},
	"docker":  {"docker", nil},
	"podman":  {"docker", nil},
	"nerdctl": {"docker", nil},
	"go":      {"go", nil},
	"deno":    {"deno", nil},
}

// packageOf says what a command downloads and runs. Shell wrappers ("cmd /c
// npx", "bash -c") and full paths are looked through.
func packageOf(command string, args []string) Package {
	tool := strings.ToLower(path.Base(strings.ReplaceAll(command, `\`, "/")))
	tool = strings.TrimSuffix(strings.TrimSuffix(tool, ".exe"), ".cmd")
	switch tool {
	case "cmd", "sh", "bash", "zsh", "powershell", "pwsh", "env", "sudo", "wsl":
		for i, a := range args {
			if f := strings.Fields(a); len(f) > 1 && runs(f[0]) {
				return packageOf(f[0], f[1:])
			}
			if runs(a) {
				return packageOf(a, args[i+1:])
			}
		}
		return Package{}
	case "npm", "pnpm", "yarn", "bun":
		if len(args) > 0 && slices.Contains([]string{"exec", "x", "dlx"}, args[0]) {
			return packageOf("npx", args[1:])
		}
		return Package{}
	case "python", "python3", "node":
		return Package{}
	}
	r, ok := runners[tool]
	if !ok {
		return Package{}
	}
	spec := ""
	switch tool {
	case "docker", "podman", "nerdctl":
		spec = imageOf(args)
	case "uv":
		if len(args) < 2 || args[0] != "tool" || args[1] != "run" {
			return Package{}
		}
		spec = specOf(args[2:], r.valued)
	case "pipx":
		if len(args) < 1 || args[0] != "run" {
			return Package{}
		}
		spec = specOf(args[1:], r.valued)
	case "go", "deno":
		if len(args) < 1 || args[0] != "run" {
			return Package{}
		}
		spec = specOf(args[1:], nil)
		if tool == "go" && !strings.Contains(spec, "@") {
			return Package{} // a local folder
		}
	default:
		spec = specOf(args, r.valued)
	}
	if spec == "" {
		return Package{}
	}
	return parseSpec(r.manager, spec)
}

func runs(tool string) bool {
	tool = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(tool, `\`, "/"))), ".exe"), ".cmd")
	_, ok := runners[tool]
	return ok || slices.Contains([]string{"npm", "pnpm", "yarn", "bun"}, tool)
}

// specOf returns what --package, --from or --spec names, else the first
// argument that is no flag.
func specOf(args, valued []string) string {
	first := ""
	for i := 0; i < len(args); i++ {
		a := args[i]
		flag, v, joined := strings.Cut(a, "=")
		if slices.Contains([]string{"--package", "--from", "--spec"}, flag) || a == "-p" && slices.Contains(valued, "--package") {
			if !joined && i+1 < len(args) {
				v = args[i+1]
			}
			return v
		}
		switch {
		case strings.HasPrefix(a, "-"):
			if slices.Contains(valued, a) {
				i++
			}
		case first == "":
			first = a
		}
	}
	return first
}

// dockerFlags are the switches of "docker run" that take no value (docker run
// reference); every other flag without "=" takes the next argument.
var dockerFlags = []string{"--rm", "--init", "--privileged", "--read-only", "--detach", "--interactive", "--tty", "--publish-all", "--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--disable-content-trust", "--quiet", "--help"}

// imageOf returns the image of "run [flags] image …".
func imageOf(args []string) string {
	at := slices.Index(args, "run")
	if at < 0 {
		return ""
	}
	for i := at + 1; i < len(args); i++ {
		a := args[i]
		switch {
		case !strings.HasPrefix(a, "-"):
			return a
		case strings.HasPrefix(a, "--"):
			if !strings.Contains(a, "=") && !slices.Contains(dockerFlags, a) {
				i++
			}
		case strings.Trim(a, "-ditPq") != "" && len(a) == 2:
			i++
		}
	}
	return ""
}

// parseSpec takes name and version apart as the manager writes them.
func parseSpec(manager, spec string) Package {
	p := Package{Manager: manager}
	if i := strings.Index(spec, "git+"); i >= 0 || strings.HasPrefix(spec, "github:") {
		p.Manager = "git"
		p.Name, p.Version, _ = strings.Cut(spec[max(i, 0):], "#")
		if at := strings.LastIndex(p.Name, "@"); p.Version == "" && at > strings.LastIndex(p.Name, "/") {
			p.Name, p.Version = p.Name[:at], p.Name[at+1:]
		}
		p.Pinned = commitHash.MatchString(p.Version)
		return p
	}
	if strings.HasPrefix(spec, "./") || strings.HasPrefix(spec, "/") || strings.HasPrefix(spec, "~") {
		return Package{}
	}
	switch manager {
	case "docker":
		return image(spec)
	case "pypi":
		i := strings.IndexAny(spec, "=<>~!@ ")
		if i < 0 {
			p.Name = spec
			return p
		}
		p.Name, p.Version = spec[:i], strings.TrimSpace(spec[i:])
		p.Version = strings.TrimPrefix(strings.TrimPrefix(p.Version, "=="), "@")
	case "deno":
		p.Manager, spec, _ = strings.Cut(spec, ":")
		if p.Manager == "https" || p.Manager == "http" || spec == "" {
			return Package{Manager: "deno", Name: p.Manager + ":" + spec}
		}
		fallthrough
	default:
		p.Name = spec
		if at := strings.LastIndex(spec, "@"); at > 0 {
			p.Name, p.Version = spec[:at], spec[at+1:]
		}
	}
	p.Pinned = exactVersion.MatchString(p.Version)
	return p
}

// image takes repository, tag and digest of a container image apart. A tag can
// be moved; only a digest pins.
func image(ref string) Package {
	p := Package{Manager: "docker"}
	p.Name, p.Digest, _ = strings.Cut(ref, "@")
	if i := strings.LastIndex(p.Name, ":"); i > strings.LastIndex(p.Name, "/") {
		p.Name, p.Version = p.Name[:i], p.Name[i+1:]
	}
	p.Pinned = strings.HasPrefix(p.Digest, "sha256:")
	return p
}
