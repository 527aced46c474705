package decode

import (
	"regexp"
	"strings"
)

// siftArgs sorts the arguments of a command: secret ones become REDACTED and
// go to found. It knows "--token X", "--token=X", "-e NAME=X", URLs with
// passwords and "Header: value". refs counts the references among them.
func siftArgs(found *[]Found, list *value, path string) (args []string, refs int) {
	var lines []int
	for _, a := range list.each() {
		if a.kind != kindMap && a.kind != kindList {
			args, lines = append(args, a.text), append(lines, a.line)
		}
	}
	if list != nil && !list.is(kindList) && !list.is(kindMap) && !list.is(kindNull) {
		args, lines = strings.Fields(list.text), nil
	}
	before := len(*found)
	redactArgs(found, args, path, func(i int) int {
		if i < len(lines) {
			return lines[i]
		}
		return list.at()
	})
	for _, f := range (*found)[before:] {
		if f.Ref {
			refs++
		}
	}
	return args, refs
}

// redactArgs does the work of siftArgs in place.
func redactArgs(found *[]Found, args []string, path string, line func(int) int) {
	for i := 0; i < len(args); i++ {
		at := path + "[" + itoa(i) + "]"
		a := args[i]
		if k, v, ok := strings.Cut(a, "="); ok && !strings.ContainsAny(k, " /?&:") {
			args[i] = k + "=" + sift(found, strings.TrimLeft(k, "-"), v, at, line(i))
			continue
		}
		flag := strings.TrimLeft(a, "-")
		if flag != a && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") && !strings.Contains(args[i+1], "=") {
			if _, yes := LooksSecret(flag); yes {
				i++
				args[i] = sift(found, flag, args[i], path+"["+itoa(i)+"]", line(i))
				continue
			}
		}
		if k, v, ok := strings.Cut(a, ":"); ok && !strings.HasPrefix(v, "//") && !strings.ContainsAny(k, " /") {
			if r := sift(found, k, strings.TrimSpace(v), at, line(i)); r == redacted {
				args[i] = k + ": " + redacted
				continue
			}
		}
		args[i] = siftURL(found, a, at, line(i))
	}
}

// template is an expression whose spaces do not divide words.
var template = regexp.MustCompile(`\$\{\{[^}\n]*\}\}|\{\{[^}\n]*\}\}`)

// siftCommand redacts the secrets of a command line and adds them to found.
func siftCommand(found *[]Found, command, path string, line int) string {
	if len(command) > 64<<10 {
		command = command[:64<<10]
	}
	args := shellWords(template.ReplaceAllStringFunc(command, func(t string) string { return strings.ReplaceAll(t, " ", "") }))
	return siftWords(found, command, args, path, line)
}

// siftWords is siftCommand for a command line that was split already.
func siftWords(found *[]Found, command string, args []string, path string, line int) string {
	n := len(*found)
	redactArgs(found, args, path, func(int) int { return line })
	if len(*found) == n {
		return command
	}
	for _, f := range (*found)[n:] {
		if !f.Ref {
			return strings.Join(args, " ")
		}
	}
	return command
}

// siftURL takes user info and secret query values out of a URL; any other text
// is judged as a value without a name.
func siftURL(found *[]Found, s, path string, line int) string {
	if !urlForm.MatchString(s) {
		return sift(found, "", s, path, line)
	}
	if class, secret, _ := judge("", s); secret && class == ClassWebhook {
		return sift(found, "", s, path, line)
	}
	scheme, rest, _ := strings.Cut(s, "://")
	info, rest := cutUserInfo(scheme, rest)
	if info != "" {
		user, pw, ok := strings.Cut(info, ":")
		switch {
		case ok && pw != "":
			if f, ok := secretOf(ClassPassword, "password", unescape(pw), path, line); ok {
				f.Account, f.Host = unescape(user), hostOf(rest)
				*found = append(*found, f)
				if !f.Ref {
					info = user + ":" + redacted
				}
			}
		case len(info) >= 20:
			// A long user without password is a token (https://ghp_…@github.com).
			if f, ok := secretOf(ClassToken, "user", unescape(user), path, line); ok {
				f.Host = hostOf(rest)
				*found = append(*found, f)
				if !f.Ref {
					info = redacted
				}
			}
		}
		rest = info + "@" + rest
	}
	base, query, ok := strings.Cut(rest, "?")
	if !ok {
		return scheme + "://" + base
	}
	query, frag, hasFrag := strings.Cut(query, "#")
	pairs := strings.Split(query, "&")
	for i, p := range pairs {
		if k, v, ok := strings.Cut(p, "="); ok {
			if r := sift(found, k, unescape(v), path, line); r == redacted {
				pairs[i] = k + "=" + redacted
			}
		}
	}
	out := scheme + "://" + base + "?" + strings.Join(pairs, "&")
	if hasFrag {
		out += "#" + frag
	}
	return out
}

func hostOf(rest string) string {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return strings.ToLower(rest)
}
