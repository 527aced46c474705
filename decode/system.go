package decode

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// PasswdEntry is one line of passwd(5).
type PasswdEntry struct {
	Name, Gecos, Home, Shell string
	UID, GID                 int64
	Login                    bool // the shell lets somebody log in; unknown shells count as such
	Hash                     bool // a password hash stands in the file itself, not "x", "*" or "!"
	Line                     int
}

// GroupEntry is one line of group(5).
type GroupEntry struct {
	Name    string
	GID     int64
	Members []string
	Line    int
}

// SudoRule is one user specification of sudoers(5).
type SudoRule struct {
	Who        []string // users, %groups, #uids, +netgroups, aliases unfolded
	Hosts      []string
	RunAs      []string // users; empty means root
	RunAsGroup []string
	Commands   []string
	NoPasswd   bool
	SetEnv     bool
	Line       int
}

// CronJob is one job of a crontab.
type CronJob struct {
	Schedule, User, Command string // secret arguments in Command are REDACTED and in Crontab.Secrets
	Line                    int
}

// Crontab is the jobs of one crontab.
type Crontab struct {
	Env     map[string]string
	Jobs    []CronJob
	Secrets []Found
}

// Program is what a service manager starts, and as whom: a systemd unit, a
// launchd job, a Windows scheduled task.
type Program struct {
	Name        string // label or URI where the file says it
	Description string
	Kind        string // service, timer, socket, …; launchd; task
	User, Group string // as written; "" means the manager's default (root, SYSTEM)
	DynamicUser bool
	RunLevel    string // task: HighestAvailable, LeastPrivilege
	LogonType   string // task: Password, S4U, InteractiveToken, ServiceAccount
	Commands    []string
	Env         map[string]string // secrets are REDACTED here and in Secrets
	EnvFiles    []string
	Credentials []string // LoadCredential and SetCredential names
	Schedule    []string // OnCalendar, StartCalendarInterval, triggers
	Activates   string   // timer, socket: the unit it starts
	Disabled    bool
	Secrets     []Found
}

// noLogin are shells that let nobody in.
var noLogin = []string{"nologin", "false", "true", "sync", "shutdown", "halt", "null", "noshell", "uucico"}

// ParsePasswd reads passwd(5). Hashes are never returned, only that there is one.
func ParsePasswd(data []byte) ([]PasswdEntry, error) {
	data, err := clean("passwd", data)
	if err != nil {
		return nil, err
	}
	var out []PasswdEntry
	bads := complaints{format: "passwd"}
	for l := range lines(data) {
		t := strings.TrimSpace(l.text)
		if t == "" || t[0] == '#' || t[0] == '+' || t[0] == '-' {
			continue // the last two are NIS, which names nobody
		}
		f := strings.Split(t, ":")
		if len(f) < 7 {
			bads.add(l.n, "%d fields, want 7", len(f))
			continue
		}
		if len(f) == 10 { // master.passwd of BSD: class, change and expire in the middle
			f = slices.Delete(f, 4, 7)
		}
		uid, uidErr := strconv.ParseInt(f[2], 10, 64)
		gid, gidErr := strconv.ParseInt(f[3], 10, 64)
		if uidErr != nil || gidErr != nil {
			bads.add(l.n, "user or group id is no number")
			continue
		}
		p := PasswdEntry{Name: f[0], UID: uid, GID: gid, Gecos: f[4], Home: f[5], Shell: strings.Join(f[6:], ":"), Line: l.n}
		p.Login = !slices.Contains(noLogin, path.Base(p.Shell)) || p.Shell == ""
		p.Hash = len(f[1]) > 2 && !strings.HasPrefix(f[1], "!") && !strings.HasPrefix(f[1], "*")
		out = append(out, p)
	}
	return out, bads.err()
}

// ParseGroup reads group(5).
func ParseGroup(data []byte) ([]GroupEntry, error) {
	data, err := clean("group", data)
	if err != nil {
		return nil, err
	}
	var out []GroupEntry
	bads := complaints{format: "group"}
	for l := range lines(data) {
		t := strings.TrimSpace(l.text)
		if t == "" || t[0] == '#' || t[0] == '+' || t[0] == '-' {
			continue
		}
		f := strings.Split(t, ":")
		gid := int64(0)
		var err error
		if len(f) >= 3 {
			gid, err = strconv.ParseInt(f[2], 10, 64)
		}
		if len(f) < 3 || err != nil {
			bads.add(l.n, "not name:password:id:members")
			continue
		}
		g := GroupEntry{Name: f[0], GID: gid, Line: l.n}
		if len(f) > 3 && f[3] != "" {
			g.Members = strings.Split(f[3], ",")
		}
		out = append(out, g)
	}
	return out, bads.err()
}

