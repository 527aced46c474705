package cli

import (
	"context"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
)

func (a *app) summary(ctx context.Context, e estate, at time.Time) error {
	v, err := e.Summary(ctx, at)
	if err != nil {
		return err
	}
	a.before(at, v.Generation)
	return a.object(v, func(w io.Writer) {
		fmt.Fprintf(w, "Identities   %d   (%d non-human, %d shared, %d human, %d unknown)\n", v.Identities, v.ByVerdict["nhi"], v.ByVerdict["shared"], v.ByVerdict["human"], v.ByVerdict["unknown"])
		fmt.Fprintf(w, "Humans       %d\n", v.Humans)
		if v.Ratio != nil {
			fmt.Fprintf(w, "Per human    %.1f\n", *v.Ratio)
		}
		fmt.Fprintf(w, "Owned        %d of %d   somebody is named; who can answer: drover list owned=yes\nMonitored    %d of %d\nUnseen       %d   known only by a name that something else mentions\n", v.Owned, v.Identities, v.Monitored, v.Identities, v.Unseen)
		if v.Growth30d != nil {
			fmt.Fprintf(w, "In 30 days   %+d\n", *v.Growth30d)
		} else {
			fmt.Fprintln(w, "In 30 days   unknown: the history is shorter")
		}
		if e := v.Ephemeral; e != nil && e.Count > 0 {
			fmt.Fprintf(w, "Ephemeral    %d   come and gone under %s\n", e.Count, plural(e.Templates, "template"))
			const few = 5
			for i, ref := range e.Unseen {
				if i == few {
					fmt.Fprintf(w, "             … and %d more: -o json\n", len(e.Unseen)-few)
					break
				}
				fmt.Fprintf(w, "             drover show %s   no source delivered this template\n", safe(string(ref)))
			}
		}
		if n := v.Naming; n != nil {
			fmt.Fprintf(w, "Naming       %d follow the pattern, %d do not: drover list naming:mismatch\n", n.Conforms, n.Mismatch)
		}
		bars(w, "By type", v.ByNHIType)
		bars(w, "By lifecycle", v.ByLifecycle)
		if _, only := v.ByUnit["unknown"]; len(v.ByUnit) > 1 || !only && len(v.ByUnit) > 0 {
			bars(w, "By business unit", v.ByUnit)
		}
	})
}

func bars(w io.Writer, title string, counts map[string]int) {
	var names []string
	most := 1
	for n, k := range counts {
		names = append(names, n)
		most = max(most, k)
	}
	sort.Slice(names, func(i, j int) bool {
		if counts[names[i]] != counts[names[j]] {
			return counts[names[i]] > counts[names[j]]
		}
		return names[i] < names[j]
	})
	fmt.Fprintln(w, title)
	for _, n := range names {
		fmt.Fprintf(w, "  %-16s %6d  %s\n", safe(n), counts[n], strings.Repeat("▇", (counts[n]*40+most-1)/most))
	}
}
