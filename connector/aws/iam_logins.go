package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// passwordGranularity: of uses within 5 minutes only the first is recorded (IAM
// User Guide, "Getting credential reports", password_last_used).
const passwordGranularity = 5 * time.Minute

// passwordTracking is since when IAM records the use of passwords (IAM API
// Reference, User.PasswordLastUsed).
var passwordTracking = time.Date(2014, 10, 20, 0, 0, 0, 0, time.UTC)

func (a *account) loginRef(u *userDetail) drover.Ref {
	return a.ref("iam.login_profile", a.userRef(u).ID())
}

func (a *account) userRef(u *userDetail) drover.Ref {
	if u.UserId == "" && u.era != "" {
		return a.ref("iam.user", drover.Named(text(u.UserName)+u.era))
	}
	return a.principalRef("user", u.UserId, u.UserName)
}

// A loginProfile is the console password of a user.
type loginProfile struct {
	UserName              string
	CreateDate            when
	PasswordResetRequired bool
}

// readLoginProfile emits the console password of a user; none is no error.
func (a *account) readLoginProfile(ctx context.Context, c *iam.Client, u *userDetail, out *connector.Out) error {
	got, err := c.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &u.UserName})
	if err != nil {
		return err
	}
	if got.LoginProfile == nil {
		return nil
	}
	p, err := recast[loginProfile](got.LoginProfile)
	if err != nil {
		return err
	}
	a.emitLogin(out, u, p)
	return nil
}

func (a *account) emitLogin(out *connector.Out, u *userDetail, p loginProfile) {
	ref := a.loginRef(u)
	out.Node(drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "aws.iam.login_profile", Name: text(u.UserName), Created: p.CreateDate.Time,
		Attrs: drover.NewAttrs(map[string]any{"PasswordResetRequired": p.PasswordResetRequired, "UserName": text(u.UserName)})})
	out.Edge(drover.Edge{From: ref, To: a.userRef(u), Kind: drover.EdgeAuthenticates, Proof: "iam:GetLoginProfile"})
	login := map[string]any{"PasswordResetRequired": p.PasswordResetRequired}
	set(login, "CreateDate", stamp(p.CreateDate))
	a.emitUserAttrs(out, u, map[string]any{"LoginProfile": login})
}

// emitUserAttrs adds attributes to a user that another section describes.
func (a *account) emitUserAttrs(out *connector.Out, u *userDetail, attrs map[string]any) {
	out.Node(drover.Node{Ref: a.userRef(u), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: text(firstOf(u.UserName, last(u.Arn), u.UserId)), Attrs: drover.NewAttrs(attrs)})
}

// An mfaDevice is one of a user.
type mfaDevice struct {
	UserName, SerialNumber string
	EnableDate             when
}

// readMFADevices emits the devices of a user as its attributes; an empty list
// says that it has none.
func (a *account) readMFADevices(ctx context.Context, c *iam.Client, u *userDetail, out *connector.Out) error {
	var list []mfaDevice
	err := pages("iam:ListMFADevices", func(marker *string) (bool, *string, error) {
		page, err := c.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: &u.UserName, Marker: marker})
		if err != nil {
			return false, nil, err
		}
		got, err := recast[[]mfaDevice](page.MFADevices)
		list = append(list, got...)
		return page.IsTruncated, page.Marker, err
	})
	if err != nil {
		return err
	}
	a.emitMFA(out, u, list)
	return nil
}

func (a *account) emitMFA(out *connector.Out, u *userDetail, list []mfaDevice) {
	devices := []map[string]any{}
	slices.SortFunc(list, func(x, y mfaDevice) int { return strings.Compare(x.SerialNumber, y.SerialNumber) })
	for _, m := range list {
		one := map[string]any{"SerialNumber": text(m.SerialNumber)}
		set(one, "EnableDate", stamp(m.EnableDate))
		devices = append(devices, one)
	}
	a.emitUserAttrs(out, u, map[string]any{"MFADevices": devices})
}

