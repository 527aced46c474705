package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
)

// A SimulateRequest is `access simulate`: one request against policies in files.
type SimulateRequest struct {
	Policies       []string // paths of identity policies
	Boundary       string
	SCPs, RCPs     []string // each one level of the organization, root first
	Session        []string
	ResourcePolicy string

	Principal string // ARN; "": a user of account 123456789012
	Action    string
	Resource  string   // ARN or "*"
	Context   []string // key=value; key= is present and empty, !key is absent
	Complete  bool     // keys that Context does not name are absent
}

// A SimulateView is the answer, with what is wrong in the policies.
type SimulateView struct {
	Schema    string          `json:"schema"`
	Principal string          `json:"principal"`
	Action    string          `json:"action"`
	Resource  string          `json:"resource"`
	Known     bool            `json:"known_action"` // whether the vendor's catalogue has the action
	Decision  access.Verdict  `json:"decision"`
	Condition json.RawMessage `json:"condition"` // null: none
	Proof     []access.Proof  `json:"proof"`
	Faults    []FaultView     `json:"faults"`
	Catalogue string          `json:"catalogue"`
}

// A FaultView is something in a policy that is invalid or ignored.
type FaultView struct {
	File      string `json:"file"`
	Statement int    `json:"statement"` // -1: of the whole document
	Field     string `json:"field"`
	Text      string `json:"text"`
}

// Simulate evaluates one request. It looks at files only.
func Simulate(r SimulateRequest) (*SimulateView, error) {
	if r.Action == "" || r.Resource == "" {
		return nil, fmt.Errorf("a request needs an action and a resource: %w", drover.ErrInvalid)
	}
	v := &SimulateView{Schema: "drover/v1/simulate", Principal: r.Principal, Action: r.Action, Resource: r.Resource, Proof: []access.Proof{}, Faults: []FaultView{}}
	if v.Principal == "" {
		v.Principal = "arn:aws:iam::123456789012:user/simulated"
	}
	p := &awsiam.Policies{}
	req := &awsiam.Request{Principal: awsiam.Principal{ARN: v.Principal}, Action: r.Action, Resource: r.Resource}
	if err := r.read(p, req, v); err != nil {
		return nil, err
	}
	if err := r.context(&req.Context); err != nil {
		return nil, err
	}
	d := awsiam.Evaluate(p, req)
	v.Decision, v.Condition = d.Verdict, raw(d.Condition)
	if d.Proof != nil {
		v.Proof = d.Proof
	}
	v.Known = awsiam.KnownAction(r.Action)
	v.Catalogue = catalogue()
	return v, nil
}

func catalogue() string {
	name, date := awsiam.Catalogue()
	return name + ", " + date
}

// read reads the files of a request.
func (r *SimulateRequest) read(p *awsiam.Policies, req *awsiam.Request, v *SimulateView) error {
	one := func(path string) (awsiam.Attached, error) {
		doc, err := v.policy(path)
		return awsiam.Attached{Name: filepath.Base(path), Doc: doc}, err
	}
	all := func(paths []string, to func(awsiam.Attached)) error {
		for _, path := range paths {
			a, err := one(path)
			if err != nil {
				return err
			}
			to(a)
		}
		return nil
	}
	if err := all(r.Policies, func(a awsiam.Attached) { p.Identity = append(p.Identity, a) }); err != nil {
		return err
	}
	if err := all(r.Session, func(a awsiam.Attached) { p.Session = append(p.Session, a) }); err != nil {
		return err
	}
	if err := all(r.SCPs, func(a awsiam.Attached) { p.SCPs = append(p.SCPs, []awsiam.Attached{a}) }); err != nil {
		return err
	}
	if err := all(r.RCPs, func(a awsiam.Attached) { p.RCPs = append(p.RCPs, []awsiam.Attached{a}) }); err != nil {
		return err
	}
	if r.Boundary != "" {
		a, err := one(r.Boundary)
		if err != nil {
			return err
		}
		p.Boundary = &a
	}
	if r.ResourcePolicy != "" {
		a, err := one(r.ResourcePolicy)
		if err != nil {
			return err
		}
		req.ResourcePolicy = &a
	}
	return nil
}

// policyLimit bounds a file: AWS's largest policy has 20,480 characters, a GAAD
// export is no policy.
const policyLimit = 4 << 20

// policy reads one policy and notes its faults.
func (v *SimulateView) policy(path string) (*awsiam.Document, error) {
	body, err := readFile(path, policyLimit)
	if err != nil {
		return nil, err
	}
	doc, faults, err := awsiam.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, f := range faults {
		v.Faults = append(v.Faults, FaultView{File: path, Statement: f.Statement, Field: f.Field, Text: f.Text})
	}
	return doc, nil
}

func readFile(path string, limit int64) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w (%w)", path, err, drover.ErrNotFound)
	}
	if fi.IsDir() || fi.Size() > limit {
		return nil, fmt.Errorf("%s: is no file of at most %d bytes: %w", path, limit, drover.ErrInvalid)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return body, nil
}

func (r *SimulateRequest) context(c *awsiam.Context) error {
	c.Complete = r.Complete
	values := map[string][]string{}
	var order []string
	for _, text := range r.Context {
		if key, ok := strings.CutPrefix(text, "!"); ok && !strings.Contains(key, "=") {
			c.Absent(key)
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return fmt.Errorf("context %q: write KEY=VALUE, or !KEY for one that is absent: %w", text, drover.ErrInvalid)
		}
		if _, have := values[key]; !have {
			order = append(order, key)
		}
		values[key] = append(values[key], value)
	}
	for _, key := range order {
		c.Known(key, values[key]...)
	}
	return nil
}

// raw is canonical JSON, nil where there is nothing.
func raw(a drover.Attrs) json.RawMessage {
	if len(a) == 0 {
		return nil
	}
	return json.RawMessage(a)
}
