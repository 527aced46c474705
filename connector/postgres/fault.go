package postgres

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
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
		text := "the connection failed; the cause is not shown, for the password is too short to be told from other text"
		if !k.short {
			text = k.scrub(err.Error())
		}
		return fmt.Errorf("%s: %w", text, drover.ErrTransient)
	}
	class := ""
	if plainCode.MatchString(pg.Code) {
		class = pg.Code[:2]
	}
	text := "the server refused"
	if !k.short {
		text = k.scrub(pg.Message)
	}
	if class != "" {
		text += " (SQLSTATE " + k.scrub(pg.Code) + ")"
	}
	switch {
	case pg.Code == "28P01" || pg.Code == "28000" || pg.Code == "42501" || pg.Code == "25006": // the last: not in a read-only transaction
		return fmt.Errorf("%s: %w", text, drover.ErrPermission)
	case class == "08" && strings.Contains(pg.Message, "startup parameter"):
		return fmt.Errorf("%s; connect to the server itself, not through a pooler: %w", text, drover.ErrInvalid)
	case class == "08" || class == "53" || class == "57" && pg.Code != "57014" || class == "40":
		return fmt.Errorf("%s: %w", text, errRefused)
	}
	return errors.New(text)
}

// plainCode is the form of every SQLSTATE.
var plainCode = regexp.MustCompile(`^[0-9A-Z]{5}$`)

// errSlow is not tried again at once: waiting has been tried.
var errSlow = fmt.Errorf("no answer in time; is the server, or something between, overloaded? %w", drover.ErrTransient)

// errRefused is a transient refusal that the server itself spoke.
var errRefused = fmt.Errorf("refused by the server: %w", drover.ErrTransient)

// minSecret is the length in bytes below which a secret cannot be taken out of a
// text: each REDACTED inside a word would tell which letters it stands for. No
// text of others is shown while the connection string holds such a one.
const minSecret = 4

// scrub takes the secrets of the connection string out of a text, in every form
// in which they may stand there, and makes it one printable line.
func (k *client) scrub(s string) string {
	for _, secret := range k.secrets {
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
