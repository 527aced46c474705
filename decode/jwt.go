package decode

import (
	"time"

	"github.com/droverhq/drover"
)

// JWT is a JSON Web Token, read and not verified: everything in it is what the
// bearer says.
type JWT struct {
	Alg, KeyID, Type           string
	Issuer, Subject, ID        string
	Audience                   []string
	Issued, NotBefore, Expires time.Time // zero: the claim is absent
	Header, Claims             drover.Attrs
	Signed                     bool // has a signature part that is not empty
}
