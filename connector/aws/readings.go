package aws

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/droverhq/drover/connector"
)

// Files of one account can be several readings of it, of different days. Of two
// that each hold a whole list, and one thing in both, the newer says what is;
// what only the older one has was there once. Pages of one reading have nothing
// in common, and say that more follow.

// A listing is what tells the readings of a list apart: when each thing in it was
// made, by its ARN or name, and the newest date that stands in it.
type listing struct {
	made   map[string]when
	newest time.Time
}

func (e *export) listing(list string) listing {
	l := listing{made: map[string]when{}}
	for _, item := range e.items[list] {
		var v struct {
			Arn, UserName, GroupName, RoleName, PolicyName string
			CreateDate, UpdateDate, PasswordLastUsed       when
			RoleLastUsed                                   struct{ LastUsedDate when }
		}
		if json.Unmarshal(item, &v) != nil {
			continue
		}
		l.made[firstOf(v.Arn, v.UserName, v.GroupName, v.RoleName, v.PolicyName)] = v.CreateDate
		for _, w := range []when{v.CreateDate, v.UpdateDate, v.PasswordLastUsed, v.RoleLastUsed.LastUsedDate} {
			l.newest = latest(l.newest, w.Time)
		}
	}
	return l
}

// supersede settles for each list which export has a newer reading beside it.
// What was created again under its name proves which is newer; else the dates of
// the files do, and where those are one, the newest date in them.
func (f *dossier) supersede() {
	for _, e := range f.exports {
		e.older = map[string]*export{}
	}
	for _, list := range []string{listUsers, listGroups, listRoles} {
		var whole []*export
		var has []listing
		for _, e := range f.exports {
			if e.detailed() && !e.more && len(e.items[list]) > 0 {
				whole, has = append(whole, e), append(has, e.listing(list))
			}
		}
		for i := range whole {
			for j := i + 1; j < len(whole); j++ {
				common, proof := has[i].against(has[j])
				if !common {
					continue
				}
				if cmp.Or(proof, whole[i].at.Compare(whole[j].at), has[i].newest.Compare(has[j].newest)) < 0 {
					whole[i].yield(list, whole[j])
				} else {
					whole[j].yield(list, whole[i])
				}
			}
		}
	}
}

// yield has a newer reading believed in place of this one. Policies go with the
// principals: a list of them alone may be of AWS's own only.
func (e *export) yield(list string, newer *export) {
	e.older[list] = newer
	if len(newer.items[listPolicies]) > 0 {
		e.older[listPolicies] = newer
	}
}

// against reports whether two listings have anything in common, and which of them
// has something that was created later under the same name.
func (l listing) against(o listing) (common bool, proof int) {
	for name, made := range l.made {
		other, ok := o.made[name]
		if !ok {
			continue
		}
		common = true
		if proof == 0 && !sameTime(made, other) {
			proof = made.Compare(other.Time)
		}
	}
	return common, proof
}

// keepFormer keeps, of the users in an older reading, those whose names the newer
// one gives to others, so that what is theirs is not taken for the others'.
func (f *dossier) keepFormer(d *details, list string, old, newer *export) {
	gone, differs, now := 0, false, map[string]bool{}
	for _, item := range newer.items[list] {
		now[compact(string(item))] = true
	}
	has := newer.listing(list)
	for _, item := range old.items[list] {
		var v struct {
			userDetail
			GroupName, RoleName, PolicyName string
		}
		if json.Unmarshal(item, &v) != nil {
			continue
		}
		differs = differs || !now[compact(string(item))]
		made, still := has.made[firstOf(v.Arn, v.UserName, v.GroupName, v.RoleName, v.PolicyName)]
		switch {
		case !still:
			gone++
		case list == listUsers && !sameTime(made, v.CreateDate):
			u := v.userDetail
			u.Arn = firstOf(u.Arn, f.arnOf("user", u.Path, u.UserName))
			d.former = append(d.former, u)
		}
	}
	if !differs { // a copy
		return
	}
	f.superseded = append(f.superseded, reading{list: list, path: old.path,
		text: fmt.Sprintf("an older reading of this account than %s: what is now is taken from that one; %d of the things in the older are not in it, and are not taken to be there still", newer.path, gone)})
}

// A reading is one of a list that is not taken for what is.
type reading struct{ list, path, text string }

// sayOlder emits the users of older readings whose names are others' now, and
// says which readings are not believed.
func (f *dossier) sayOlder(out *connector.Out, list string) {
	for _, r := range f.superseded {
		if r.list == list {
			out.At("older/"+r.path).Unread(r.path, r.text)
		}
	}
	if list == listUsers {
		for i := range f.details.former {
			f.emitFormer(out, f.details, f.details.live(&f.details.former[i]))
		}
	}
}
