package machine

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

// jetBrainsPlugin reads the head of a plugin.xml: id, name, version and vendor
// (IntelliJ Platform SDK, plugin configuration file). encoding/xml expands no
// entity that the document defines.
func jetBrainsPlugin(data []byte) (decode.Extension, error) {
	e := decode.Extension{Kind: "jetbrains"}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	depth, field := 0, ""
	for tokens := 0; tokens < 100_000; tokens++ {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return e, fmt.Errorf("read plugin.xml: %w: %w", err, drover.ErrInvalid)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth == 2 {
				field = t.Name.Local
			}
		case xml.EndElement:
			if depth--; depth == 1 {
				field = ""
			}
		case xml.CharData:
			if depth != 2 {
				continue
			}
			text := strings.TrimSpace(string(t))
			switch field {
			case "id":
				e.ID += text
			case "name":
				e.Name += text
			case "version":
				e.Version += text
			case "vendor":
				e.Publisher += text
			}
		}
	}
	if e.ID == "" && e.Name == "" {
		return e, fmt.Errorf("read plugin.xml: no id and no name: %w", drover.ErrInvalid)
	}
	return e, nil
}
