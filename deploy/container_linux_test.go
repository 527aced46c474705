package deploy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The image and the manifest agree on who runs it, what is run and where it writes.
func TestContainerfile(t *testing.T) {
	said := map[string]string{}
	for line := range strings.Lines(read(t, "Containerfile")) {
		if word, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok && word != "#" {
			said[word] = rest
		}
	}
	for _, d := range documents(t) {
		if d["kind"] != "Deployment" {
			continue
		}
		pod := field(d, "spec", "template", "spec")
		container := field(pod, "containers").([]any)[0]
		if user := fmt.Sprint(field(pod, "securityContext", "runAsUser"), ":", field(pod, "securityContext", "runAsGroup")); said["USER"] != user {
			t.Errorf("USER %s, the pod runs as %s", said["USER"], user)
		}
		var args []string
		for _, a := range field(container, "args").([]any) {
			args = append(args, a.(string))
		}
		var cmd []string
		if err := json.Unmarshal([]byte(said["CMD"]), &cmd); err != nil || !slices.Equal(cmd, args) {
			t.Errorf("CMD %s, %v; the pod gives %v", said["CMD"], err, args)
		}
		if field(container, "command") != nil {
			t.Error("the pod names a command of its own")
		}
		home := ""
		for _, v := range field(container, "env").([]any) {
			if field(v, "name") == "DROVER_HOME" {
				home, _ = field(v, "value").(string)
			}
		}
		if said["ENV"] != "DROVER_HOME="+home {
			t.Errorf("ENV %s, the pod sets %s", said["ENV"], home)
		}
	}
	if said["COPY"] != "bin/drover /drover" || said["ENTRYPOINT"] != `["/drover"]` {
		t.Errorf("COPY %s, ENTRYPOINT %s", said["COPY"], said["ENTRYPOINT"])
	}
}

// The program needs nothing of what the image does not have: it works in a root that
// holds it, a folder for its data and one for temporary files, as a user without a name.
// No image is built here, for that takes a registry.
func TestAlone(t *testing.T) {
	root := t.TempDir()
	build := exec.Command("go", "build", "-tags", "grpcnotrace", "-o", filepath.Join(root, "drover"), "../cmd/drover")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, dir := range []string{"data", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const nobody = 65532
	attr := &syscall.SysProcAttr{Chroot: root, Cloneflags: syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}}
	if os.Geteuid() == 0 {
		attr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		for dir := root; dir != filepath.Dir(os.TempDir()) && dir != os.TempDir(); dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // whoever runs the program has to reach it
				t.Fatal(err)
			}
		}
		if err := errors.Join(os.Chown(filepath.Join(root, "data"), nobody, nobody), os.Chown(filepath.Join(root, "tmp"), nobody, nobody)); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command("/drover", args...)
		cmd.Dir, cmd.Env, cmd.SysProcAttr = "/data", []string{"DROVER_HOME=/data", "TMPDIR=/tmp"}, attr
		out, err := cmd.Output()
		if err != nil {
			var x *exec.ExitError
			_ = errors.As(err, &x)
			t.Fatalf("drover %s: %v\n%s", strings.Join(args, " "), err, x.Stderr)
		}
		return out
	}
	run("demo", "load", "-o", "json")
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(run("list", "--limit", "3", "-o", "json"), &list); err != nil || len(list.Items) != 3 {
		t.Errorf("%v: %d identities, want 3", err, len(list.Items))
	}
}
