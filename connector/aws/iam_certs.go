package aws

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/cert"
)

// A serviceCredential is a password or key for one service: CodeCommit,
// Keyspaces, Bedrock, CloudWatch Logs. The last two may end.
type serviceCredential struct {
	ServiceSpecificCredentialId, UserName, ServiceName, ServiceUserName, ServiceCredentialAlias, Status string
	CreateDate, ExpirationDate                                                                          when
}

// readServiceCredentials emits the service-specific credentials of a user.
func (a *account) readServiceCredentials(ctx context.Context, c *iam.Client, u *userDetail, out *connector.Out) error {
	return pages("iam:ListServiceSpecificCredentials", func(marker *string) (bool, *string, error) {
		page, err := c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: &u.UserName, Marker: marker})
		if err != nil {
			return false, nil, err
		}
		list, err := recast[[]serviceCredential](page.ServiceSpecificCredentials)
		for _, s := range list {
			a.emitServiceCredential(out, u, s)
		}
		return page.IsTruncated, page.Marker, err
	})
}

func (a *account) emitServiceCredential(out *connector.Out, u *userDetail, s serviceCredential) {
	attrs := map[string]any{}
	for k, v := range map[string]string{"UserName": u.UserName, "ServiceName": s.ServiceName, "ServiceUserName": s.ServiceUserName, "ServiceCredentialAlias": s.ServiceCredentialAlias, "Status": s.Status} {
		set(attrs, k, v)
	}
	if s.ExpirationDate.IsZero() {
		attrs["no_expiry"] = true
	}
	n := drover.Node{Name: firstOf(s.ServiceUserName, s.ServiceCredentialAlias, s.ServiceSpecificCredentialId), Created: s.CreateDate.Time, Expires: s.ExpirationDate.Time}
	a.emitCredential(out, u, "service_specific_credential", s.ServiceSpecificCredentialId, n, attrs, "")
}

// emitCredential emits a credential of a user that IAM numbers. pem is its
// certificate, "" when it is none.
func (a *account) emitCredential(out *connector.Out, u *userDetail, sort, id string, n drover.Node, attrs map[string]any, pem string) {
	if id == "" {
		out.Lost(sort, fmt.Errorf("one without id: %w", drover.ErrInvalid))
		return
	}
	n.Ref, n.Kind, n.Type, n.Name = a.ref("iam."+sort, text(id)), drover.KindCredential, "aws.iam."+sort, text(firstOf(n.Name, id))
	if pem != "" {
		certificate(out, &n, attrs, pem)
	}
	n.Attrs = drover.NewAttrs(attrs)
	out.Node(n)
	if u != nil {
		out.Edge(drover.Edge{From: n.Ref, To: a.userRef(u), Kind: drover.EdgeAuthenticates, Proof: "iam " + sort})
	}
}

// A signingCertificate is an X.509 certificate by which a user signs old APIs.
type signingCertificate struct {
	CertificateId, UserName, CertificateBody, Status string
	UploadDate                                       when
}

// readSigningCertificates emits the signing certificates of a user.
func (a *account) readSigningCertificates(ctx context.Context, c *iam.Client, u *userDetail, out *connector.Out) error {
	return pages("iam:ListSigningCertificates", func(marker *string) (bool, *string, error) {
		page, err := c.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: &u.UserName, Marker: marker})
		if err != nil {
			return false, nil, err
		}
		list, err := recast[[]signingCertificate](page.Certificates)
		for _, s := range list {
			a.emitSigningCertificate(out, u, s)
		}
		return page.IsTruncated, page.Marker, err
	})
}

func (a *account) emitSigningCertificate(out *connector.Out, u *userDetail, s signingCertificate) {
	attrs := map[string]any{}
	set(attrs, "Status", s.Status)
	set(attrs, "UserName", u.UserName)
	a.emitCredential(out, u, "signing_certificate", s.CertificateId, drover.Node{Created: s.UploadDate.Time}, attrs, s.CertificateBody)
}

// An sshKey is a public key by which a user reaches CodeCommit.
type sshKey struct {
	SSHPublicKeyId, UserName, Status, SSHPublicKeyBody string
	UploadDate                                         when
}

