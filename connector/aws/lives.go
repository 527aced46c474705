package aws

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A name of IAM, and with it the ARN, passes to the next user who is given it
// (IAM User Guide, "IAM identifiers": unique identifiers). Files of different
// days, and a credential report that IAM keeps for four hours, so speak by one
// name of several users. What tells them apart beside their ids is when they were
// made: IAM deletes a user only after its credentials, so that none is older than
// the user that it is of.

// live registers a user as a bearer of its name, newest first. One that is known
// by its id, or by its time, is returned instead.
func (d *details) live(u *userDetail) *userDetail {
	list := d.lives[u.UserName]
	for _, o := range list {
		if o == u || u.UserId != "" && o.UserId == u.UserId {
			return o
		}
		if (u.UserId == "" || o.UserId == "") && sameTime(u.CreateDate, o.CreateDate) {
			return o
		}
	}
	if u.UserId == "" && len(list) > 0 {
		u.era = " created " + stamp(u.CreateDate)
	}
	list = append(list, u)
	slices.SortStableFunc(list, func(a, b *userDetail) int { return b.CreateDate.Compare(a.CreateDate.Time) })
	d.lives[u.UserName] = list
	return u
}

// sameTime reports whether two times can be one: to the second, which is what IAM
// writes; one that is not known can be any.
func sameTime(a, b when) bool {
	return a.IsZero() || b.IsZero() || a.Unix() == b.Unix()
}

// bearer is the user of a name who can have something that was made at a time:
// the newest that is not younger. Nil: nobody of that name is known.
func (d *details) bearer(name string, made when) *userDetail {
	list := d.lives[name]
	for _, u := range list {
		if sameTime(u.CreateDate, made) || made.After(u.CreateDate.Time) {
			return u
		}
	}
	if len(list) == 0 {
		return nil
	}
	oldest := list[len(list)-1]
	u := &userDetail{UserName: name, Arn: oldest.Arn, era: " before " + stamp(oldest.CreateDate)}
	d.lives[name] = append(list, u)
	return u
}

// reported is the user that a row of a credential report is of. An ARN that is
// known names it where the name was written otherwise.
func (d *details) reported(a *account, r reportRow) *userDetail {
	u := &userDetail{UserName: r["user"], Arn: firstOf(r["arn"], a.arnOf("user", "", r["user"])), CreateDate: parseTime(r["user_creation_time"])}
	if ref, ok := d.refs[r["arn"]]; ok && d.lives[u.UserName] == nil {
		for i := range d.users {
			if known := &d.users[i]; a.userRef(known) == ref && sameTime(known.CreateDate, u.CreateDate) {
				return known
			}
		}
	}
	return d.live(u)
}

// successor is when the next user of the name was made; zero: it is the newest.
func (d *details) successor(u *userDetail) (next when) {
	for _, o := range d.lives[u.UserName] {
		if o == u {
			return next
		}
		next = o.CreateDate
	}
	return when{}
}

// emitFormer emits a user whose name is now another's. Its ARN is not its own any
// more, so it has no name that is unique but its id.
func (a *account) emitFormer(out *connector.Out, d *details, u *userDetail) {
	attrs := map[string]any{}
	set(attrs, "Path", u.Path)
	next := stamp(d.successor(u))
	set(attrs, "deleted_before", next)
	n := drover.Node{Ref: a.userRef(u), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: text(u.UserName), Created: u.CreateDate.Time, Attrs: drover.NewAttrs(attrs)}
	if u.UserId != "" {
		n.Aliases = []string{"aws-principal-id:" + text(u.UserId)}
	}
	out.Node(n)
	said := "an earlier user of this name, deleted before " + next + ", when the next one was created: nothing of it is the next one's"
	if next == "" {
		said = "a newer user of this name than the authorization details have: read those again"
	}
	out.Note(string(n.Ref), said)
}

// current reports whether a user is the one that the account's own lists have
// under its name, or the only one known.
func (d *details) current(a *account, u *userDetail) bool {
	if u.era != "" {
		return false
	}
	ref, ok := d.refs["user/"+u.UserName]
	return !ok || ref == a.userRef(u)
}

// stranger emits a user that only its credentials or a report tell of.
func (a *account) stranger(out *connector.Out, d *details, u *userDetail) {
	if u.UserName == "" {
		return
	}
	if !d.current(a, u) {
		a.emitFormer(out, d, u)
		return
	}
	if _, ok := d.refs["user/"+u.UserName]; ok {
		return
	}
	n := drover.Node{Ref: a.userRef(u), Kind: drover.KindIdentity, Type: "aws.iam.user", Name: text(u.UserName), Created: u.CreateDate.Time}
	if strings.HasPrefix(u.Arn, "arn:") {
		n.Aliases = []string{text(u.Arn)}
	}
	out.Node(n)
}
