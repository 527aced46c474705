package cli

import (
	"context"
	"io"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/report"
	sheet "github.com/droverhq/drover/internal/report/owner"
)

// An estate answers what commands ask: the engine in this process, or a server
// that has one. A command that takes it works both ways, and says the same.
type estate interface {
	// what there is
	List(ctx context.Context, r engine.ListRequest) (*engine.Listing, error)
	ExplainFilter(ctx context.Context, text string) (string, error)
	Generation(ctx context.Context) (int64, error)
	Summary(ctx context.Context, asOf time.Time) (engine.Summary, error)
	Show(ctx context.Context, text string, asOf time.Time) (*engine.Detail, error)
	Diff(ctx context.Context, req engine.DiffRequest) (*engine.DiffView, error)
	Naming(ctx context.Context) (*engine.NamingCount, error)
	SetTags(ctx context.Context, id string, set map[string]string, remove []string) (drover.Ref, error)

	// who can reach what
	Blast(ctx context.Context, id string, asOf time.Time, o engine.ReachOptions) (*engine.BlastView, error)
	BlastAll(ctx context.Context, filter string, asOf time.Time, o engine.ReachOptions) (*engine.BlastsView, error)
	Paths(ctx context.Context, from, to string, asOf time.Time, o engine.ReachOptions) (*engine.PathsView, error)
	Reached(ctx context.Context, id string, asOf time.Time, o engine.ReachOptions) (*engine.ReachedView, error)
	Cut(ctx context.Context, from, to string, asOf time.Time, o engine.ReachOptions) (*engine.CutView, error)
	Why(ctx context.Context, id, resource, action string, asOf time.Time, o engine.ReachOptions) (*engine.WhyView, error)
	WhoCan(ctx context.Context, resource, action string, asOf time.Time, o engine.ReachOptions) (*engine.WhoCanView, error)
	Grants(ctx context.Context, id string, asOf time.Time, o engine.ReachOptions) (*engine.GrantsView, error)
	Creators(ctx context.Context, id string, asOf time.Time) (*engine.CreatorsView, error)
	Dependents(ctx context.Context, id string, asOf time.Time) (*engine.DepsView, error)
	DiffReach(ctx context.Context, req engine.DiffRequest, with string) (*engine.ReachDiffView, error)
	Lint(ctx context.Context, r engine.LintRequest) (*engine.LintView, error)

	// what is wrong
	Check(ctx context.Context, o engine.CheckOptions) (*engine.CheckResult, error)
	LastCheck(ctx context.Context, asOf time.Time) (time.Time, error)
	Findings(ctx context.Context, q engine.FindingQuery) (list []drover.Finding, hidden int, err error)
	FindFinding(ctx context.Context, text string, asOf time.Time) (*drover.Finding, error)
	FindingHead(ctx context.Context, q engine.FindingQuery) (export.Head, error)
	Explain(ctx context.Context, text string, asOf time.Time) (*engine.ExplainView, error)
	Accept(ctx context.Context, list []drover.Finding, a engine.Acceptance) error
	Reopen(ctx context.Context, list []drover.Finding, reason string) error
	Assign(ctx context.Context, list []drover.Finding, to string) error
	Fixes(ctx context.Context, q engine.FindingQuery) ([]*engine.FixItem, error)
	FindFix(ctx context.Context, id string, q engine.FindingQuery) (*engine.FixItem, error)
	Report(ctx context.Context, name string, asOf time.Time) (*report.Report, error)

	// risk and policy
	Risks(ctx context.Context, filter string, o engine.RiskOptions) (*engine.RisksView, error)
	RiskOf(ctx context.Context, text string, o engine.RiskOptions) (*engine.RiskView, error)
	RiskBy(ctx context.Context, by, filter string, o engine.RiskOptions) ([]engine.RiskGroup, int64, error)
	Overrides(context.Context) []engine.PolicyFault
	PolicyItems(ctx context.Context) ([]engine.PolicyItem, error)
	PolicyLint(ctx context.Context) ([]engine.PolicyFault, error)
	PolicyTest(ctx context.Context, ids []string) ([]engine.PolicyTest, error)
	PolicyExplain(ctx context.Context, text string, asOf time.Time) (*engine.PolicyView, error)

	// who answers for it
	OwnerItems(ctx context.Context, q engine.OwnerQuery) (*engine.OwnerList, error)
	OwnerCounts(ctx context.Context, asOf time.Time, all bool) ([]engine.OwnerCount, int64, error)
	OwnerTasks(ctx context.Context, forWhom string, asOf time.Time) ([]engine.OwnerTask, int64, error)
	OwnerSheet(ctx context.Context, r engine.SheetRequest) (*sheet.Sheet, error)
	OwnerSheets(ctx context.Context, r engine.SheetRequest) ([]*sheet.Sheet, error)
	SetOwner(ctx context.Context, id string, d engine.OwnerDecision) (*engine.OwnerChange, error)
	ConfirmOwner(ctx context.Context, id string) (*engine.OwnerChange, error)
	TransferOwner(ctx context.Context, id, from string, d engine.OwnerDecision) (*engine.OwnerChange, error)
	Questionnaires(ctx context.Context) ([]engine.Questionnaire, error)
	ImportInterview(ctx context.Context, path string) (*engine.InterviewReport, error)

	// where it comes from
	SourceStates(ctx context.Context) ([]engine.SourceState, error)
	AddSource(ctx context.Context, id, kind string, options map[string][]string) (note string, err error)
	DisableSource(ctx context.Context, id string, disabled bool) error
	RemoveSource(ctx context.Context, id string) error
	TestSource(ctx context.Context, id string) error
	Perms(ctx context.Context, id string) (*engine.Perms, error)
	Preview(ctx context.Context, words []string) []engine.Preview
	DryRun(ctx context.Context, words []string, emit func(engine.PlannedRead)) error
	Scan(ctx context.Context, req engine.ScanRequest) (*engine.ScanResult, error)
	StoreSize(ctx context.Context) (*engine.StoreSize, error)

	// who may come in, and what was done
	Who(ctx context.Context) (string, []string, error)
	Users(ctx context.Context) ([]engine.UserItem, error)
	AddUser(ctx context.Context, n engine.NewUser) (*engine.UserItem, error)
	GrantUser(ctx context.Context, who string, grants []authz.Grant) (*engine.UserItem, error)
	RemoveUser(ctx context.Context, who, reassign string) (*engine.UserRemoval, error)
	Views(ctx context.Context) ([]engine.SavedView, error)
	View(ctx context.Context, text string) (*engine.SavedView, error)
	SaveView(ctx context.Context, v engine.SavedView) (*engine.SavedView, error)
	RemoveView(ctx context.Context, text string, version int64) (*engine.SavedView, error)
	WatchView(ctx context.Context, text string) (*engine.SavedView, error)
	UnwatchView(ctx context.Context, text string) (*engine.SavedView, error)

	Tokens(ctx context.Context, all bool) ([]engine.TokenItem, error)
	CreateToken(ctx context.Context, n engine.NewToken) (*engine.MadeToken, error)
	RevokeToken(ctx context.Context, id string) error
	AuditCount(ctx context.Context, q engine.AuditQuery) (int, error)
	AuditList(ctx context.Context, q engine.AuditQuery) ([]engine.AuditItem, error)
	AuditVerify(ctx context.Context, files ...string) (*engine.AuditProof, error)
	ExportAudit(ctx context.Context, before time.Time, w io.Writer) error
	CutAudit(ctx context.Context, r engine.AuditCutRequest) (*engine.AuditCutView, error)
}
