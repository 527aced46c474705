package connector

import "strings"

// SecretType is the type of the node of a secret whose value says what it is: its
// system, and what that calls it ("github", "Personal access token"), as
// github.personal_access_token. Whatever is no letter or digit divides words.
func SecretType(system, what string) string {
	words := strings.FieldsFunc(strings.ToLower(what), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	thing := strings.Join(words, "_")
	if system == "aws" && thing == "access_key" {
		system = "aws.iam" // as IAM's own API has it
	}
	return system + "." + thing
}
