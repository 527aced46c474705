package check

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// Certificate reports whether a row is an X.509 certificate that the connectors
// have read: it says which key it has.
func (e *Estate) Certificate(row int) bool {
	return e.Graph.Kind(row) == drover.KindCredential && strings.HasSuffix(e.Graph.Type(row), "certificate") && e.Graph.Str(row, "key_alg") != ""
}

// Authority reports whether a certificate may sign others and is made to: it has
// no name of a server or a mailbox in it.
func (e *Estate) Authority(row int) bool {
	ca, _ := e.Graph.Flag(row, "ca")
	return ca && !e.names(row)
}

// names reports whether a certificate names whom it is for.
func (e *Estate) names(row int) bool {
	a := e.Graph.Attrs(row)
	for _, key := range [...]string{"dns", "ips", "emails", "uris"} {
		if len(a.Strings(key)) > 0 {
			return true
		}
	}
	return false
}

// Life is how long a credential is good for, from its making to its end; ok is
// false where one is not known.
func (e *Estate) Life(row int) (life time.Duration, ok bool) {
	from, to := e.Graph.Created(row), e.Graph.Expires(row)
	return to.Sub(from), !from.IsZero() && to.After(from)
}

// publicIssuers are organisations whose authorities browsers trust, as they stand
// in issuers: a subset of the Mozilla root programme that signs most of the web.
var publicIssuers = []string{"Let's Encrypt", "DigiCert", "Sectigo", "GlobalSign", "GoDaddy", "Amazon", "Google Trust Services", "Entrust", "IdenTrust", "ZeroSSL", "SSL Corporation", "Actalis", "Buypass", "Certum", "HARICA", "QuoVadis", "SwissSign", "Starfield", "COMODO", "GeoTrust", "Thawte", "Telia", "D-Trust"}

// PublicIssuer reports whether a certificate says that an authority that browsers
// trust issued it.
func (e *Estate) PublicIssuer(row int) bool {
	issuer := e.Graph.Str(row, "issuer")
	for _, o := range publicIssuers {
		if strings.Contains(issuer, "O="+o) || strings.Contains(issuer, `O=\"`+o) {
			return true
		}
	}
	return false
}
