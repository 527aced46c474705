package aws

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// discover reads every account of the source.
func discover(ctx context.Context, s *connector.Scan) error {
	if s.Config.Has("path") {
		return discoverFiles(ctx, s)
	}
	cfg, err := configure(ctx, s.Session)
	if err != nil {
		return err
	}
	list, err := accounts(ctx, s, cfg)
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range list {
		if a.err != nil {
			errs = append(errs, a.err)
			err = a.unreadable(ctx)
		} else {
			err = a.read(ctx)
		}
		if err != nil {
			return err
		}
	}
	if len(errs) == len(list) {
		return errors.Join(errs...)
	}
	return nil
}

// read reads one account: IAM, then each service, in each region where it is
// regional.
func (a *account) read(ctx context.Context) error {
	if err := a.readIAM(ctx); err != nil {
		return err
	}
	if err := a.findRegions(ctx); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(a.workers)
	for _, sv := range services {
		if !a.wanted(sv.name) {
			continue
		}
		regions := []string{""}
		if sv.regional {
			regions = a.regions
		}
		for _, region := range regions {
			g.Go(func() error {
				return a.section(gctx, sv.name, region, func(ctx context.Context, out *connector.Out) error {
					return sv.read(ctx, a, region, out)
				})
			})
		}
	}
	return g.Wait()
}

// unreadable records that nothing of the account could be read.
func (a *account) unreadable(ctx context.Context) error {
	return a.section(ctx, "iam.account", "", func(context.Context, *connector.Out) error { return a.err })
}

// whoami asks STS which account the configuration signs in; that call needs no
// privilege.
func whoami(ctx context.Context, s *connector.Scan, cfg awssdk.Config) (*account, error) {
	id, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		return nil, signInFault(s.Session, err)
	}
	a := newAccount(s, awssdk.ToString(id.Account))
	a.cfg = cfg
	if !isAccount(a.id) {
		return nil, fmt.Errorf("sts:GetCallerIdentity: the account %q is not 12 digits: is this the API of AWS? %w", sayable(a.id), drover.ErrInvalid)
	}
	caller, ok := parseARN(awssdk.ToString(id.Arn))
	if !ok {
		return nil, fmt.Errorf("sts:GetCallerIdentity: no ARN in its answer: is this the API of AWS? %w", drover.ErrInvalid)
	}
	a.partition, a.caller = caller.partition, awssdk.ToString(id.Arn)
	if creds, err := cfg.Credentials.Retrieve(ctx); err == nil {
		a.key = creds.AccessKeyID
	}
	return a, nil
}

func newAccount(s *connector.Scan, id string) *account {
	return &account{scan: s, id: id, partition: "aws", workers: max(s.Config.Int("concurrency"), 1)}
}

// regionScope is what finding the regions needs.
var regionScope = allow("ec2:DescribeRegions", "which regions the account has enabled; without it only the configured one is read")

// findRegions settles which regions are read. When the account does not tell,
// it is the one to sign in, and the section regions says so.
func (a *account) findRegions(ctx context.Context) error {
	if list := a.scan.Config.List("regions"); len(list) > 0 {
		a.regions = sorted(slices.Clone(list))
		return nil
	}
	needed := slices.ContainsFunc(services, func(s service) bool { return s.regional && a.wanted(s.name) })
	if !needed && !a.wanted("regions") {
		return nil
	}
	list, err := a.enabledRegions(ctx)
	if err != nil {
		list = []string{a.cfg.Region}
	}
	a.regions = list
	return a.section(ctx, "regions", "", func(_ context.Context, out *connector.Out) error {
		if err != nil {
			return fmt.Errorf("only %s is read: %w", a.cfg.Region, err)
		}
		return nil
	})
}

// enabledRegions asks EC2, which has the list that all services share.
func (a *account) enabledRegions(ctx context.Context) ([]string, error) {
	var answer struct {
		Names []string `xml:"regionInfo>item>regionName"`
	}
	err := a.query(ctx, "ec2", a.cfg.Region, "DescribeRegions", "2016-11-15", url.Values{}, &answer)
	if err != nil {
		return nil, fault(err)
	}
	var list []string
	for _, name := range answer.Names {
		if plainRegion(name) {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("ec2:DescribeRegions: no region in its answer: %w", drover.ErrTransient)
	}
	return sorted(list), nil
}

// plainRegion reports whether a name can be one of a region: it becomes part of
// addresses that are called.
func plainRegion(s string) bool {
	return s != "" && len(s) < 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && !strings.HasPrefix(s, "-")
}
