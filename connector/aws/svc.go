package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/secret"
)

// What the readers of services have in common.

// paged asks for pages until there is none more. next makes one call with the
// token of the page, nil for the first, and returns the token of the next page
// and the ids of what was on this one. A token that comes twice is an error: the
// pages would never end. So is a thing that comes twice: a page was given again
// in the place of another, and what that held would be missing.
func paged(ctx context.Context, next func(ctx context.Context, token *string) (*string, []string, error)) error {
	var token *string
	tokens, ids := map[string]bool{}, map[string]bool{}
	count, repeated := bounder{what: "a listing"}, 0
	for {
		after, page, err := next(ctx, token)
		if err != nil {
			return err
		}
		if err := count.add(len(page)); err != nil {
			return err
		}
		for _, id := range page {
			if ids[id] && id != "" {
				repeated++
			}
			ids[id] = true
		}
		following := awssdk.ToString(after)
		switch {
		case following == "" && repeated == 0:
			return nil
		case following == "":
			return fmt.Errorf("%d things were listed twice, so others may be missing; scan again: %w", repeated, drover.ErrTransient)
		case tokens[following]:
			return fmt.Errorf("the API gave the same page token twice, what follows is missing; scan again: %w", drover.ErrTransient)
		}
		tokens[following] = true
		token = after
	}
}

// upTo is how much to ask for in one page, of which the service allows most.
func (a *account) upTo(most int32) *int32 { return awssdk.Int32(min(*a.pageSize(), most)) }

// idsOf are the ids of what is on a page.
func idsOf[T any](list []T, id func(T) *string) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = awssdk.ToString(id(e))
	}
	return out
}

// listed is the error of a section's first call. A service that has no address in
// the region is none that the source is meant to read there.
func listed(region string, err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return connector.Skip("the service has no address in " + region + ": it is not offered there")
	}
	return fault(err)
}

// each calls fn for every item, some at once. It ends with the first error of fn,
// which is for what ends the section; what ends one item is a loss.
func each[T any](ctx context.Context, a *account, items []T, fn func(ctx context.Context, item T) error) error {
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(max(a.workers, 1))
	for _, item := range items {
		if within.Err() != nil {
			break
		}
		group.Go(func() error {
			if within.Err() != nil {
				return context.Cause(within)
			}
			// A panic here would not be the section's, but the program's.
			return guarded(func() error { return fn(within, item) })
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the connector panicked (a bug; please report it): %v", p)
		}
	}()
	return fn()
}

// losses says what of a section could not be read. A call that is denied for one
// thing is mostly denied for all: it is said once, and all of them are spared.
type losses struct {
	out *connector.Out

	mu     sync.Mutex
	denied map[string]int // by action
}

func newLosses(out *connector.Out) *losses { return &losses{out: out, denied: map[string]int{}} }

// at records that the call by which a thing is known at all failed: the thing is
// a part of the section, and is spared with all that is known of it. See of.
func (l *losses) at(ctx context.Context, thing drover.Ref, err error) bool {
	return l.part(ctx, string(thing), err)
}

// of records that a call for a detail of a thing failed: the part of that detail
// is spared, see under.
func (l *losses) of(ctx context.Context, thing drover.Ref, detail string, err error) bool {
	return l.part(ctx, partOf(thing, detail), err)
}

// part records that what lies at a part of the section could not be read, unless
// the error only says that there is no such thing, or the scan is over. It
// reports whether something was lost.
func (l *losses) part(ctx context.Context, part string, err error) bool {
	if err == nil || ctx.Err() != nil {
		return err != nil // who cancelled says so at the end of the section
	}
	name, err := action(err), fault(err)
	if absent(err) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if denied(err) {
		if l.denied[name]++; l.denied[name] > 1 {
			l.out.At(part).Keep()
			return true
		}
	}
	l.out.At(part).Lost(part, err)
	return true
}

// partOf names the part of a section that holds one detail of a thing.
func partOf(thing drover.Ref, detail string) string { return string(thing) + "/" + detail }

// under is where what one more call says of a thing goes: an assertion of its own
// about the thing. So a call that fails changes nothing of what was known by it,
// and what other calls say is told all the same.
func under(out *connector.Out, thing drover.Ref, detail string) *connector.Out {
	return out.At(partOf(thing, detail))
}

// unnamed is the part of a thing that gives it a name while no call has: of the
// parts that say one the last in order.
func unnamed(thing drover.Ref) string { return partOf(thing, "~") }

// say emits what one more call says of a thing that n is about. No two calls may
// say the same attribute, for nothing would order them.
func say(out *connector.Out, n drover.Node, said map[string]any) {
	n.Attrs = facts(said)
	if n.Attrs == nil && len(n.Aliases) == 0 && n.Name == "" && n.Created.IsZero() && n.Rotated.IsZero() && n.Expires.IsZero() {
		return
	}
	out.Node(n)
}

// bare is a node of which nothing is said yet.
func bare(n drover.Node) drover.Node {
	return drover.Node{Ref: n.Ref, Kind: n.Kind, Type: n.Type}
}

// close counts what was not said one by one.
func (l *losses) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range slices.Sorted(keys(l.denied)) {
		if n := l.denied[name]; n > 1 {
			l.out.Note(name, fmt.Sprintf("denied %d times; it is said for one of them above", n))
		}
	}
}

