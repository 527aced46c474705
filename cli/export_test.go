package cli

import "github.com/spf13/cobra"

// Commands lists every command that does something, by its words.
func Commands(c Config) []string {
	var out []string
	var walk func(*cobra.Command, string)
	walk = func(c *cobra.Command, words string) {
		for _, sub := range c.Commands() {
			name := words + sub.Name()
			if !sub.HasSubCommands() || sub.Annotations[keyShape] != "" { // a group prints its help
				out = append(out, name)
			}
			walk(sub, name+" ")
		}
	}
	a := &app{config: c}
	walk(a.root(), "")
	return out
}