// readSSHKeys emits the SSH keys of a user with the fingerprints that OpenSSH
// shows.
func (a *account) readSSHKeys(ctx context.Context, c *iam.Client, u *userDetail, out *connector.Out) error {
	var keys []sshKey
	err := pages("iam:ListSSHPublicKeys", func(marker *string) (bool, *string, error) {
		page, err := c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: &u.UserName, Marker: marker})
		if err != nil {
			return false, nil, err
		}
		list, err := recast[[]sshKey](page.SSHPublicKeys)
		keys = append(keys, list...)
		return page.IsTruncated, page.Marker, err
	})
	errs := []error{err}
	for _, k := range keys {
		got, err := c.GetSSHPublicKey(ctx, &iam.GetSSHPublicKeyInput{UserName: &u.UserName, SSHPublicKeyId: &k.SSHPublicKeyId, Encoding: types.EncodingTypeSsh})
		if err = fault(err); err == nil && got.SSHPublicKey != nil {
			k.SSHPublicKeyBody = str(got.SSHPublicKey.SSHPublicKeyBody)
		}
		if !absent(err) {
			errs = append(errs, err)
		}
		a.emitSSHKey(out, u, k)
	}
	return errors.Join(errs...) // the user's part is spared, and the bodies below it
}

func (a *account) emitSSHKey(out *connector.Out, u *userDetail, k sshKey) {
	attrs := map[string]any{}
	set(attrs, "Status", k.Status)
	set(attrs, "UserName", u.UserName)
	a.emitCredential(out, u, "ssh_public_key", k.SSHPublicKeyId, drover.Node{Created: k.UploadDate.Time}, attrs, "")
	if k.SSHPublicKeyBody == "" || k.SSHPublicKeyId == "" {
		return
	}
	list, err := cert.ParseAuthorizedKeys([]byte(k.SSHPublicKeyBody))
	if err != nil || len(list) == 0 {
		out.Note("SSH key "+text(k.SSHPublicKeyId), "its body is no public key")
		return
	}
	n := drover.Node{Ref: a.ref("iam.ssh_public_key", text(k.SSHPublicKeyId)), Kind: drover.KindCredential, Type: "aws.iam.ssh_public_key", Aliases: []string{"ssh:" + list[0].Fingerprint}}
	say(out.At(a.userRef(u).ID()+"/"+text(k.SSHPublicKeyId)), n, map[string]any{"key_type": list[0].Type, "key_bits": list[0].Bits})
}

// A serverCertificate is a TLS certificate kept in IAM.
type serverCertificate struct {
	ServerCertificateId, ServerCertificateName, Arn, Path string
	UploadDate, Expiration                                when
}

// readServerCertificates emits the server certificates of the account.
func (a *account) readServerCertificates(ctx context.Context, c *iam.Client, out *connector.Out) error {
	var list []serverCertificate
	err := pages("iam:ListServerCertificates", func(marker *string) (bool, *string, error) {
		page, err := c.ListServerCertificates(ctx, &iam.ListServerCertificatesInput{Marker: marker})
		if err != nil {
			return false, nil, err
		}
		got, err := recast[[]serverCertificate](page.ServerCertificateMetadataList)
		list = append(list, got...)
		return page.IsTruncated, page.Marker, err
	})
	errs := []error{err}
	for _, s := range list {
		got, err := c.GetServerCertificate(ctx, &iam.GetServerCertificateInput{ServerCertificateName: &s.ServerCertificateName})
		if err = fault(err); absent(err) {
			continue
		}
		errs = append(errs, err)
		pem := ""
		if err == nil && got.ServerCertificate != nil && got.ServerCertificate.CertificateBody != nil {
			pem = *got.ServerCertificate.CertificateBody
		}
		a.emitServerCertificate(out, s, pem)
	}
	return errors.Join(errs...)
}

func (a *account) emitServerCertificate(out *connector.Out, s serverCertificate, pem string) {
	attrs := map[string]any{}
	set(attrs, "Path", s.Path)
	n := drover.Node{Name: s.ServerCertificateName, Created: s.UploadDate.Time, Expires: s.Expiration.Time}
	if s.Arn != "" {
		n.Aliases = []string{text(s.Arn)}
	}
	a.emitCredential(out, nil, "server_certificate", s.ServerCertificateId, n, attrs, "")
	if pem != "" && s.ServerCertificateId != "" {
		n := drover.Node{Ref: a.ref("iam.server_certificate", text(s.ServerCertificateId)), Kind: drover.KindCredential, Type: "aws.iam.server_certificate"}
		said, out := map[string]any{}, under(out, n.Ref, "certificate")
		certificate(out, &n, said, pem)
		if !s.Expiration.IsZero() {
			n.Expires = time.Time{} // the listing says it
		}
		say(out, n, said)
	}
}
