package aws

import (
	"slices"
	"strings"

	"github.com/droverhq/drover/graph/effective"
)

// A technique is one way to become somebody else, as data: what it takes, of
// whom, and what it gives. One engine interprets all of them, see engine.go.
type technique struct {
	id, title string
	doc       string // what it takes and gives, in one or two sentences
	cite      string // "": the catalogue's page of the id

	gives gives
	needs []need

	// Of the principal that is gained (user, role), of the role that is passed,
	// or of the thing that runs as it.
	service  string   // the role's trust must name one of these, joined by |
	types    []string // of the things, each with its role
	parts    []string // uses of a thing that count; nil: all
	requires []requirement

	// writes: a policy of the taker's choice comes to bind the principal that is
	// gained (or the taker itself), so that all that its boundary and its
	// organization leave is the taker's.
	writes bool

	change change // of givesFreed: what it does to the taker's own documents
}

// gives is whom a technique gives.
type gives string

const (
	givesSelf  gives = "self"  // more rights to the taker
	givesUser  gives = "user"  // another user
	givesRole  gives = "role"  // another role
	givesGroup gives = "group" // membership of a group
	givesPass  gives = "pass"  // a role that a service accepts
	givesThing gives = "thing" // the role of something that is there
	givesNew   gives = "new"   // a principal made for the purpose
	givesFreed gives = "freed" // the rights that the taker's policies hold back
)

// A need is one action that must be allowed, and on what.
type need struct {
	action string
	on     string // a slot, a template of the ARN of what is to be made, or "any:<type>": something of that type that is there
	to     string // of iam:PassRole: the service that the role is passed to (iam:PassedToService); several, joined by |, where vendors' pages differ
}

// Slots of a need: what its resource is.
const (
	self    = "self"    // the taker
	target  = "target"  // the user, role or group that is gained
	group   = "group"   // a group of the taker
	policy  = "policy"  // a customer managed policy of the taker, or of the target
	passed  = "passed"  // the role that is passed
	carrier = "carrier" // the thing that runs as a role
	assumed = "assumed" // the target, as its trust policy stands
	task    = "task"    // a task of the ECS service that is the carrier
	nothing = "*"       // the action takes no resource

	some = "any:" // prefix: a thing of this type that is there; the same one wherever a technique names it
)

// A requirement is something that has to be so beside what policies say.
type requirement string

const (
	takerIsUser      requirement = "the taker is a user"
	takerIsRole      requirement = "the taker is a role"
	hasFreeKey       requirement = "the user has fewer than two access keys"
	hasBothKeys      requirement = "the user has two access keys, the most there can be"
	hasNoPassword    requirement = "the user has no console password"
	hasPassword      requirement = "the user has a console password"
	trustsOnceAsked  requirement = "the role can be assumed as soon as its trust policy names the taker"
	hasProfile       requirement = "an instance profile carries the role"
	hasContainerHost requirement = "an EC2 container instance is registered in a cluster"
	invokable        requirement = "the function is invoked: by the taker, by an event source, by whom its policy names"
	inSSM            requirement = "the role lets the SSM agent register the instance"
	isRunning        requirement = "the instance is not known to be stopped"
	execEnabled      requirement = "commands may be executed in the service's tasks"
	batchEnabled     requirement = "the project is set up for batch builds"
)

// ARN templates of what is to be made. {p}, {r} and {a} stand for partition,
// region and account; * for a name of the taker's choice.
const (
	newRole        = "arn:{p}:iam::{a}:role/*"
	newUser        = "arn:{p}:iam::{a}:user/*"
	newFunction    = "arn:{p}:lambda:{r}:{a}:function:*"
	newInstance    = "arn:{p}:ec2:{r}:{a}:instance/*"
	newDocument    = "arn:{p}:ssm:{r}:{a}:document/*"
	newTaskDef     = "arn:{p}:ecs:{r}:{a}:task-definition/*:*"
	newService     = "arn:{p}:ecs:{r}:{a}:service/*/*"
	newCluster     = "arn:{p}:ecs:{r}:{a}:cluster/*"
	newProject     = "arn:{p}:codebuild:{r}:{a}:project/*"
	newJob         = "arn:{p}:glue:{r}:{a}:job/*"
	newTrigger     = "arn:{p}:glue:{r}:{a}:trigger/*"
	newSession     = "arn:{p}:glue:{r}:{a}:session/*"
	newStack       = "arn:{p}:cloudformation:{r}:{a}:stack/*/*"
	newStackSet    = "arn:{p}:cloudformation:{r}:{a}:stackset/*:*"
	newPipeline    = "arn:{p}:datapipeline:{r}:{a}:pipeline/*"
	newInterpreter = "arn:{p}:bedrock-agentcore:{r}:{a}:code-interpreter-custom/*"
	newRuntime     = "arn:{p}:bedrock-agentcore:{r}:{a}:runtime/*"
	newHarness     = "arn:{p}:bedrock-agentcore:{r}:{a}:harness/*"
	newBrowser     = "arn:{p}:bedrock-agentcore:{r}:{a}:browser-custom/*"
	newJobDef      = "arn:{p}:batch:{r}:{a}:job-definition/*"
	newQueue       = "arn:{p}:batch:{r}:{a}:job-queue/*"

	// What an instance is made with, beside itself: RunInstances asks for each
	// (Service Authorization Reference, Amazon EC2).
	image     = "arn:{p}:ec2:{r}::image/*"
	subnet    = "arn:{p}:ec2:{r}:{a}:subnet/*"
	firewall  = "arn:{p}:ec2:{r}:{a}:security-group/*"
	network   = "arn:{p}:ec2:{r}:{a}:network-interface/*"
	volume    = "arn:{p}:ec2:{r}:{a}:volume/*"
	spot      = "arn:{p}:ec2:{r}:{a}:spot-instances-request/*"
	shellDoc  = "arn:{p}:ssm:{r}::document/AWS-RunShellScript" // one that AWS owns
	lifecycle = "arn:{p}:sagemaker:{r}:{a}:notebook-instance-lifecycle-config/*"
)

// catalogue is where ids of techniques come from.
const catalogue = "https://pathfinding.cloud/paths/"

func (t *technique) public() effective.Technique {
	e := effective.Technique{ID: t.id, Title: t.title, Doc: t.doc, Cite: t.cite}
	if e.Cite == "" {
		e.Cite = catalogue + t.id
	}
	for _, n := range t.needs {
		if n.action != "" && !slices.Contains(e.Needs, n.action) {
			e.Needs = append(e.Needs, n.action)
		}
	}
	if e.Title == "" {
		e.Title = strings.Join(e.Needs, " + ")
	}
	return e
}

// techniques is the whole table, in the order of the catalogue.
var techniques = slices.Concat(iamTechniques, computeTechniques, containerTechniques, dataTechniques, agentTechniques, ownTechniques, changeTechniques)
