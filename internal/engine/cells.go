package engine

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/connector/rows"
	"github.com/droverhq/drover/export"
)

// A Cell is a column of CSV: a field of the items of a list, under the name that it
// has in their JSON. An object is written by what it is called or says first (owner:
// its name), and OBJECT.FIELD is a cell of its own. Command line and API write the
// same cells, so that the same list is the same file by either.
type Cell struct {
	Name string

	path  []int // of reflect's fields, through pointers
	part  bool  // it is OBJECT.FIELD
	whole bool  // it is an object that has parts
	asked bool  // the item has it only where it is asked for
}

type usual struct {
	names []string
	other map[string]string // name -> cell
}

// usualCells are the cells of a list unless others are asked for, and what the
// command line calls some that lie deeper.
var usualCells = map[string]usual{
	"identities":  {names: strings.Fields("id name type nhi_type env owner credentials created last_used lifecycle risk tier sources verdict naming tags ref")},
	"humans":      {names: strings.Fields("id name type env owner credentials created last_used lifecycle risk tier sources verdict tags ref")},
	"credentials": {names: strings.Fields("id name type identity_name places created expires last_used status fingerprint sources ref")},
	"findings": {names: strings.Fields("id severity state check subject what owner risk type ref why evidence fix command breaks controls first_seen last_seen fixed_by exception fingerprint"),
		other: map[string]string{"type": "subject.type", "ref": "subject.ref", "command": "fix.command"}},
	"items": {names: strings.Fields("id name kind type env owner created sources tags ref")},
	"fixes": {names: strings.Fields("id severity title risk_removed findings breaks owners action objects how")},
}

// Cells are the columns of CSV of a list whose items are of the type of item: those
// that are named, in their order, else the usual ones. A name that is none wraps
// drover.ErrInvalid.
func Cells(noun string, item any, named []string) ([]Cell, error) {
	all, usual := typeCells(reflect.TypeOf(item)), usually(noun, item)
	find := func(name string) int {
		at := slices.IndexFunc(all, func(c Cell) bool { return c.Name == name })
		if deeper := usual.other[name]; at < 0 && deeper != "" {
			at = slices.IndexFunc(all, func(c Cell) bool { return c.Name == deeper })
		}
		return at
	}
	if len(named) == 0 {
		named = usual.names
	}
	var out []Cell
	for _, name := range named {
		at := find(name)
		if at < 0 {
			return nil, fmt.Errorf("there is no column %q; there are %s: %w", name, strings.Join(CellNames(noun, item), ", "), drover.ErrInvalid)
		}
		c := all[at]
		c.Name = name
		out = append(out, c)
	}
	if len(named) == 0 { // a list that has no usual ones: all of it, in parts
		out = slices.DeleteFunc(slices.Clone(all), func(c Cell) bool { return c.whole || c.asked })
	}
	return out, nil
}

// FieldNames are the names of the fields of an item in JSON.
func FieldNames(item any) []string {
	var names []string
	for _, c := range typeCells(reflect.TypeOf(item)) {
		if !c.part {
			names = append(names, c.Name)
		}
	}
	return names
}

// CellNames are the names of every cell of a list, those of OBJECT.FIELD apart.
func CellNames(noun string, item any) []string {
	names := FieldNames(item)
	for _, name := range usually(noun, item).names {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func usually(noun string, item any) usual {
	if _, ok := item.(Item); ok {
		noun = "items"
	}
	return usualCells[noun]
}

// Row is an item in cells, fit for a spreadsheet: what nobody sees is written out,
// and what would be taken for a formula begins with an apostrophe. What is not known
// is empty, what nobody owns has the owner none, a moment is RFC 3339, a list is joined by "; ".
func Row(cells []Cell, item any, row []string) []string {
	const most = 32_000 // bytes: what the common spreadsheets take in one cell
	v := reflect.ValueOf(item)
	if f, ok := item.(drover.Finding); ok {
		v = reflect.ValueOf(f.JSON())
	}
	v = reflect.Indirect(v)
	for _, c := range cells {
		text := c.of(v)
		if text == "" && c.Name == "owner" {
			text = "none" // which is known: what nobody owns
		}
		row = append(row, rows.Formula(export.Visible(text, most, false)))
	}
	return row
}

var cellsKnown sync.Map // reflect.Type -> []Cell: what a type has never changes

func typeCells(t reflect.Type) []Cell {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[drover.Finding]() {
		t = reflect.TypeFor[drover.FindingJSON]()
	}
	if c, ok := cellsKnown.Load(t); ok {
		return c.([]Cell)
	}
	cells := cellsIn(t, "", nil)
	cellsKnown.Store(t, cells)
	return cells
}

func cellsIn(t reflect.Type, prefix string, path []int) []Cell {
	var cells []Cell
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		at := append(append([]int(nil), path...), i)
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if f.Anonymous && name == "" && inner.Kind() == reflect.Struct {
			cells = append(cells, cellsIn(inner, prefix, at)...)
			continue
		}
		if name == "" {
			name = f.Name
		}
		c := Cell{Name: prefix + name, path: at, part: prefix != "", asked: f.Tag.Get("asked") != ""}
		c.whole = prefix == "" && inner.Kind() == reflect.Struct && !written(inner)
		cells = append(cells, c)
		if !c.whole {
			continue
		}
		for _, deeper := range cellsIn(inner, name+".", at) {
			deeper.asked = c.asked
			cells = append(cells, deeper)
		}
	}
	return cells
}

// written says that a struct writes itself in JSON.
func written(t reflect.Type) bool {
	return t == reflect.TypeFor[access.Set]() || t.Implements(reflect.TypeFor[json.Marshaler]())
}

func (c Cell) of(v reflect.Value) string {
	for _, i := range c.path {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return ""
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return cellText(v)
}

// firstSaid are the fields by which an object is written, the first that it has.
var firstSaid = []string{"name", "value", "at", "text", "things", "used", "conforms"}

func cellText(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case time.Time:
		if x.IsZero() {
			return ""
		}
		return x.UTC().Format(time.RFC3339)
	case drover.FindingProof:
		return x.Text + " (" + x.Source + ", " + string(x.Grade) + ")"
	case PlaceView:
		return x.where()
	}
	if v.Type().Implements(reflect.TypeFor[json.Marshaler]()) {
		return cellJSON(v)
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if s, ok := v.Interface().(fmt.Stringer); ok {
			return s.String()
		}
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Struct:
		for _, name := range firstSaid {
			for i := range v.NumField() {
				if tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); tag == name {
					return cellText(v.Field(i))
				}
			}
		}
	case reflect.Slice:
		if k := v.Type().Elem(); k.Kind() == reflect.String || k == reflect.TypeFor[drover.FindingProof]() || k == reflect.TypeFor[PlaceView]() {
			parts := make([]string, v.Len())
			for i := range parts {
				parts[i] = cellText(v.Index(i))
			}
			return strings.Join(parts, "; ")
		}
		if v.Len() == 0 {
			return ""
		}
	case reflect.Map:
		if v.Len() == 0 {
			return ""
		}
	}
	return cellJSON(v)
}

func cellJSON(v reflect.Value) string {
	raw, err := JSON(v.Interface())
	if err != nil || string(raw) == "{}" || string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// where is a place in one word: its file and line, or else what it is called.
func (p PlaceView) where() string {
	switch {
	case p.File == nil && p.Name == "":
		return string(p.Ref)
	case p.File == nil:
		return p.Name
	case p.Line == nil:
		return *p.File
	}
	return fmt.Sprintf("%s:%d", *p.File, *p.Line)
}
