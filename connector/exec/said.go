package exec

import (
	"strings"
	"unicode/utf8"
)

// maxSaid is how much of what a command said is quoted, in bytes.
const maxSaid = 200

// said makes the last line of a command's standard error fit to be stored and
// shown: the words of it that stand in a fixed list, and "…" for the others; ""
// when fewer than two are known. A secret has no form by which it could always be
// told (mysql -pswordfish), but no secret is made of the words of an error
// message. A word that one of the hidden values equals is left out too, as is
// what follows an option or "password:".
func said(stderr string, hidden []string) string {
	lines := strings.FieldsFunc(stderr, func(r rune) bool { return r == '\n' || r == '\r' })
	line := ""
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			line = l
		}
	}
	secret := map[string]bool{}
	for _, h := range hidden {
		secret[strings.ToLower(h)] = true
	}
	var out []string
	known, last, size := 0, "", 0
	for _, raw := range strings.Fields(line) {
		word := strings.ToLower(strings.Trim(raw, `.,:;!?()[]<>"'`))
		if !words[word] || secret[word] || announces(last) {
			word = "…"
		} else {
			known++
		}
		last = raw
		if n := len(out); word == "…" && n > 0 && out[n-1] == "…" {
			continue
		}
		if size += len(word) + 1; size > maxSaid {
			break
		}
		out = append(out, word)
	}
	if known < 2 {
		return ""
	}
	return strings.Join(out, " ")
}

// announces reports whether a value may follow the word.
func announces(word string) bool {
	r, _ := utf8.DecodeLastRuneInString(word)
	if strings.HasPrefix(word, "-") || r == '=' {
		return true
	}
	word = strings.ToLower(word)
	for _, w := range []string{"pass", "pwd", "secret", "token", "key", "credential", "auth", "bearer", "basic"} {
		if strings.Contains(word, w) && (r == ':' || r == '=' || w == "bearer" || w == "basic") {
			return true
		}
	}
	return false
}

// words are those of error messages. Numbers are those of HTTP.
var words = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(`
a aborted accept access account accounts address after again all already an and answer api apply are argument arguments as at attempt attempts authenticate authenticated
authentication authorization authorized available bad be because been before bind broke broken busy but by call called can cannot certificate certificates change changed check
client closed code command configuration connect connected connecting connection connections could couldn't create credential credentials database databases date
decode denied deny dependency destination did didn't directory disabled disconnected disk dns do does doesn't domain don't down due empty end ended error errors exceeded exception
execute exist existing exists exit expected expired expires failed failing failure fatal fetch file files folder for forbidden format found from full gateway get given group
handshake has have header host hostname http https i/o id if in input install installed instance insufficient internal interrupted invalid io is issuer it its json key kerberos
killed ldap length limit limited line list loaded local locked login logon long longer lookup lost many match maximum may memory message method missing mode module more must
name network no none not nothing null object of offline ok on only open operation option options or out output overflow page parameter parse parsing path peer permission
permissions permitted pipe please policy pool port privilege privileges process program protocol proxy quota range rate read reached reading reason refused region rejected remote
renew request requests required requires reset resolve resource response retry retries returned revoked role root route run running schema script self-signed server service session
setting shell signature signed size space ssl stale start started status stopped such superuser supported suspended syntax system table take temporarily temporary tenant than
that the there this throttled throttling time timed timeout tls to token too traceback transport tried try trust trusted type unable unauthorized unavailable unexpected
unknown unreachable unrecognized unresolved unsupported untrusted update url usage use used user username users valid value values variable variables verification verify version
warning was were when while with without write wrong yet you your zone
400 401 402 403 404 405 406 407 408 409 410 412 413 415 422 423 424 425 426 428 429 431 451 500 501 502 503 504 505 507 508 511`) {
		out[w] = true
	}
	return out
}()
