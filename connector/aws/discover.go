package aws

import (
	"context"
	"fmt"
	"slices"

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
	for _, a := range list {
		if err := a.read(ctx); err != nil {
			return err
		}
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
				return a.section(gctx, sv.name, region, func(ctx context.Context, out *connector.Out) error { return fault(sv.read(ctx, a, region, out)) })
			})
		}
	}
	return g.Wait()
}

// whoami asks STS which account the configuration signs in; that call needs no
// privilege.
func whoami(ctx context.Context, s *connector.Scan, cfg awssdk.Config) (*account, error) {
	id, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		return nil, fault(err)
	}
	a := &account{scan: s, cfg: cfg, id: awssdk.ToString(id.Account), workers: max(s.Config.Int("concurrency"), 1)}
	if !isAccount(a.id) {
		return nil, fmt.Errorf("sts:GetCallerIdentity: the account %q is not 12 digits: is this the API of AWS? %w", sayable(a.id), drover.ErrInvalid)
	}
	caller, ok := parseARN(awssdk.ToString(id.Arn))
	if !ok {
		return nil, fmt.Errorf("sts:GetCallerIdentity: no ARN in its answer: is this the API of AWS? %w", drover.ErrInvalid)
	}
	a.partition = caller.partition
	return a, nil
}

// accounts lists the accounts to read, each with the configuration that signs
// there.
func accounts(ctx context.Context, s *connector.Scan, cfg awssdk.Config) ([]*account, error) {
	self, err := whoami(ctx, s, cfg)
	if err != nil {
		return nil, err
	}
	return []*account{self}, nil
}

var _ = slices.Sort[[]string]