func keys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// resourcePolicy emits the own policy of the resource that n is about: the
// document, and whom it lets in. What names it in proofs, and is the detail whose
// part it lies in.
func (a *account) resourcePolicy(out *connector.Out, n drover.Node, body, what string) {
	if body == "" {
		return
	}
	a.trustEdges(out, n.Ref, body, what)
	at := under(out, n.Ref, what)
	said := map[string]any{}
	a.setDocument(at, said, "document", body)
	say(at, bare(n), said)
}

// facts encodes attributes: pointers are followed, what is not set is left out,
// texts are bounded.
func facts(m map[string]any) drover.Attrs {
	for k, v := range m {
		if v = fact(v); v == nil {
			delete(m, k)
		} else {
			m[k] = v
		}
	}
	if len(m) == 0 {
		return nil
	}
	return drover.NewAttrs(m)
}

func fact(v any) any {
	switch v := v.(type) {
	case *string:
		return fact(awssdk.ToString(v))
	case string:
		if v == "" {
			return nil
		}
		return text(v)
	case *bool:
		return pointed(v)
	case *int32:
		return pointed(v)
	case *int64:
		return pointed(v)
	case *time.Time:
		if v == nil {
			return nil
		}
		return fact(*v)
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC()
	case []string:
		return factList(v)
	case map[string]any:
		for k, e := range v {
			if e = fact(e); e == nil {
				delete(v, k)
			} else {
				v[k] = e
			}
		}
		if len(v) == 0 {
			return nil
		}
		return v
	case []map[string]any:
		if len(v) == 0 {
			return nil
		}
		for _, m := range v {
			fact(m)
		}
		// The API promises no order.
		slices.SortFunc(v, func(a, b map[string]any) int { return bytes.Compare(drover.NewAttrs(a), drover.NewAttrs(b)) })
		return v
	}
	return v
}

func pointed[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// maxList bounds the lists in attributes.
const maxList = 1000

func factList(list []string) any {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, 0, min(len(list), maxList+1))
	for _, s := range list {
		if len(out) == maxList {
			out = append(out, fmt.Sprintf("… and %d more", len(list)-maxList))
			break
		}
		out = append(out, text(s))
	}
	return out
}

// freeText bounds what people write as they like, and takes secrets out of it.
func freeText(s *string) string { return secret.RedactString(text(awssdk.ToString(s))) }

// tagMap are tags as attributes. What is called a password or looks like a
// credential is not kept.
func tagMap(tags map[string]string) any {
	if len(tags) == 0 {
		return nil
	}
	out := map[string]any{}
	for k, v := range tags {
		k, v = safeTag(k, v)
		out[k] = v
	}
	return out
}

// safeTag is a tag without what is a secret in it, or is called one.
func safeTag(k, v string) (key, value string) {
	return bareKeys(secret.RedactString(text(k))), bareKeys(secret.RedactNamed(k, text(v)))
}

// tagList makes a map of a list of tags of any service.
func tagList[T any](list []T, of func(T) (key, value *string)) map[string]string {
	out := map[string]string{}
	for _, t := range list {
		k, v := of(t)
		out[awssdk.ToString(k)] = awssdk.ToString(v)
	}
	return out
}

// aliases are the names that are set, sorted.
func aliases(list ...string) []string {
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	for i := range list {
		list[i] = text(list[i])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// moment is a time of the API; zero where it said none.
func moment(t *time.Time) time.Time {
	if t == nil || t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// runsAs joins a workload to the role that it acts as.
func (a *account) runsAs(out *connector.Out, who drover.Ref, role *string, part, proof string) {
	if awssdk.ToString(role) == "" {
		return
	}
	out.Edge(drover.Edge{From: who, To: a.arnEnd(roleARN(a, *role)), Kind: drover.EdgeRunsAs, Part: part, Proof: text(proof)})
}

// roleARN spells a role by its ARN where a service gives its bare name.
func roleARN(a *account, role string) string {
	if _, ok := parseARN(role); ok {
		return role
	}
	return a.arn("role/" + role)
}

// isCode reports whether the service said this word.
func isCode(err error, words ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(words, code(api))
}
