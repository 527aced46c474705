package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// FormatOf tells the format by a file's name, with .gz and .zst taken off;
// FormatAuto when the name does not say.
func FormatOf(name string) Format {
	name = strings.ToLower(name)
	for _, z := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, z)
	}
	for suffix, f := range map[string]Format{".jsonl": FormatJSONL, ".ndjson": FormatJSONL, ".csv": FormatCSV, ".tsv": FormatTSV, ".ldif": FormatLDIF, ".json": FormatJSON} {
		if strings.HasSuffix(name, suffix) {
			return f
		}
	}
	return FormatAuto
}

// sniff tells the format by the first line.
func sniff(line []byte) Format {
	line = bytes.TrimSpace(line)
	switch {
	case bytes.HasPrefix(line, []byte("{")) && bytes.HasSuffix(line, []byte("}")):
		return FormatJSONL
	case bytes.HasPrefix(line, []byte("{")), bytes.HasPrefix(line, []byte("[")):
		return FormatJSON
	case bytes.HasPrefix(line, []byte("dn:")), bytes.HasPrefix(line, []byte("version: 1")), bytes.HasPrefix(line, []byte("#")):
		return FormatLDIF
	}
	return FormatCSV
}

// Resolve settles what reads an input: its format where that is auto, and its
// mapping where none is given. A nil mapping with format jsonl stands for a
// stream of records. It reads no more than the first line.
func Resolve(in *Input, m *Mapping, limit int64) (*Mapping, error) {
	if m != nil && (in.Format == FormatAuto || in.Format == "") && m.Format != "" {
		in.Format = m.Format
	}
	if in.Format != FormatAuto && in.Format != "" && (m != nil || in.Format == FormatJSONL) {
		return m, nil
	}
	line, err := firstLine(in, limit)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", in.Place, err)
	}
	if in.Format == FormatAuto || in.Format == "" {
		in.Format = sniff(line)
	}
	switch {
	case m != nil || in.Format == FormatJSONL:
		return m, nil
	case in.Format == FormatLDIF:
		return Preset("ldap")
	case in.Format == FormatJSON:
		return nil, fmt.Errorf("%s: JSON needs a mapping, or format: jsonl for a stream of records; %s: %w", in.Place, say(in.Place), drover.ErrInvalid)
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: it is empty, so its columns cannot be told: %w", in.Place, drover.ErrInvalid)
	}
	c := newCSVReader(bytes.NewReader(line), delimiter("", in.Format, line))
	header, err := c.read()
	if err != nil {
		return nil, fmt.Errorf("%s: header: %w", in.Place, err)
	}
	if m, err = detect(header, "; "+say(in.Place)); err != nil {
		return nil, fmt.Errorf("%s: %w", in.Place, err)
	}
	return m, nil
}

// say is what to write where the mapping of an input cannot be told. It quotes
// no column: without a header row these would be values.
func say(place string) string {
	return fmt.Sprintf("say which reads it: drover source add ID file paths=%s mapping=NAME, or in drover.yaml - {id: ID, kind: file, paths: [%[1]s], mapping: NAME}; NAME is one of %s, or the path of a mapping file of your own",
		strconv.Quote(place), strings.Join(Presets(), ", "))
}

func firstLine(in *Input, limit int64) ([]byte, error) {
	f, err := in.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := Plain(f, limit)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	l := newLineReader(decoded(p, ""))
	for {
		line, err := l.next()
		if errors.Is(err, errLong) || err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		return bytes.Clone(line), err
	}
}
