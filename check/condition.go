package check

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// A Hold says how far a condition tells those who are meant from everybody else.
type Hold int

const (
	Open Hold = iota // whoever asks can meet it
	Told             // whoever was told a value meets it: an external id, a user agent
	Held             // only certain accounts, principals, networks or tokens meet it
)

// A Bound is one line of a statement's condition.
type Bound struct {
	Key  string // in lower case: "sts:externalid"
	Line string // as the policy says it: "Bool aws:MultiFactorAuthPresent true"
	Hold Hold
}

// Bounds are the lines of a statement's condition, sorted, each with how far it
// tells apart who may pass a statement that names everybody (IAM User Guide, "AWS
// global condition context keys", "IAM JSON policy elements: Condition
// operators"). All of them have to hold, so the statement is held as far as the
// firmest of them. A key that is not known here holds.
func Bounds(cond drover.Attrs) (out []Bound) {
	block, _ := cond.Get("Condition").(map[string]any)
	for _, op := range slices.Sorted(maps.Keys(block)) {
		keys, _ := block[op].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			values := conditionValues(keys[key])
			out = append(out, Bound{strings.ToLower(key), Clean(op + " " + key + " " + strings.Join(values, ", ")), hold(op, strings.ToLower(key), values)})
		}
	}
	return out
}

// Firmest is how far lines of a condition hold together.
func Firmest(bounds []Bound) (h Hold) {
	for _, b := range bounds {
		h = max(h, b.Hold)
	}
	return h
}

func conditionValues(v any) (out []string) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, one := range list {
		switch one := one.(type) {
		case string:
			out = append(out, one)
		case bool:
			out = append(out, strconv.FormatBool(one))
		default:
			out = append(out, "…") // numbers and what is no value: no rule below reads them
		}
	}
	return out
}

// alwaysThere are the keys of which every signed request has a value, so that
// IfExists and ForAllValues take nothing from a line.
var alwaysThere = []string{"aws:principalarn", "aws:principalaccount", "aws:userid"}

// chosen are the keys whose value whoever asks chooses, or has by what it does in
// an account of its own: MFA, the time, tags and names there, the address inside
// of a network of its own.
var chosen = []string{"aws:multifactorauthpresent", "aws:multifactorauthage", "aws:securetransport", "aws:currenttime", "aws:epochtime", "aws:tokenissuetime", "aws:requestedregion", "aws:principaltype", "aws:username",
	"aws:sourceidentity", "aws:tagkeys", "aws:viaawsservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:vpcsourceip", "aws:ec2instancesourceprivateipv4", "aws:federatedprovider",
	"sts:rolesessionname", "sts:sourceidentity", "sts:durationseconds", "sts:transitivetagkeys", "sts:roledurationseconds"}

// hold is how far one line holds.
func hold(op, key string, values []string) Hold {
	op = strings.ToLower(op)
	op, maybe := strings.CutSuffix(op, "ifexists")
	if rest, ok := strings.CutPrefix(op, "forallvalues:"); ok {
		op, maybe = rest, true // true of a request without the key
	}
	op = strings.TrimPrefix(op, "foranyvalue:")
	switch {
	case op == "null", strings.Contains(op, "not"), // leaves out some of everybody
		slices.Contains(chosen, key), strings.HasPrefix(key, "aws:principaltag/"), strings.HasPrefix(key, "aws:requesttag/"),
		maybe && !slices.Contains(alwaysThere, key), slices.ContainsFunc(values, func(v string) bool { return anyMeets(op, key, v) }):
		return Open
	case key == "sts:externalid", key == "aws:useragent", key == "aws:referer":
		return Told
	}
	return Held
}

// anyMeets reports whether one value of a line lets everybody pass.
func anyMeets(op, key, value string) bool {
	switch op {
	case "bool":
		return !strings.EqualFold(value, "true")
	case "ipaddress":
		return wideNetwork(value)
	}
	if v := strings.ToLower(value); strings.Contains(v, "${aws:principal") || strings.Contains(v, "${"+key+"}") {
		return true // what is asked for is what the one who asks is
	}
	if op != "stringlike" && !strings.HasPrefix(op, "arn") || !Wild(value) {
		return false
	}
	fixed := value[:strings.IndexAny(value, "*?")]
	switch key {
	case "aws:principalarn", "aws:sourcearn":
		return anyAccount(value)
	case "aws:userid":
		return len(fixed) < len("AIDA")+4 // whose session or name it is, is not said
	}
	return slices.Contains([]string{"", "o-", "vpc-", "vpce-", "r-", "ou-"}, fixed) && !meantElsewhere(value)
}

// meantElsewhere reports whether a pattern that begins with a wildcard still has a
// text that says who: "*/repo:org/app".
func meantElsewhere(value string) bool { return strings.ContainsAny(strings.Trim(value, "*?"), ":/") }

// anyAccount reports whether a pattern of ARNs leaves open of which account: whoever
// has one names a role as they like. A bucket's ARN has no account, but a name of
// its own.
func anyAccount(pattern string) bool {
	f := strings.SplitN(pattern, ":", 6)
	if len(f) < 6 {
		return !strings.ContainsAny(pattern, "0123456789")
	}
	if f[4] == "" {
		return strings.IndexAny(f[5], "*?") == 0
	}
	return strings.Trim(f[4], "*?") == ""
}

// wideNetwork reports whether a network is so wide that it is most of the internet.
func wideNetwork(value string) bool {
	p, err := netip.ParsePrefix(strings.TrimSpace(value))
	if err != nil {
		return false
	}
	if p.Addr().Is4() {
		return p.Bits() < 8
	}
	return p.Bits() < 16
}
