package check

import "strings"

// The bits of userAccountControl (MS-ADTS 2.2.16) that say how an account of
// Active Directory signs in.
const (
	UACDisabled      = 0x2
	UACNoPassword    = 0x20       // PASSWD_NOTREQD
	UACServer        = 0x2000     // a domain controller
	UACWorkstation   = 0x1000     // a computer
	UACNoExpiry      = 0x10000    // DONT_EXPIRE_PASSWORD
	UACUnconstrained = 0x80000    // TRUSTED_FOR_DELEGATION
	UACNotDelegated  = 0x100000   // "sensitive, cannot be delegated"
	UACDESOnly       = 0x200000   // USE_DES_KEY_ONLY
	UACNoPreauth     = 0x400000   // DONT_REQ_PREAUTH
	UACAnyProtocol   = 0x1000000  // TRUSTED_TO_AUTH_FOR_DELEGATION
	UACReadOnlyDC    = 0x04000000 // PARTIAL_SECRETS_ACCOUNT
)

// The bits of msDS-SupportedEncryptionTypes (MS-KILE 2.2.7).
const (
	EncDES  = 0x3
	EncRC4  = 0x4
	EncAES  = 0x18
	EncAESK = 0x20 // AES session keys beside RC4 tickets
)

// Directory reports whether a row is an account of Active Directory or of an LDAP
// export of one.
func (e *Estate) Directory(row int) bool {
	typ := e.Graph.Type(row)
	return strings.HasPrefix(typ, "ad.") || strings.HasPrefix(typ, "ldap.") || strings.HasPrefix(typ, "activedirectory.")
}

// AccountControl is the userAccountControl of an account, as LDIF and JSON
// exports spell it; known is false where it was not exported.
func (e *Estate) AccountControl(row int) (bits int64, known bool) {
	if v, ok := e.Graph.Number(row, "userAccountControl"); ok {
		return v, true
	}
	return e.Graph.Number(row, "user_account_control")
}

// EncryptionTypes is the msDS-SupportedEncryptionTypes of an account.
func (e *Estate) EncryptionTypes(row int) (bits int64, known bool) {
	if v, ok := e.Graph.Number(row, "msDS-SupportedEncryptionTypes"); ok {
		return v, true
	}
	return e.Graph.Number(row, "supported_encryption_types")
}

// ServiceNames are the service principal names of an account.
func (e *Estate) ServiceNames(row int) []string {
	a := e.Graph.Attrs(row)
	for _, key := range [...]string{"servicePrincipalName", "service_principal_name"} {
		if l := a.Strings(key); len(l) > 0 {
			return l
		}
	}
	return nil
}

// ObjectClass reports whether an account of a directory is of one of the classes,
// given in lower case.
func (e *Estate) ObjectClass(row int, classes ...string) bool {
	if !e.Directory(row) {
		return false
	}
	a := e.Graph.Attrs(row)
	for _, key := range [...]string{"objectClass", "object_class"} {
		for _, c := range a.Strings(key) {
			for _, want := range classes {
				if strings.EqualFold(c, want) {
					return true
				}
			}
		}
	}
	return false
}

// SelfRotating reports whether a directory changes the password of an account by
// itself: group and delegated managed service accounts, and computers. Names that
// end in $ are theirs.
func (e *Estate) SelfRotating(row int) bool {
	if !e.Directory(row) {
		return false
	}
	for _, end := range [...]string{".gmsa", ".dmsa", ".smsa", ".computer"} {
		if strings.HasSuffix(e.Graph.Type(row), end) {
			return true
		}
	}
	return strings.HasSuffix(e.Graph.Name(row), "$") || strings.HasSuffix(e.Graph.Str(row, "sAMAccountName"), "$") ||
		e.ObjectClass(row, "msds-groupmanagedserviceaccount", "msds-managedserviceaccount", "msds-delegatedmanagedserviceaccount", "computer")
}
