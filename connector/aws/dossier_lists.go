package aws

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// readListed emits what list-users, list-roles and list-instance-profiles say
// beside the authorization details.
func (f *dossier) readListed(ctx context.Context) error {
	if users, at, found, lost := of[userDetail](f, "Users"); found {
		if err := f.section(ctx, "iam.user_logins", at, func(out *connector.Out) {
			sayLost(out, lost)
			for i := range users {
				u := *f.details.live(&users[i])
				f.stranger(out, f.details, &u)
				u.PasswordLastUsed = users[i].PasswordLastUsed
				f.emitPasswordUse(out, &u, "iam.ListUsers")
			}
		}); err != nil {
			return err
		}
	}
	roles, at, found, lost := of[roleDetail](f, "Roles")
	for _, e := range f.exports {
		var one roleDetail
		if e.values["Role"] != nil && json.Unmarshal(e.values["Role"], &one) == nil {
			roles, found, at = append(roles, one), true, latest(at, e.at)
		}
	}
	if found {
		if err := f.section(ctx, "iam.role_settings", at, func(out *connector.Out) {
			sayLost(out, lost)
			for i := range roles {
				f.emitRoleSettings(out, &roles[i])
			}
		}); err != nil {
			return err
		}
	}
	profiles, at, found, lost := of[instanceProfile](f, "InstanceProfiles")
	if !found {
		return nil
	}
	return f.section(ctx, "iam.instance_profiles", at, func(out *connector.Out) {
		sayLost(out, lost)
		for _, p := range profiles {
			f.emitInstanceProfile(out, p)
		}
	})
}

// byUser runs a section over the items of a list that each belong to a user. Of
// users without any in the files nothing is gone: there may be no file of theirs.
func byUser[T any](ctx context.Context, f *dossier, section, key string, whose func(T) (user string, made when), emit func(out *connector.Out, u *userDetail, list []T)) error {
	list, at, found, lost := of[T](f, key)
	if !found {
		return nil
	}
	return f.section(ctx, section, at, func(out *connector.Out) {
		sayLost(out, lost)
		theirs := map[drover.Ref][]T{}
		var order []*userDetail
		for _, v := range list {
			u := f.user(whose(v))
			ref := f.userRef(u)
			if theirs[ref] == nil {
				order = append(order, u)
			}
			theirs[ref] = append(theirs[ref], v)
		}
		for _, u := range order {
			ref := f.userRef(u)
			at := out.At(ref.ID())
			f.stranger(at, f.details, u)
			emit(at, u, theirs[ref])
		}
		for i := range f.details.users {
			if u := &f.details.users[i]; theirs[f.userRef(u)] == nil {
				out.At(f.userRef(u).ID()).Keep()
			}
		}
	})
}