// readUserLogins emits when console passwords were last used, which only
// ListUsers says.
func (a *account) readUserLogins(ctx context.Context, c *iam.Client, out *connector.Out) error {
	seen, repeated := map[string]bool{}, 0
	err := pages("iam:ListUsers", func(marker *string) (bool, *string, error) {
		page, err := c.ListUsers(ctx, &iam.ListUsersInput{Marker: marker, MaxItems: a.pageSize()})
		if err != nil {
			return false, nil, err
		}
		list, err := recast[[]userDetail](page.Users)
		for i := range list {
			if u := &list[i]; seen[u.Arn] {
				repeated++
			} else {
				seen[u.Arn] = true
				a.emitPasswordUse(out, u, "iam.ListUsers")
			}
		}
		return page.IsTruncated, page.Marker, err
	})
	if err == nil && repeated > 0 {
		err = errRepeated("iam:ListUsers", repeated)
	}
	return err
}

// emitPasswordUse emits the last use of a password. None is nothing: there may
// be no password.
func (a *account) emitPasswordUse(out *connector.Out, u *userDetail, source string) {
	if u.PasswordLastUsed.IsZero() {
		return
	}
	out.Evidence(drover.Evidence{Subject: a.userRef(u), Claim: drover.ClaimLastUsed, Source: source, At: u.PasswordLastUsed.Time, Granularity: passwordGranularity, Value: "console password"})
}

// readRoleSettings emits what ListRoles says of roles and the authorization
// details do not.
func (a *account) readRoleSettings(ctx context.Context, c *iam.Client, out *connector.Out) error {
	seen, repeated := map[string]bool{}, 0
	err := pages("iam:ListRoles", func(marker *string) (bool, *string, error) {
		page, err := c.ListRoles(ctx, &iam.ListRolesInput{Marker: marker, MaxItems: a.pageSize()})
		if err != nil {
			return false, nil, err
		}
		list, err := recast[[]roleDetail](page.Roles)
		for i := range list {
			if seen[list[i].Arn] {
				repeated++
				continue
			}
			seen[list[i].Arn] = true
			a.emitRoleSettings(out, &list[i])
		}
		return page.IsTruncated, page.Marker, err
	})
	if err == nil && repeated > 0 {
		err = errRepeated("iam:ListRoles", repeated)
	}
	return err
}

func (a *account) emitRoleSettings(out *connector.Out, r *roleDetail) {
	if r.RoleId == "" && r.RoleName == "" {
		out.Lost("Roles", fmt.Errorf("a role with neither id nor name: %w", drover.ErrInvalid))
		return
	}
	attrs := map[string]any{}
	set(attrs, "Description", r.Description)
	if r.MaxSessionDuration > 0 {
		attrs["MaxSessionDuration"] = r.MaxSessionDuration
	}
	out.Node(drover.Node{Ref: a.principalRef("role", r.RoleId, r.RoleName), Kind: drover.KindIdentity, Type: "aws.iam.role", Name: text(firstOf(r.RoleName, last(r.Arn), r.RoleId)), Attrs: drover.NewAttrs(attrs)})
}

// readInstanceProfiles emits all instance profiles, those without a role too.
func (a *account) readInstanceProfiles(ctx context.Context, c *iam.Client, out *connector.Out) error {
	seen, repeated := map[string]bool{}, 0
	err := pages("iam:ListInstanceProfiles", func(marker *string) (bool, *string, error) {
		page, err := c.ListInstanceProfiles(ctx, &iam.ListInstanceProfilesInput{Marker: marker, MaxItems: a.pageSize()})
		if err != nil {
			return false, nil, err
		}
		list, err := recast[[]instanceProfile](page.InstanceProfiles)
		for _, p := range list {
			if seen[p.InstanceProfileId] {
				repeated++
				continue
			}
			seen[p.InstanceProfileId] = true
			a.emitInstanceProfile(out, p)
		}
		return page.IsTruncated, page.Marker, err
	})
	if err == nil && repeated > 0 {
		err = errRepeated("iam:ListInstanceProfiles", repeated)
	}
	return err
}
