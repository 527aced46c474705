package check

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// Overlap is how long two keys may work side by side while their users move over.
const Overlap = 30 * drover.Day

// OneSuffices reports whether an identity needs one credential of a type at a time,
// so that a second one beside it is the other half of a rotation.
func OneSuffices(typ string) bool {
	for _, end := range [...]string{"access_key", "api_key", "client_secret", "account_key", "application_password", "app_private_key", "service_account_key", "signing_key"} {
		if strings.HasSuffix(typ, end) {
			return true
		}
	}
	return false
}

// Twins are the other credentials of a row's type that prove the same identity,
// switched off ones too; none where it proves several identities.
func (e *Estate) Twins(credential int) (rows []int) {
	holders := e.Holders(credential)
	if len(holders) != 1 {
		return nil
	}
	for _, c := range e.Credentials(holders[0]) {
		if c != credential && e.Graph.Type(c) == e.Graph.Type(credential) && !e.Graph.Unseen(c) {
			rows = append(rows, c)
		}
	}
	return rows
}

// Successor is the one other working credential that was made to take a row's place,
// and when: of the same type and identity, and younger. false: there is none, there
// are several, as where each user has its own, or the type is one of which an
// identity may need more.
func (e *Estate) Successor(credential int) (row int, at time.Time, ok bool) {
	made, known := e.Secret(credential)
	if !known || !OneSuffices(e.Graph.Type(credential)) {
		return 0, at, false
	}
	working := 0
	for _, c := range e.Twins(credential) {
		if e.Off(c) {
			continue
		}
		working++
		if t, known := e.Secret(c); known && t.After(made) {
			row, at, ok = c, t, true
		}
	}
	return row, at, ok && working == 1
}