// readUserFiles emits the credentials of users.
func (f *dossier) readUserFiles(ctx context.Context) error {
	for _, read := range []func() error{
		func() error {
			return byUser(ctx, f, "iam.access_keys", "AccessKeyMetadata", func(k accessKey) (string, when) { return k.UserName, k.CreateDate }, f.emitKeyFiles)
		},
		func() error {
			return byUser(ctx, f, "iam.mfa_devices", "MFADevices", func(m mfaDevice) (string, when) { return m.UserName, m.EnableDate }, f.emitMFA)
		},
		func() error {
			return byUser(ctx, f, "iam.service_specific_credentials", "ServiceSpecificCredentials", func(s serviceCredential) (string, when) { return s.UserName, s.CreateDate },
				eachOf(f.emitServiceCredential))
		},
		func() error {
			return byUser(ctx, f, "iam.signing_certificates", "Certificates", func(s signingCertificate) (string, when) { return s.UserName, s.UploadDate }, eachOf(f.emitSigningCertificate))
		},
		func() error {
			return byUser(ctx, f, "iam.ssh_public_keys", "SSHPublicKeys", func(k sshKey) (string, when) { return k.UserName, k.UploadDate }, eachOf(f.emitSSHFile))
		},
		func() error { return f.readLoginFiles(ctx) },
	} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

func eachOf[T any](emit func(*connector.Out, *userDetail, T)) func(*connector.Out, *userDetail, []T) {
	return func(out *connector.Out, u *userDetail, list []T) {
		for _, v := range list {
			emit(out, u, v)
		}
	}
}

var keyInName = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,124}\b`)

// emitKeyFiles emits keys and, of those whose answer of
// get-access-key-last-used is there in a file named after the key, their use.
func (f *dossier) emitKeyFiles(out *connector.Out, u *userDetail, keys []accessKey) {
	f.emitKeys(out, u, keys)
	f.emitKeyOwner(out, u, keys)
	for _, e := range f.exports {
		id := keyInName.FindString(filepath.Base(e.path))
		i := slices.IndexFunc(keys, func(k accessKey) bool { return k.AccessKeyId == id })
		if e.values["AccessKeyLastUsed"] == nil || i < 0 {
			continue
		}
		var use lastUsed
		if json.Unmarshal(e.values["AccessKeyLastUsed"], &use) == nil {
			f.emitKeyUse(out, id, keys[i].CreateDate.Time, use)
		}
	}
}

// emitSSHFile emits a key with the body that get-ssh-public-key gave, if it did.
func (f *dossier) emitSSHFile(out *connector.Out, u *userDetail, k sshKey) {
	for _, e := range f.exports {
		var full sshKey
		if e.values["SSHPublicKey"] != nil && json.Unmarshal(e.values["SSHPublicKey"], &full) == nil && full.SSHPublicKeyId == k.SSHPublicKeyId {
			k.SSHPublicKeyBody = full.SSHPublicKeyBody
		}
	}
	f.emitSSHKey(out, u, k)
}

// readLoginFiles emits the answers of get-login-profile, one a file.
func (f *dossier) readLoginFiles(ctx context.Context) error {
	var list []loginProfile
	var at time.Time
	for _, e := range f.exports {
		var p loginProfile
		if e.values["LoginProfile"] != nil && json.Unmarshal(e.values["LoginProfile"], &p) == nil && p.UserName != "" {
			list, at = append(list, p), latest(at, e.at)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return f.section(ctx, "iam.login_profiles", at, func(out *connector.Out) {
		seen := map[drover.Ref]bool{}
		for _, p := range list {
			u := f.user(p.UserName, p.CreateDate)
			if ref := f.userRef(u); !seen[ref] {
				seen[ref] = true
				at := out.At(ref.ID())
				f.stranger(at, f.details, u)
				f.emitLogin(at, u, p)
			}
		}
		for i := range f.details.users {
			if u := &f.details.users[i]; !seen[f.userRef(u)] {
				out.At(f.userRef(u).ID()).Keep()
			}
		}
	})
}

// readProviderFiles emits providers and server certificates from their lists.
func (f *dossier) readProviderFiles(ctx context.Context) error {
	certs, at, found, lost := of[serverCertificate](f, "ServerCertificateMetadataList")
	if found {
		if err := f.section(ctx, "iam.server_certificates", at, func(out *connector.Out) {
			sayLost(out, lost)
			for _, c := range certs {
				f.emitServerCertificate(out, c, "")
			}
		}); err != nil {
			return err
		}
	}
	oidc, at, found, lost := of[oidcProvider](f, "OpenIDConnectProviderList")
	if found {
		if err := f.section(ctx, "iam.oidc_providers", at, func(out *connector.Out) {
			sayLost(out, lost)
			for _, p := range oidc {
				f.emitOIDCProvider(out, p)
			}
		}); err != nil {
			return err
		}
	}
	saml, at, found, lost := of[samlProvider](f, "SAMLProviderList")
	if !found {
		return nil
	}
	return f.section(ctx, "iam.saml_providers", at, func(out *connector.Out) {
		sayLost(out, lost)
		for _, p := range saml {
			f.emitSAMLProvider(out, p)
		}
	})
}

// report is the newest credential report, nil without any.
func (f *dossier) report() (newest *export) {
	for _, e := range f.exports {
		if e.rows != nil && (newest == nil || e.reportTime().After(newest.reportTime())) {
			newest = e
		}
	}
	return newest
}

// readReportFiles emits the newest credential report. It numbers the keys of a
// user; one that a list of keys has under its id is the key that was made when
// the report says that it was rotated last, and of it the report says the use.
// Those that no list has are known by their numbers.
func (f *dossier) readReportFiles(ctx context.Context) error {
	report := f.report()
	if report == nil {
		return nil
	}
	type made struct {
		user drover.Ref
		at   int64
	}
	listed := map[made]string{}
	keys, _, _, _ := of[accessKey](f, "AccessKeyMetadata")
	for _, k := range keys {
		if k.AccessKeyId != "" && !k.CreateDate.IsZero() {
			listed[made{f.userRef(f.user(k.UserName, k.CreateDate)), k.CreateDate.Unix()}] = k.AccessKeyId
		}
	}
	return f.section(ctx, "iam.credential_report", report.reportTime(), func(out *connector.Out) {
		sayLost(out, report.damage)
		f.emitReport(out, f.details, report.rows)
		for _, r := range report.rows {
			if r["user"] == rootUser || r["user"] == "" {
				continue
			}
			u := f.details.reported(&f.account, r)
			ref := f.userRef(u)
			owner := reportOwner{ref: ref, name: r["user"], arn: r["arn"], era: u.era}
			for _, n := range []string{"1", "2"} {
				column := "access_key_" + n
				if rotated := parseTime(r[column+"_last_rotated"]); listed[made{ref, rotated.Unix()}] != "" && !rotated.IsZero() {
					f.emitReportedUse(out, f.keyRef(listed[made{ref, rotated.Unix()}]), r, column)
				} else {
					f.emitReported(out, owner, r, column, "access_key")
				}
				f.emitReported(out, owner, r, "cert_"+n, "signing_certificate")
			}
		}
	})
}

// reportTime is when the report was written: as it says, else as its file says.
func (e *export) reportTime() time.Time {
	if !e.written.IsZero() {
		return e.written
	}
	return e.at
}

// A reportOwner is the user that a row of a report is of.
type reportOwner struct {
	ref       drover.Ref
	name, arn string
	era       string // see userDetail
}

// slot is what a key has in a report and in a list of keys alike: whose it is,
// and since when.
func slot(userARN string, created when) string {
	if userARN == "" || created.IsZero() || !strings.HasPrefix(userARN, "arn:") {
		return ""
	}
	return "aws-key-created:" + text(userARN) + "|" + stamp(created)
}
