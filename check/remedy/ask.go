package remedy

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// Ask is Review in a sentence of its own: text is what a person is to find out or
// do, in the imperative, and names the object with Say.
func Ask(e *check.Estate, row int, text string) drover.Fix {
	return plain(e, "review", row, text, "")
}

// Reviewed asks a person to look again, and to write down that they did.
func Reviewed(e *check.Estate, row int) drover.Fix {
	return plain(e, "review", row, "Ask the owner of "+e.Say(row)+" whether all that it may do is still needed, then record the day",
		"drover tag "+Quote(string(e.Graph.Ref(row)))+" last_reviewed="+check.Day(e.Now))
}

// Deputy names somebody who stands in for the owner.
func Deputy(e *check.Estate, row, owner int) drover.Fix {
	return plain(e, "set_owner", row, "Name a deputy for "+e.Say(row),
		"drover owner set "+Quote(string(e.Graph.Ref(row)))+" "+Quote(string(e.Graph.Ref(owner)))+" --deputy WHOM")
}

// Own gives the programs that use a person's credential one of their own; where it
// is only known where it lies, whatever takes it from there.
func Own(e *check.Estate, credential int, users, places []int) drover.Fix {
	text := "Give " + e.Says(users) + " an account and a key of its own instead of " + e.Say(credential)
	if len(users) == 0 {
		text = "Put the key of an account of its own into " + e.Says(places) + " instead of " + e.Say(credential)
	}
	return plain(e, "split", credential, text, "")
}
