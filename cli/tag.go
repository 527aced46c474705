package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
)

// TagView is `tag`.
type TagView struct {
	Schema  string            `json:"schema"`
	Ref     drover.Ref        `json:"ref"`
	Set     map[string]string `json:"set"`
	Removed []string          `json:"removed"`
}

func (a *app) tagCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{
		Use:     "tag ID [KEY=VALUE...] [KEY-...]",
		Short:   "Set or remove tags",
		Long:    "Tags are yours: they are kept with who set them and when. A tag named like a conclusion overrides it: env, verdict, nhi_type, lifecycle, purpose,\nfunction, location, instance, data_class, criticality, regulation, business_unit, tier. KEY- removes a tag.",
		Example: "  drover tag svc-bi-export env=prod tier=0 team:bi\n  drover tag svc-bi-export tier-\n  drover list tag:team:bi",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, remove := map[string]string{}, []string{}
			for _, t := range args[1:] {
				if k, v, ok := strings.Cut(t, "="); ok {
					set[k] = v
				} else if k, ok := strings.CutSuffix(t, "-"); ok && k != "" {
					remove = append(remove, k)
				} else {
					set[t] = ""
				}
			}
			return a.with(cmd.Context(), false, func(e estate) error {
				ref, err := e.SetTags(cmd.Context(), args[0], set, remove)
				if err != nil {
					return err
				}
				return a.object(TagView{"drover/v1/tag", ref, set, remove}, func(w io.Writer) {
					fmt.Fprintf(w, "Tagged %s\n", safe(string(ref)))
				})
			})
		},
	})
}
