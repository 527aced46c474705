package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// gaad reads principals and policies of the account, once for all the sections
// that need them. What came before an error is returned beside it.
func (a *account) gaad(ctx context.Context) (*details, error) {
	a.once.Do(func() {
		if a.details == nil {
			a.details = newDetails()
			if a.err = a.readDetails(ctx, a.details); notAllowed(a.err) && len(a.details.seen) == 0 {
				if err := a.readSingly(ctx, a.details, a.err); err == nil {
					a.err = nil
				} else {
					a.err = errors.Join(a.err, err)
				}
			}
		}
		a.details.index(a)
	})
	return a.details, a.err
}

// notAllowed reports whether the call was refused to a principal that is known:
// what is refused to an expired session would be refused for every call.
func notAllowed(err error) bool { return denied(err) && strings.Contains(err.Error(), ": denied (") }

func (a *account) readDetails(ctx context.Context, d *details) error {
	client := iam.NewFromConfig(a.cfg)
	return pages("iam:GetAccountAuthorizationDetails", func(marker *string) (bool, *string, error) {
		page, err := client.GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{Marker: marker, MaxItems: a.pageSize()})
		if err != nil {
			return false, nil, err
		}
		repeated := 0
		for list, items := range map[string]any{listUsers: page.UserDetailList, listGroups: page.GroupDetailList, listRoles: page.RoleDetailList, listPolicies: page.Policies} {
			raw, err := rawItems(items)
			if err != nil {
				return false, nil, err
			}
			for i, item := range raw {
				if d.add(list, fmt.Sprintf("%s[%d]", list, i), item) {
					repeated++
				}
			}
		}
		if repeated > 0 {
			return false, nil, errRepeated("iam:GetAccountAuthorizationDetails", repeated)
		}
		return page.IsTruncated, page.Marker, nil
	})
}

// rawItems brings a list of the SDK's into the JSON that the AWS CLI prints.
func rawItems(list any) ([]json.RawMessage, error) {
	b, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return raw, nil
}

// recast brings a value of the SDK's into our shape of the same.
func recast[T any](v any) (T, error) {
	var out T
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		return out, fmt.Errorf("read the answer: %w", err)
	}
	return out, nil
}

// errRepeated says that what came was there before: a page was lost on the way,
// or the list changed while it was read.
func errRepeated(what string, n int) error {
	return fmt.Errorf("%s: %d items came twice, so others may be missing; scan again: %w", what, n, drover.ErrTransient)
}

// maxPages bounds one listing: a list that never ends is none.
const maxPages = 100_000

// pages calls next for each page until it says that there are no more. A marker
// that comes again would go on for ever.
func pages(what string, next func(marker *string) (more bool, following *string, err error)) error {
	var marker *string
	seen := map[string]bool{}
	for range maxPages {
		more, following, err := next(marker)
		if err != nil {
			return fault(err)
		}
		if !more {
			return nil
		}
		m := awssdk.ToString(following)
		if m == "" || seen[m] {
			return fmt.Errorf("%s: the page says that there are more and not where, or leads back: what follows is missing: %w", what, drover.ErrTransient)
		}
		seen[m], marker = true, following
	}
	return fmt.Errorf("%s: more than %d pages; the rest is not read: %w", what, maxPages, drover.ErrInvalid)
}

func (a *account) pageSize() *int32 {
	n := a.scan.Config.Int("page_size")
	return awssdk.Int32(int32(min(max(n, 1), 1000)))
}

// fromDetails runs a section over one of the lists.
func (a *account) fromDetails(ctx context.Context, name, list string, emit func(out *connector.Out, d *details)) error {
	return a.section(ctx, name, "", func(ctx context.Context, out *connector.Out) error {
		d, err := a.gaad(ctx)
		for _, p := range d.problems[list] {
			if p.note {
				out.Note(p.where, p.err.Error())
			} else {
				out.Lost(p.where, p.err)
			}
		}
		emit(out, d)
		return err
	})
}
