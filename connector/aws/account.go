package aws

import (
	"context"
	"fmt"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// An account is one AWS account being read by a scan: live through cfg, or from
// files, then cfg is empty and nothing may be called.
type account struct {
	scan      *connector.Scan
	cfg       awssdk.Config // signs as a principal of this account; its Region is the one to sign in
	id        string        // 12 digits
	partition string        // "aws", "aws-cn", "aws-us-gov"…
	regions   []string      // to be read, sorted
	workers   int           // calls to make at once
	asOf      time.Time     // when what is in files was true; zero: live

	caller string // ARN of the principal that cfg signs as
	key    string // id of the access key that the source signs with
	remark string // what a reader should know of how it was entered

	once    sync.Once
	details *details // see gaad
	err     error
}

// in is the configuration for one region; "" is the account's own.
func (a *account) in(region string) awssdk.Config {
	cfg := a.cfg.Copy()
	if region != "" {
		cfg.Region = region
	}
	return cfg
}

// section runs one part of the account: its name is shared by all accounts and
// regions, its coverage is its own.
func (a *account) section(ctx context.Context, name, region string, fn func(ctx context.Context, out *connector.Out) error) error {
	coverage := "aws:" + a.id + "/"
	if region != "" {
		coverage += region + "/"
	}
	return a.scan.Section(ctx, name, coverage+name, fn)
}

// wanted reports whether a section was asked for.
func (a *account) wanted(name string) bool {
	if len(a.scan.Only) == 0 {
		return true
	}
	for _, o := range a.scan.Only {
		if o == name {
			return true
		}
	}
	return false
}

// document emits a policy as it was given and returns its hash, for
// Attrs["document"], and the condition keys of which it holds fingerprints for
// values, see seal. Of JSON only the white space between its words is lost: the
// API gives what its author typed, the AWS CLI its own indentation.
func (a *account) document(out *connector.Out, body string) (hash string, sealed []string) {
	body, sealed = a.seal(compact(clean(body)))
	return out.Document(drover.NewDocument("aws-iam", body)), sealed
}

// A bounder counts what a listing brought, and says when it is past all reason.
type bounder struct {
	what string
	n    int
}

// maxObjects bounds one listing: far past every quota of AWS.
const maxObjects = 2_000_000

func (b *bounder) add(n int) error {
	if b.n += n; b.n > maxObjects {
		return fmt.Errorf("%s: more than %d; the rest is not read: %w", b.what, maxObjects, drover.ErrInvalid)
	}
	return nil
}
