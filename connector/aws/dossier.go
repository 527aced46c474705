package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A dossier is what files say of one account.
type dossier struct {
	account
	exports []*export // newest first
	full    bool      // authorization details are among them

	resources []listedResource // of what Terraform manages

	superseded []reading // of which a newer one lies beside
}

func newDossier(s *connector.Scan, id string) *dossier {
	if id == "" {
		id = "-"
	}
	return &dossier{account: account{scan: s, id: id, partition: "aws", workers: 1}}
}

// read emits the sections that the files speak of. Those of which no file is
// there are not run: nothing is known to be gone.
func (f *dossier) read(ctx context.Context) error {
	if err := f.load(); err != nil {
		return err
	}
	for _, read := range []func(context.Context) error{f.readFacts, f.readDetailLists, f.readListed, f.readUserFiles, f.readProviderFiles, f.readReportFiles, f.readResources} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// load brings the items of all files together.
func (f *dossier) load() error {
	d := newDetails()
	f.supersede()
	for _, e := range f.exports {
		if p := e.partitionIn(); p != "" && f.partition == "aws" {
			f.partition = p
		}
		for _, list := range []string{listUsers, listGroups, listRoles} {
			f.full = f.full || e.items[list] != nil
		}
	}
	for _, e := range f.exports {
		detailed := e.detailed()
		if detailed && e.at.After(f.asOf) {
			f.asOf = e.at
		}
		for to, from := range map[string]string{listUsers: "Users", listGroups: "Groups", listRoles: "Roles", listPolicies: listPolicies} {
			source := to
			switch {
			case e.older[to] != nil:
				f.keepFormer(d, to, e, e.older[to])
				continue
			case detailed:
			case f.full:
				continue // the authorization details say more
			default:
				source = from
			}
			for i, item := range e.items[source] {
				d.add(to, fmt.Sprintf("%s#%s[%d]", e.path, source, i), item)
			}
		}
		for _, list := range []string{listUsers, listGroups, listRoles, listPolicies} {
			for _, p := range e.damage {
				d.trouble(list, p.where, p.err)
			}
			if detailed && e.more && !f.continued(e) {
				d.trouble(list, e.path, fmt.Errorf("it says that more pages follow: the one after this is missing%s; export it too, or everything at once without --max-items and --no-paginate: %w", e.next(), drover.ErrInvalid))
			}
		}
	}
	if f.asOf.IsZero() {
		for _, e := range f.exports {
			f.asOf = latest(f.asOf, e.at)
		}
	}
	for _, r := range f.resources {
		if f.asOf.IsZero() || len(f.exports) == 0 {
			f.asOf = latest(f.asOf, r.from.at)
		}
	}
	d.index(&f.account)
	f.details = d
	f.once.Do(func() {}) // there is nothing else to be read
	f.learn()
	return nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// detailed reports whether the export is of get-account-authorization-details.
func (e *export) detailed() bool {
	return e.items[listUsers] != nil || e.items[listGroups] != nil || e.items[listRoles] != nil
}

// next is the marker of the page that is missing, in words.
func (e *export) next() string {
	for option, key := range map[string]string{"--starting-token": "NextToken", "--marker": "Marker"} {
		if m := e.text(key); m != "" && len(m) <= 200 {
			return fmt.Sprintf(" (%s %s)", option, sayable(m))
		}
	}
	return ""
}

// continued reports whether the last page of the account's details lies beside.
func (f *dossier) continued(page *export) bool {
	return slices.ContainsFunc(f.exports, func(e *export) bool {
		return e.detailed() && !e.more && filepath.Dir(e.path) == filepath.Dir(page.path)
	})
}

// section runs a section as of the time of its files.
func (f *dossier) section(ctx context.Context, name string, at time.Time, fn func(out *connector.Out)) error {
	f.scan.AsOf = at
	return f.account.section(ctx, name, "", func(ctx context.Context, out *connector.Out) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fn(out)
		return nil
	})
}

// readFacts emits the account. A file that says nothing of it names it at least.
func (f *dossier) readFacts(ctx context.Context) error {
	var facts accountFacts
	for _, e := range f.exports {
		for _, item := range e.items["AccountAliases"] {
			var alias string
			if json.Unmarshal(item, &alias) == nil {
				facts.aliases = append(facts.aliases, alias)
			}
		}
		if facts.summary == nil && e.values["SummaryMap"] != nil {
			_ = json.Unmarshal(e.values["SummaryMap"], &facts.summary)
		}
		if facts.passwordPolicy == nil && e.values["PasswordPolicy"] != nil {
			var p map[string]any
			if json.Unmarshal(e.values["PasswordPolicy"], &p) == nil {
				facts.passwordPolicy = p
			}
		}
	}
	return f.section(ctx, "iam.account", f.asOf, func(out *connector.Out) {
		if !isAccount(f.id) {
			out.Lost(f.path(), fmt.Errorf("of which account it is, nothing in it says: set option account (12 digits), so that it is joined to what others know: %w", drover.ErrInvalid))
			return
		}
		f.emitAccount(out, facts)
	})
}

// readDetailLists emits users, groups, roles and policies. Lists of them alone
// say less: what they leave out is lost, not gone.
func (f *dossier) readDetailLists(ctx context.Context) error {
	for _, s := range []struct {
		name, list, key string
		emit            func(*connector.Out, *details)
	}{
		{"iam.users", listUsers, "Users", f.emitUsers}, {"iam.groups", listGroups, "Groups", f.emitGroups},
		{"iam.roles", listRoles, "Roles", f.emitRoles}, {"iam.policies", listPolicies, listPolicies, f.emitPolicies},
	} {
		there := f.full
		for _, e := range f.exports {
			there = there || e.items[s.key] != nil
		}
		if !there {
			continue
		}
		if err := f.section(ctx, s.name, f.asOf, func(out *connector.Out) {
			for _, p := range f.details.problems[s.list] {
				if p.note {
					out.Note(p.where, p.err.Error())
				} else {
					out.Lost(p.where, p.err)
				}
			}
			if !f.full {
				out.Lost(s.key, fmt.Errorf("a list alone has no memberships and policies: add the output of aws iam get-account-authorization-details: %w", drover.ErrInvalid))
			}
			f.sayOlder(out, s.list)
			s.emit(out, f.details)
		}); err != nil {
			return err
		}
	}
	return nil
}

// of collects the items of one list from all files, each decoded, and the time of
// the newest. What cannot be decoded is lost in the section.
func of[T any](f *dossier, key string) (list []T, at time.Time, found bool, lost []problem) {
	seen := map[string]bool{}
	for _, e := range f.exports {
		items, ok := e.items[key]
		if !ok {
			continue
		}
		found, at = true, latest(at, e.at)
		for i, raw := range items {
			if text := compact(string(raw)); seen[text] {
				continue
			} else {
				seen[text] = true
			}
			var v T
			if err := json.Unmarshal(raw, &v); err != nil {
				lost = append(lost, problem{where: fmt.Sprintf("%s#%s[%d]", e.path, key, i), err: fmt.Errorf("not what IAM calls one: %s: %w", sayable(err.Error()), drover.ErrInvalid)})
				continue
			}
			list = append(list, v)
		}
		lost = append(lost, e.damage...)
	}
	return list, at, found, lost
}

func sayLost(out *connector.Out, lost []problem) {
	for _, p := range lost {
		out.Lost(p.where, p.err)
	}
}

// user is the user of a name who can have something made at a time, as far as it
// is known.
func (f *dossier) user(name string, made when) *userDetail {
	if u := f.details.bearer(name, made); u != nil {
		return u
	}
	return f.details.live(&userDetail{UserName: name, Arn: f.arnOf("user", "", name)})
}

// learn registers the users that lists and reports tell of beside the details.
func (f *dossier) learn() {
	users, _, _, _ := of[userDetail](f, "Users")
	for i := range users {
		if u := &users[i]; u.UserId != "" && u.UserName != "" {
			u.Arn = firstOf(u.Arn, f.arnOf("user", u.Path, u.UserName))
			f.details.live(u)
		}
	}
	if report := f.report(); report != nil {
		for _, r := range report.rows {
			if r["user"] != rootUser && r["user"] != "" {
				f.details.reported(&f.account, r)
			}
		}
	}
}
