package remedy

import "strings"

// Quote writes one argument for a POSIX shell, whatever is in it. A NUL, which no
// argument can hold, is left out.
func Quote(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if s != "" && s[0] != '~' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@=,+%") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Ident writes an SQL identifier (PostgreSQL documentation, 4.1.1 Identifiers and
// Key Words; Snowflake, Identifier requirements): always quoted, so that case and
// reserved words stay what they are.
func Ident(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), `"`, `""`) + `"`
}

// Literal writes an SQL string constant for PostgreSQL. One with a backslash is
// written as an escape string, which means the same whatever
// standard_conforming_strings is (4.1.2.2 String Constants with C-Style Escapes).
func Literal(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''")
	if strings.Contains(s, `\`) {
		return "E'" + strings.ReplaceAll(s, `\`, `\\`) + "'"
	}
	return "'" + s + "'"
}

// snowLiteral writes a string constant of Snowflake, where a backslash always
// escapes (Snowflake documentation, String & binary data types).
func snowLiteral(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''", "\x00", "").Replace(s) + "'"
}

// powerShell writes one argument for PowerShell: in single quotes, each of the
// five characters that end them doubled (about_Quoting_Rules). It is one argument
// for a POSIX shell too, though without the doubled quotes.
func powerShell(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if s != "" && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == "" {
		return s
	}
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch r {
		case '\'', '\u2018', '\u2019', '\u201a', '\u201b':
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

// flag writes an option and its value. A value that begins with a dash would be
// read as an option of its own, so it is joined to the name.
func flag(name, value string) string {
	if strings.HasPrefix(value, "-") {
		return name + "=" + Quote(value)
	}
	return name + " " + Quote(value)
}
