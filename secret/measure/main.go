// Command measure prints what the default scanner finds in labelled corpora, and
// how fast, beside the gitleaks command on the same files.
//
//	go run ./secret/measure [-gitleaks BINARY] [-rounds N] [-creddata DIR [-list]]
//		[-leaky DIR] [-secretlint DIR] [-examples FILE] [DIR ...]
//
// For every DIR: megabytes per CPU-second of both, in interleaved rounds, and the
// number of findings. For -creddata (the layout of Samsung/CredData: data/ and
// meta/*.csv): recall over the lines labelled T, and precision over the lines
// labelled T or F, per tool, category and half. The three others are counted by
// our scanner and then by it with the gitleaks rules only.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/droverhq/drover/secret"
)

// A place is one line of one file.
type place struct {
	path string
	line int
}

// A tool scans a folder and returns where it found something, and its CPU time.
type tool struct {
	name        string
	perCategory bool
	scan        func(dir string) (map[place]bool, time.Duration, error)
}

func main() {
	peer := flag.String("gitleaks", "", "gitleaks binary to compare with")
	cred := flag.String("creddata", "", "CredData folder")
	rounds := flag.Int("rounds", 3, "rounds per folder")
	leakyDir := flag.String("leaky", "", "leaky-repo folder")
	lintDir := flag.String("secretlint", "", "folder of secretlint rule snapshots")
	exampleFile := flag.String("examples", "", "file of rule examples, JSON lines")
	list := flag.Bool("list", false, "list the lines of the tune half that are judged wrongly")
	flag.Parse()
	same, err := secret.New(secret.Gitleaks())
	if err != nil {
		fail(err)
	}
	tools := []tool{
		{"drover", true, func(dir string) (map[place]bool, time.Duration, error) { return scan(secret.Default(), dir) }},
		{"drover, gitleaks rules only", false, func(dir string) (map[place]bool, time.Duration, error) { return scan(same, dir) }},
	}
	if *peer != "" {
		tools = append(tools, tool{"gitleaks", true, func(dir string) (map[place]bool, time.Duration, error) { return runPeer(*peer, dir) }})
	}
	for _, dir := range flag.Args() {
		if err := speed(tools, dir, *rounds); err != nil {
			fail(err)
		}
	}
	for _, c := range []struct {
		path string
		run  func(*secret.Scanner, string) error
	}{{*leakyDir, leaky}, {*lintDir, lint}, {*exampleFile, examples}} {
		if c.path == "" {
			continue
		}
		for _, s := range []*secret.Scanner{secret.Default(), same} {
			if err := c.run(s, c.path); err != nil {
				fail(err)
			}
		}
	}
	if *cred != "" {
		if err := score(tools, *cred, *list); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "measure:", err)
	os.Exit(1)
}

func scan(s *secret.Scanner, dir string) (map[place]bool, time.Duration, error) {
	found := map[place]bool{}
	begin := cpu()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, h := range s.Scan(filepath.ToSlash(path), data) {
			for line := h.Line; line <= h.EndLine; line++ {
				found[place{path, line}] = true
			}
		}
		return nil
	})
	return found, cpu() - begin, err
}

func runPeer(peer, dir string) (map[place]bool, time.Duration, error) {
	tmp, err := os.MkdirTemp("", "measure")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(tmp)
	report := filepath.Join(tmp, "report.json")
	cmd := exec.Command(peer, "dir", "--no-banner", "--exit-code", "0", "-f", "json", "-r", report, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, 0, fmt.Errorf("run gitleaks: %w: %s", err, out)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		return nil, 0, err
	}
	var list []struct {
		File               string
		StartLine, EndLine int
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, 0, err
	}
	found := map[place]bool{}
	for _, f := range list {
		for line := f.StartLine; line <= max(f.StartLine, f.EndLine); line++ {
			found[place{f.File, line}] = true
		}
	}
	return found, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

func speed(tools []tool, dir string, rounds int) error {
	var size int64
	files := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size, files = size+info.Size(), files+1
		}
		return err
	})
	if err != nil {
		return err
	}
	times := make([][]time.Duration, len(tools))
	lines := make([]int, len(tools))
	for range rounds {
		for i, t := range tools {
			found, used, err := t.scan(dir)
			if err != nil {
				return err
			}
			times[i], lines[i] = append(times[i], used), len(found)
		}
	}
	mb := float64(size) / 1e6
	fmt.Printf("%s: %d files, %.1f MB, %d rounds, median\n", filepath.Base(dir), files, mb, rounds)
	for i, t := range tools {
		slices.Sort(times[i])
		median := times[i][len(times[i])/2]
		fmt.Printf("  %-28s %8.1f MB/cpu-s  %7.2f s  %d lines with findings\n", t.name, mb/median.Seconds(), median.Seconds(), lines[i])
	}
	return nil
}
