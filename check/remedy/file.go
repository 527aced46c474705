package remedy

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// CloseFile takes a file of a computer away from everybody but its owner, or its
// owner and group: mode in chmod's words, "go-rwx" or "o-rwx".
func CloseFile(e *check.Estate, place int, mode string) drover.Fix {
	return plain(e, "configure", place, "Let nobody but its owner read "+e.SayPlace(place)+" ("+mode+")", onFile(e, place, "chmod "+mode+" -- "))
}

// SetPassphrase locks the file of a private SSH key.
func SetPassphrase(e *check.Estate, key, place int) drover.Fix {
	return plain(e, "configure", key, "Set a passphrase on "+e.Say(key)+" in "+e.SayPlace(place)+"; for a program that uses it unattended, let an SSH authority issue certificates of some hours instead", onFile(e, place, "ssh-keygen -p -f "))
}

// onFile is a command on the file that a place names; "" where it names none by
// its whole path, for it is run elsewhere.
func onFile(e *check.Estate, place int, command string) string {
	file := e.Graph.Str(place, "file")
	if len(file) < 2 || file[0] != '/' {
		return ""
	}
	return command + Quote(file)
}

// Undescribe takes a secret out of a free text, and ends it.
func Undescribe(e *check.Estate, row int, field, class string) drover.Fix {
	return plain(e, "rotate", row, "Take the "+check.Clean(class)+" out of the "+check.Clean(field)+" of "+e.Say(row)+", and have another made: whoever read the text may have kept it", "")
}
