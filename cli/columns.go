package cli

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func identityColumns(now time.Time) []column {
	return []column{
		of("NAME", func(i engine.Identity) string { return i.Name }),
		of("TYPE", func(i engine.Identity) string { return i.Type }),
		of("NHI TYPE", func(i engine.Identity) string {
			if i.NHIType == nil {
				return string(i.Verdict.Value)
			}
			return *i.NHIType
		}),
		of("ENV", func(i engine.Identity) string { return text(i.Env) }),
		of("OWNER", func(i engine.Identity) string {
			if i.Owner == nil {
				return "none"
			}
			return i.Owner.Name
		}),
		of("CREDS", func(i engine.Identity) string { return fmt.Sprint(i.Credentials) }),
		of("AGE", func(i engine.Identity) string { return ago(i.Created, now) }),
		of("LAST USED", func(i engine.Identity) string { return used(i.LastUsed, now) }),
		of("LIFECYCLE", func(i engine.Identity) string { return string(i.Lifecycle.Value) }),
		wide("TIER", func(i engine.Identity) string { return number(i.Tier) }),
		of("SOURCES", func(i engine.Identity) string { return strings.Join(i.Sources, " ") }),
		wide("VERDICT", func(i engine.Identity) string { return fmt.Sprintf("%s %.2f", i.Verdict.Value, i.Verdict.Confidence) }),
		wide("NAMING", func(i engine.Identity) string {
			switch {
			case i.Naming == nil:
				return "-"
			case i.Naming.Conforms:
				return "conforms"
			}
			return "mismatch: " + i.Naming.Why
		}),
		wide("TAGS", func(i engine.Identity) string { return strings.Join(i.Tags, " ") }),
		wide("ID", func(i engine.Identity) string { return i.ID }),
		wide("REF", func(i engine.Identity) string { return string(i.Ref) }),
	}
}

func credentialColumns(now time.Time) []column {
	return []column{
		of("NAME", func(c engine.Credential) string { return c.Name }),
		of("TYPE", func(c engine.Credential) string { return c.Type }),
		of("IDENTITY", func(c engine.Credential) string {
			return text(c.Whose)
		}),
		of("PLACES", func(c engine.Credential) string { return places(c.Places) }),
		of("AGE", func(c engine.Credential) string { return ago(c.Created, now) }),
		of("EXPIRES", func(c engine.Credential) string { return due(c.Expires, now) }),
		of("LAST USED", func(c engine.Credential) string { return used(c.LastUsed, now) }),
		of("STATUS", func(c engine.Credential) string { return c.Status }),
		wide("FINGERPRINT", func(c engine.Credential) string { return text(c.Fingerprint) }),
		of("SOURCES", func(c engine.Credential) string { return strings.Join(c.Sources, " ") }),
		wide("ID", func(c engine.Credential) string { return c.ID }),
		wide("REF", func(c engine.Credential) string { return string(c.Ref) }),
	}
}

func places(list []engine.PlaceView) string {
	if len(list) == 0 {
		return "-"
	}
	p := list[0]
	where := cmp.Or(p.Name, string(p.Ref))
	if p.File != nil {
		where = *p.File
		if p.Line != nil {
			where += fmt.Sprintf(":%d", *p.Line)
		}
	}
	if len(list) > 1 {
		where += fmt.Sprintf(" +%d", len(list)-1)
	}
	return where
}

func unseenColumns() []column {
	return []column{
		of("KNOWN AS", func(u engine.UnseenItem) string {
			if u.Alias == "" {
				return string(u.Ref)
			}
			return u.Alias
		}),
		of("MENTIONS", func(u engine.UnseenItem) string { return fmt.Sprint(u.Mentioned) }),
		of("BY", func(u engine.UnseenItem) string { return u.ByName }),
		of("WHY", func(u engine.UnseenItem) string { return u.Why }),
		wide("REF", func(u engine.UnseenItem) string { return string(u.Ref) }),
	}
}

func itemColumns(now time.Time) []column {
	return []column{
		of("NAME", func(i engine.Item) string { return i.Name }),
		of("KIND", func(i engine.Item) string { return string(i.Kind) }),
		of("TYPE", func(i engine.Item) string { return i.Type }),
		of("ENV", func(i engine.Item) string { return text(i.Env) }),
		of("AGE", func(i engine.Item) string { return ago(i.Created, now) }),
		of("SOURCES", func(i engine.Item) string { return strings.Join(i.Sources, " ") }),
		wide("ID", func(i engine.Item) string { return i.ID }),
		wide("REF", func(i engine.Item) string { return string(i.Ref) }),
	}
}

func used(u *engine.UsedView, now time.Time) string {
	if u == nil {
		return "unknown"
	}
	s := ago(u.At, now)
	if u.Grade != drover.GradeProven {
		s += " (" + string(u.Grade) + ")"
	}
	return s
}

func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

func edgeColumns() []column {
	return []column{
		of("FROM", func(x engine.EdgeItem) string { return x.FromName }),
		of("KIND", func(x engine.EdgeItem) string { return string(x.Kind) }),
		of("TO", func(x engine.EdgeItem) string { return x.ToName }),
		of("PART", func(x engine.EdgeItem) string { return x.Part }),
		of("GRADE", func(x engine.EdgeItem) string { return string(x.Grade) }),
		of("PROOF", func(x engine.EdgeItem) string { return x.Proof }),
		wide("JOINED", func(x engine.EdgeItem) string { return x.Joined }),
		wide("COND", func(x engine.EdgeItem) string { return string(x.Cond) }),
		wide("FROM REF", func(x engine.EdgeItem) string { return string(x.From) }),
		wide("TO REF", func(x engine.EdgeItem) string { return string(x.To) }),
	}
}

func documentColumns() []column {
	return []column{
		of("HASH", func(d engine.DocumentView) string { return d.Hash }),
		of("LANGUAGE", func(d engine.DocumentView) string { return d.Language }),
		of("BYTES", func(d engine.DocumentView) string { return fmt.Sprint(d.Bytes) }),
		of("USED BY", func(d engine.DocumentView) string { return fmt.Sprint(len(d.UsedBy)) }),
	}
}

// risk is a score, "-" where there is none.
func risk(n *int) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}
