package rows

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode/utf8"
)

// Questionnaire is the header of an interview: the questions a team answers,
// one row for each account. The preset interview reads them by these names.
var Questionnaire = []string{"team", "name", "what_it_does", "owner_email", "system", "account_name", "account_id", "where_the_secret_lies", "last_used", "rotate_how"}

// WriteQuestionnaire writes an interview as CSV: the header, and a row for each
// answer that is already known, by question. Cells that a spreadsheet would run
// as formulas are quoted; the preset undoes that.
func WriteQuestionnaire(w io.Writer, known []map[string]string) error {
	out := csv.NewWriter(w)
	if err := out.Write(Questionnaire); err != nil {
		return err
	}
	for _, k := range known {
		row := make([]string, len(Questionnaire))
		for i, q := range Questionnaire {
			row[i] = Formula(strings.ToValidUTF8(strings.ReplaceAll(k[q], "\x00", ""), "\uFFFD"))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Formula makes text safe for a spreadsheet: one ' goes before what begins like a
// formula, or with a ' already, so that a mapping with unquote: true undoes it.
func Formula(s string) string {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0"))
	if size > 0 && strings.ContainsRune("=+-@\t\r\n'|%\uff1d\uff0b\uff0d\uff20", first) {
		return "'" + s
	}
	return s
}
