package authz

import "slices"

// An Action is what a call does, by the name that policy.cedar has for it.
type Action string

// The actions. What each means is in its entry below.
const (
	SelfRead       Action = "self.read"
	SelfWrite      Action = "self.write"
	IdentityRead   Action = "identity.read"
	GraphRead      Action = "graph.read"
	FindingRead    Action = "finding.read"
	RiskRead       Action = "risk.read"
	OwnerRead      Action = "owner.read"
	SourceRead     Action = "source.read"
	ScanRead       Action = "scan.read"
	ReportRead     Action = "report.read"
	PolicyRead     Action = "policy.read"
	ViewRead       Action = "view.read"
	AuditRead      Action = "audit.read"
	AuditWrite     Action = "audit.write"
	UserRead       Action = "user.read"
	SettingsRead   Action = "settings.read"
	OwnerConfirm   Action = "owner.confirm"
	OwnerDecide    Action = "owner.decide"
	TagWrite       Action = "tag.write"
	FindingAssign  Action = "finding.assign"
	FindingDecide  Action = "finding.decide"
	ViewWrite      Action = "view.write"
	ScanRun        Action = "scan.run"
	SourceTest     Action = "source.test"
	SourceWrite    Action = "source.write"
	InterviewWrite Action = "interview.write"
	DemoWrite      Action = "demo.write"
	StoreWrite     Action = "store.write"
	SettingsWrite  Action = "settings.write"
	TokenWrite     Action = "token.write"
	UserAdmin      Action = "user.admin"
	UserGrant      Action = "user.grant"
)

var actions = []struct {
	action Action
	doc    string
}{
	{SelfRead, "see who one is, one's sessions and tokens"},
	{SelfWrite, "sign out; end one's own sessions and tokens"},
	{IdentityRead, "see identities, credentials, people, resources and what else is in the estate"},
	{GraphRead, "ask what reaches what, why, and what would be if"},
	{FindingRead, "see findings, fixes, checks and exceptions"},
	{RiskRead, "see scores, posture and risk"},
	{OwnerRead, "see owners, suggestions and what must be done about owners"},
	{SourceRead, "see sources and connectors, and what a scan would read"},
	{ScanRead, "see scans and operations"},
	{ReportRead, "make reports"},
	{PolicyRead, "see the rules of the house"},
	{ViewRead, "see saved views"},
	{AuditRead, "see and verify the record of what was done"},
	{UserRead, "see users, their grants, tokens and sessions"},
	{SettingsRead, "see settings"},
	{OwnerConfirm, "say whether a thing is one's own"},
	{OwnerDecide, "set and hand over owners"},
	{TagWrite, "set and remove tags"},
	{FindingAssign, "ask somebody to act on findings"},
	{FindingDecide, "accept findings until a date, and reopen them"},
	{ViewWrite, "save, change and remove views"},
	{ScanRun, "start and cancel scans"},
	{SourceTest, "try whether a source can be read"},
	{SourceWrite, "add, change, disable and remove sources"},
	{InterviewWrite, "import what interviews found out"},
	{DemoWrite, "load and remove the demo organisation"},
	{StoreWrite, "compact, back up and restore the store"},
	{AuditWrite, "remove old entries of the record of what was done, by a signed cut"},
	{SettingsWrite, "change settings"},
	{TokenWrite, "make API tokens for oneself"},
	{UserAdmin, "add and remove users; end their sessions and tokens; make login links"},
	{UserGrant, "change what users may do"},
}

// Actions lists every action there is, in the order of their list.
func Actions() []Action {
	list := make([]Action, len(actions))
	for i, a := range actions {
		list[i] = a.action
	}
	return list
}

// Doc says what an action means; "" for one that does not exist.
func (a Action) Doc() string {
	if i := slices.IndexFunc(actions, func(x struct {
		action Action
		doc    string
	}) bool {
		return x.action == a
	}); i >= 0 {
		return actions[i].doc
	}
	return ""
}
