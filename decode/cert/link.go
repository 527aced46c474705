package cert

import (
	"crypto/x509"
	"errors"
)

const (
	maxVerify = 2000    // signatures that are tried in one file
	maxLooks  = 1 << 20 // pairs that are compared by name and identifiers
)

// link finds who issued whom: by name, then by key identifiers where both have
// them, then by signature where Go can check it. A pair whose signature is
// plainly wrong is no pair.
func (b *Bundle) link() {
	bySubject := map[string][]int{}
	for i, c := range b.Certs {
		bySubject[c.Subject] = append(bySubject[c.Subject], i)
	}
	tries, looks := 0, 0
	for i := range b.Certs {
		child := &b.Certs[i]
		if child.Issuer == "" {
			continue
		}
		if child.SelfSigned && tries < maxVerify {
			tries++
			verified, wrong := signedBy(child, child)
			child.SelfSigned = verified || !wrong
		}
		if child.SelfSigned {
			continue
		}
		for _, j := range bySubject[child.Issuer] {
			parent := &b.Certs[j]
			if looks++; looks > maxLooks {
				b.defect(0, "more than %d pairs of one name: not every issuer was looked for", maxLooks)
				return
			}
			if i == j || child.SHA256 == parent.SHA256 || child.AKI != "" && parent.SKI != "" && child.AKI != parent.SKI {
				continue
			}
			if tries++; tries > maxVerify*5 {
				return
			}
			verified, wrong := false, false
			if tries < maxVerify {
				verified, wrong = signedBy(child, parent)
			}
			if !wrong {
				b.Links = append(b.Links, Link{Child: i, Parent: j, Verified: verified})
			}
		}
	}
}

// signedBy checks a signature. Both answers are false when it cannot be checked:
// an algorithm that is unknown or too weak, a certificate that cannot be parsed.
func signedBy(child, parent *Certificate) (verified, wrong bool) {
	if parent.KeyBits > 8192 {
		return false, false
	}
	c, err := x509.ParseCertificate(child.Raw)
	if err != nil {
		return false, false
	}
	p, err := x509.ParseCertificate(parent.Raw)
	if err != nil {
		return false, false
	}
	err = p.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	if err == nil {
		return true, false
	}
	var weak x509.InsecureAlgorithmError
	if errors.As(err, &weak) || errors.Is(err, x509.ErrUnsupportedAlgorithm) {
		return false, false
	}
	return false, true
}