// ParseCrontab reads crontab(5). System crontabs (/etc/crontab, /etc/cron.d)
// have a user column.
func ParseCrontab(data []byte, system bool) (Crontab, error) {
	c := Crontab{Env: map[string]string{}}
	data, err := clean("crontab", data)
	if err != nil {
		return c, err
	}
	bads := complaints{format: "crontab"}
	for l := range lines(data) {
		t := strings.TrimSpace(l.text)
		if t == "" || t[0] == '#' {
			continue
		}
		if k, v, ok := strings.Cut(t, "="); ok && cronName.MatchString(strings.TrimSpace(k)) {
			k = unquote(strings.TrimSpace(k))
			c.Env[k] = sift(&c.Secrets, k, unquote(strings.TrimSpace(v)), k, l.n)
			continue
		}
		want := 5
		if t[0] == '@' {
			want = 1
		}
		var schedule, user string
		schedule, t = fieldsOff(t, want)
		if system {
			user, t = fieldsOff(t, 1)
		}
		if t == "" {
			bads.add(l.n, "no command")
			continue
		}
		c.Jobs = append(c.Jobs, CronJob{Schedule: schedule, User: user, Command: siftCommand(&c.Secrets, t, "command", l.n), Line: l.n})
	}
	return c, bads.err()
}

var cronName = regexp.MustCompile(`^["']?[A-Za-z_][A-Za-z0-9_]*["']?$`)

// fieldsOff takes n fields off the front.
func fieldsOff(s string, n int) (head, rest string) {
	var f []string
	for range n {
		s = strings.TrimLeft(s, " \t")
		i := strings.IndexAny(s, " \t")
		if i < 0 {
			return strings.Join(append(f, s), " "), ""
		}
		f, s = append(f, s[:i]), s[i:]
	}
	return strings.Join(f, " "), strings.TrimLeft(s, " \t")
}

// continued joins lines that end in a backslash.
func continued(data []byte) []textLine {
	var out []textLine
	var b strings.Builder
	first, open := 0, false
	for l := range lines(data) {
		text, more := strings.CutSuffix(l.text, `\`)
		if open {
			b.WriteString(" " + strings.TrimSpace(text))
		} else {
			first = l.n
			b.WriteString(text)
		}
		if open = more; !open {
			out = append(out, textLine{first, b.String()})
			b.Reset()
		}
	}
	if open {
		out = append(out, textLine{first, b.String()})
	}
	return out
}

// ParseUnit reads a systemd unit, timer or drop-in (systemd.unit(5)); name is
// its file name. An empty assignment clears what stood before it.
func ParseUnit(name string, data []byte) (Program, error) {
	kind := strings.TrimPrefix(path.Ext(name), ".")
	p := Program{Name: path.Base(name), Kind: kind, Env: map[string]string{}}
	data, err := clean("unit", data)
	if err != nil {
		return p, err
	}
	bads := complaints{format: "unit"}
	for _, l := range continued(data) {
		t := strings.TrimSpace(l.text)
		if t == "" || t[0] == '#' || t[0] == ';' || t[0] == '[' {
			continue
		}
		k, v, ok := strings.Cut(t, "=")
		if !ok {
			bads.add(l.n, "neither a section nor an assignment")
			continue
		}
		p.directive(strings.TrimSpace(k), strings.TrimSpace(v), l.n)
	}
	return p, bads.err()
}

func (p *Program) directive(k, v string, line int) {
	list := func(to *[]string, items ...string) {
		if v == "" {
			*to = nil
			return
		}
		*to = append(*to, items...)
	}
	switch k {
	case "Description":
		p.Description = v
	case "User":
		p.User = v
	case "Group":
		p.Group = v
	case "DynamicUser":
		p.DynamicUser = slices.Contains([]string{"yes", "true", "1", "on"}, strings.ToLower(v))
	case "ExecStart", "ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost", "ExecCondition":
		list(&p.Commands, siftCommand(&p.Secrets, v, k, line))
	case "Environment":
		if v == "" {
			clear(p.Env)
		}
		for _, pair := range shellWords(v) {
			name, value, _ := strings.Cut(pair, "=")
			p.Env[name] = sift(&p.Secrets, name, value, "Environment."+name, line)
		}
	case "EnvironmentFile":
		list(&p.EnvFiles, strings.TrimPrefix(v, "-"))
	case "LoadCredential", "LoadCredentialEncrypted", "ImportCredential":
		list(&p.Credentials, v)
		if v != "" {
			id, from, _ := strings.Cut(v, ":")
			p.Secrets = append(p.Secrets, Found{Class: ClassSecret, Name: id, Line: line, Path: k, Ref: true, Extra: map[string]string{"ref": "file:" + from}})
		}
	case "SetCredential", "SetCredentialEncrypted":
		id, value, _ := strings.Cut(v, ":")
		list(&p.Credentials, id)
		if k == "SetCredential" {
			secretFound(&p.Secrets, ClassSecret, id, "", "", drover.Secret(value), k+"."+id, line)
		}
	case "OnCalendar", "OnBootSec", "OnUnitActiveSec", "OnStartupSec", "OnUnitInactiveSec", "OnActiveSec", "ListenStream", "PathChanged", "PathExists", "PathModified":
		list(&p.Schedule, k+"="+v)
	case "Unit", "Service":
		p.Activates = v
	}
}

// shellWords splits at spaces, keeping what is quoted together.
func shellWords(s string) []string {
	var w splitting
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(s):
			i++
			w.add(s[i])
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, w.in = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			w.end()
		default:
			w.add(c)
		}
	}
	return w.end()
}
