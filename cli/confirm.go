package cli

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
)

// confirm asks before something that cannot be undone by one command.
func (a *app) confirm(question string) error {
	if a.yes {
		return nil
	}
	if a.noInput || !terminalIn(a.in) {
		return fmt.Errorf("%s Add --yes: %w", question, drover.ErrInvalid)
	}
	fmt.Fprintf(a.errs, "%s [y/N] ", question)
	var answer string
	if _, err := fmt.Fscanln(a.in, &answer); err != nil {
		answer = "" // an empty line is no yes
	}
	if strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes") {
		return nil
	}
	return fmt.Errorf("nothing was done: %w", drover.ErrInvalid)
}
