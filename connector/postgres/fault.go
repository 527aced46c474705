package postgres

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/droverhq/drover"
)

// clean turns an error of the driver into one that may be shown: no secret, no
// control characters, bounded, and wrapping the sentinel to act on. The server
// is not trusted: with password authentication it could echo the password.
//
// Codes: PostgreSQL documentation, appendix A.
func (k *client) clean(err error) error {
	if err == nil {
		return nil
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if errors.Is(err, drover.ErrInvalid) {
			return err
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return errSlow
		}
		return fmt.Errorf("%s: %w", k.scrub(err.Error()), drover.ErrTransient)
	}
	text := fmt.Sprintf("%s (SQLSTATE %s)", k.scrub(pg.Message), k.scrub(pg.Code))
	class := ""
	if len(pg.Code) == 5 {
		class = pg.Code[:2]
	}
	switch {
	case pg.Code == "28P01" || pg.Code == "28000" || pg.Code == "42501":
		return fmt.Errorf("%s: %w", text, drover.ErrPermission)
	case class == "08" && strings.Contains(pg.Message, "startup parameter"):
		return fmt.Errorf("%s; connect to the server itself, not through a pooler: %w", text, drover.ErrInvalid)
	case class == "08" || class == "53" || class == "57" && pg.Code != "57014" || class == "40":
		return fmt.Errorf("%s: %w", text, errRefused)
	}
	return errors.New(text)
}

// errSlow is not tried again at once: waiting has been tried.
var errSlow = fmt.Errorf("no answer in time; is the server, or something between, overloaded? %w", drover.ErrTransient)

// errRefused is a transient refusal that the server itself spoke.
var errRefused = fmt.Errorf("refused by the server: %w", drover.ErrTransient)

// scrub takes the secrets of the connection string out of a text, in every form
// in which they may stand there, and makes it one printable line.
func (k *client) scrub(s string) string {
	for _, secret := range k.secrets {
		if secret == "" {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret)),
			strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="), strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(secret)), "=")} {
			s = strings.ReplaceAll(s, form, "REDACTED")
		}
	}
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return cut(s, 500)
}

// quote shows a name in a note or an error: one line, ASCII, bounded.
func quote(name string) string { return strconv.QuoteToASCII(cut(name, 200)) }

// cut shortens s to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
