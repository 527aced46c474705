package aws

import (
	"context"
	"errors"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// An accessKey is what ListAccessKeys says of one.
type accessKey struct {
	AccessKeyId, UserName, Status string
	CreateDate                    when
}

// keyGranularity: of uses within 15 minutes only the first is recorded (IAM User
// Guide, "Getting credential reports", access_key_1_last_used_date).
const keyGranularity = 15 * time.Minute

// keyTracking is since when IAM records the use of access keys (IAM API
// Reference, AccessKeyLastUsed).
var keyTracking = time.Date(2015, 4, 22, 0, 0, 0, 0, time.UTC)

// readAccessKeys emits the keys of a user and their last use.
func (a *account) readAccessKeys(ctx context.Context, c *iam.Client, u *userDetail, out *connector.Out) error {
	var keys []accessKey
	err := pages("iam:ListAccessKeys", func(marker *string) (bool, *string, error) {
		page, err := c.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &u.UserName, Marker: marker})
		if err != nil {
			return false, nil, err
		}
		list, err := recast[[]accessKey](page.AccessKeyMetadata)
		keys = append(keys, list...)
		return page.IsTruncated, page.Marker, err
	})
	a.emitKeys(out, u, keys)
	if err == nil { // else the user's names would be some of them
		a.emitKeyOwner(out, u, keys)
	}
	errs := []error{err}
	for _, k := range keys {
		used, err := c.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &k.AccessKeyId})
		if err = fault(err); err != nil {
			if !absent(err) {
				errs = append(errs, err)
			}
			continue
		}
		if used.AccessKeyLastUsed == nil {
			continue
		}
		use, err := recast[lastUsed](used.AccessKeyLastUsed)
		errs = append(errs, err)
		a.emitKeyUse(out, k.AccessKeyId, k.CreateDate.Time, use)
	}
	return errors.Join(errs...)
}

func (a *account) keyRef(id string) drover.Ref { return a.ref("iam.access_key", text(id)) }

// emitKeys emits a user's access keys.
func (a *account) emitKeys(out *connector.Out, u *userDetail, keys []accessKey) {
	user := a.userRef(u)
	for _, k := range keys {
		if k.AccessKeyId == "" {
			continue
		}
		ref := a.keyRef(k.AccessKeyId)
		attrs := map[string]any{"no_expiry": true}
		set(attrs, "Status", k.Status)
		set(attrs, "UserName", u.UserName)
		names := []string{"aws-key:" + text(k.AccessKeyId)}
		if alias := slot(u.Arn, k.CreateDate); alias != "" {
			names = append(names, alias)
		}
		out.Node(drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "aws.iam.access_key", Name: text(k.AccessKeyId), Aliases: sorted(names),
			Created: k.CreateDate.Time, Attrs: drover.NewAttrs(attrs)})
		out.Edge(drover.Edge{From: ref, To: user, Kind: drover.EdgeAuthenticates, Proof: "iam:ListAccessKeys"})
	}
}

// emitKeyOwner emits the user as the one that each of the keys belongs to, as
// those say who found a key and not the user.
func (a *account) emitKeyOwner(out *connector.Out, u *userDetail, keys []accessKey) {
	var owns []string
	for _, k := range keys {
		if k.AccessKeyId != "" {
			owns = append(owns, "aws-key-principal:"+text(k.AccessKeyId))
		}
	}
	if len(owns) > 0 {
		out.Node(drover.Node{Ref: a.userRef(u), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: text(u.UserName), Aliases: sorted(owns)})
	}
}

// emitKeyUse emits when a key was last used. No date after asking means never
// since IAM keeps count, for "N/A" stands where there is no service to name.
func (a *account) emitKeyUse(out *connector.Out, key string, created time.Time, use lastUsed) {
	e := drover.Evidence{Subject: a.keyRef(key), Source: "iam.GetAccessKeyLastUsed"}
	switch {
	case key == a.key:
		out.Note(string(e.Subject), "drover signs with this key: its last use is not told, for it is our own")
		return
	case !use.LastUsedDate.IsZero():
		e.Claim, e.At, e.Granularity = drover.ClaimLastUsed, use.LastUsedDate.Time, keyGranularity
		e.Value = text(joined(use.ServiceName, use.Region))
	case use.LastUsedDate.odd != "":
		out.Note(string(e.Subject), "LastUsedDate is no time: "+sayable(use.LastUsedDate.odd))
		return
	default:
		e.Claim, e.Window = drover.ClaimNeverUsed, a.since(created, a.now().Sub(keyTracking).Truncate(time.Second))
	}
	out.Evidence(e)
}

// joined is "service region", without what is not known.
func joined(service, region string) string {
	out := ""
	for _, s := range []string{service, region} {
		if s != "" && s != "N/A" {
			if out != "" {
				out += " "
			}
			out += s
		}
	}
	return out
}

// str is the text behind a pointer of the SDK's, bounded.
func str(p *string) string { return text(awssdk.ToString(p)) }
