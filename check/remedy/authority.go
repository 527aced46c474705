package remedy

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// VaultAuthority takes the private key of an authority out of a file. One that
// lay open may have been copied, so the authority gets another key, where it
// cannot be read.
func VaultAuthority(e *check.Estate, key, authority int) drover.Fix {
	return plain(e, "vault", key, "Make a new key for "+e.Say(authority)+" in a key service (an HSM, a KMS, the PKI engine of a vault), issue again what the old one signed, take the old certificate out of every trust store, then delete "+e.Say(key), "")
}
