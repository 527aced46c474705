package machine

import (
	"path"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

var serviceRows = []*row{
	{category: "systemd", what: "systemd units and timers", paths: paths{linux: unitPatterns("*.service", "*.timer")}, read: readUnit},
	{category: "systemd", what: "changes to systemd units", paths: paths{linux: unitPatterns("*.service.d/*.conf")}, read: readDropIn},
	{category: "cron", what: "cron jobs of the system", paths: paths{linux: []string{"/etc/crontab", "/etc/cron.d/*"}, darwin: []string{"/etc/crontab"}}, read: readSystemCron},
	{category: "cron", what: "cron jobs of users", paths: paths{linux: []string{"/var/spool/cron/crontabs/*", "/var/spool/cron/*"}, darwin: []string{"/usr/lib/cron/tabs/*", "/private/var/at/tabs/*"}}, read: readUserCron},
	{category: "cron", what: "scripts that cron runs", paths: paths{linux: []string{"/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.monthly/*"}}, read: readCronScript},
	{category: "launchd", what: "launchd jobs", paths: paths{darwin: []string{"/Library/LaunchDaemons/*.plist", "/Library/LaunchAgents/*.plist", "~/Library/LaunchAgents/*.plist"}}, read: readLaunchd},
	{category: "windows", what: "Windows scheduled tasks", paths: paths{windows: []string{
		"/Windows/System32/Tasks/*", "/Windows/System32/Tasks/*/*", "/Windows/System32/Tasks/*/*/*", "/Windows/System32/Tasks/*/*/*/*", "/Windows/System32/Tasks/*/*/*/*/*"}}, read: readTask},
	exportRow,
}

// unitDirs are where systemd looks for units, the ones that win first
// (systemd.unit(5)).
var unitDirs = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

var userUnitDirs = []string{"~/.config/systemd/user", "/etc/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user", "/lib/systemd/user"}

func unitPatterns(names ...string) []string {
	var out []string
	for _, n := range names {
		for _, d := range unitDirs {
			out = append(out, d+"/"+n)
		}
		for _, d := range userUnitDirs {
			out = append(out, d+"/"+n)
		}
	}
	return out
}

// shadowed reports whether a unit of this name in a folder that wins makes this
// file dead.
func (f *file) shadowed() bool {
	dir := path.Dir(f.path)
	for _, d := range unitDirs {
		if d == dir {
			return false
		}
		if real, _, err := f.disk.resolve(d + "/" + f.base()); err == nil {
			return real != f.path && (strings.HasPrefix(dir, "/usr/") || strings.HasPrefix(dir, "/lib/") || strings.HasPrefix(dir, "/run/"))
		}
	}
	return false
}

// userUnit reports whether the unit belongs to a user's own manager.
func (f *file) userUnit() bool {
	return strings.HasSuffix(strings.TrimSuffix(path.Dir(f.path), "/"+path.Base(path.Dir(f.path))), "systemd/user") || strings.HasSuffix(path.Dir(f.path), "systemd/user")
}

func (f *file) unitRef(unit string) drover.Ref {
	if f.userUnit() {
		unit = "user/" + f.unitWhose() + "/" + unit
	}
	return f.ref("systemd_unit", drover.Named(unit))
}

// unitWhose is whose manager a user unit belongs to; "*" for those that every
// user has.
func (f *file) unitWhose() string {
	if f.home != nil {
		return f.whose()
	}
	return "*"
}

func readUnit(f *file) error {
	if !f.userUnit() && f.shadowed() {
		return nil
	}
	p, err := decode.ParseUnit(f.base(), f.data)
	if err != nil && p.Kind == "" {
		return err
	}
	ref := f.unitRef(f.base())
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "systemd." + strings.TrimPrefix(path.Ext(f.base()), "."), Name: clip(f.base()), Attrs: safeAttrs(map[string]any{
		"description": p.Description, "user": p.User, "group": p.Group, "dynamic_user": p.DynamicUser, "exec_start": p.Commands, "environment_files": p.EnvFiles, "credentials": p.Credentials,
		"on_calendar": p.Schedule, "activates": p.Activates, "file": f.show})})
	f.fileTime(ref)
	if path.Ext(f.base()) == ".service" {
		f.runsAs(ref, p)
	}
	f.programSecrets(ref, p.Secrets)
	return err
}

// readDropIn emits what an override adds to a unit; the unit's own file tells
// the rest.
func readDropIn(f *file) error {
	unit := strings.TrimSuffix(path.Base(path.Dir(f.path)), ".d")
	p, err := decode.ParseUnit(unit, f.data)
	ref := drover.UnseenRef("systemd:" + f.tenant + "/" + unit)
	for _, d := range unitDirs {
		if _, info, err := f.disk.resolve(d + "/" + unit); err == nil && info.Mode().IsRegular() && !f.userUnit() {
			ref = f.unitRef(unit)
			break
		}
	}
	if p.User != "" {
		f.edge(drover.EdgeRunsAs, ref, f.owner(p.User), 0)
	}
	f.programSecrets(ref, p.Secrets)
	return err
}

// runsAs joins a unit to its account: User=, else root, or the user whose
// manager starts it (systemd.exec(5)).
func (f *file) runsAs(ref drover.Ref, p decode.Program) {
	user := p.User
	switch {
	case f.userUnit():
		if f.home == nil {
			return // every user's
		}
		user = nonEmpty(f.home.user, f.users[ownerOf(f.info)])
	case strings.Contains(user, "%"):
		return // a template's instance decides
	case p.DynamicUser && user == "":
		user = strings.TrimSuffix(strings.TrimSuffix(f.base(), path.Ext(f.base())), "@")
	case user == "":
		user = "root"
	}
	if name := f.users[user]; name != "" {
		user = name // given as a number
	}
	f.edge(drover.EdgeRunsAs, ref, f.owner(user), 0)
}

// programSecrets emits the secrets that a workload's definition holds.
func (f *file) programSecrets(ref drover.Ref, list []decode.Found) {
	for _, x := range list {
		if c := f.found(x); c != "" {
			f.edge(drover.EdgeReadsSecret, ref, c, x.Line)
		}
	}
}

func readSystemCron(f *file) error { return f.crontab(true, "") }

func readUserCron(f *file) error {
	if f.base() == "crontabs" || strings.HasPrefix(f.base(), ".") {
		return nil
	}
	return f.crontab(false, f.base())
}

// crontab emits each job. A job's name is what it does and when, for lines move.
func (f *file) crontab(system bool, user string) error {
	if strings.HasPrefix(f.base(), ".placeholder") {
		return nil
	}
	c, err := decode.ParseCrontab(f.data, system)
	var first drover.Ref
	for _, j := range c.Jobs {
		who := nonEmpty(j.User, user, "root")
		ref := f.ref("cron_job", f.show+"#"+shortHash(j.Schedule, who, j.Command))
		f.out.Node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "cron.job", Name: redacted(nonEmpty(j.Command, "job")), Attrs: safeAttrs(map[string]any{"schedule": j.Schedule, "user": who, "command": j.Command, "file": f.show})})
		f.edge(drover.EdgeRunsAs, ref, f.owner(who), j.Line)
		f.fileTime(ref)
		if first == "" {
			first = ref
		}
	}
	for _, x := range c.Secrets {
		from := first
		for _, j := range c.Jobs {
			if j.Line == x.Line {
				from = f.ref("cron_job", f.show+"#"+shortHash(j.Schedule, nonEmpty(j.User, user, "root"), j.Command))
			}
		}
		if ref := f.found(x); ref != "" && from != "" {
			f.edge(drover.EdgeReadsSecret, from, ref, x.Line)
		}
	}
	return err
}

// readCronScript emits a script of a run-parts folder: it runs as root.
func readCronScript(f *file) error {
	if strings.Contains(f.base(), ".") {
		return nil // run-parts(8) leaves such names out
	}
	ref := f.ref("cron_job", f.show)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "cron.script", Name: clip(f.base()), Attrs: safeAttrs(map[string]any{"schedule": path.Base(path.Dir(f.path)), "file": f.show})})
	f.edge(drover.EdgeRunsAs, ref, f.owner("root"), 0)
	return nil
}

// readLaunchd emits a job: a daemon runs as root unless it says otherwise, an
// agent as the user who logs in (launchd.plist(5)).
func readLaunchd(f *file) error {
	p, err := decode.ParseLaunchd(f.data)
	if err != nil && p.Name == "" {
		return err
	}
	typ, user := "launchd.daemon", nonEmpty(p.User, "root")
	if strings.HasSuffix(path.Dir(f.path), "/LaunchAgents") {
		typ = "launchd.agent"
		if user = p.User; f.home != nil && user == "" {
			user = f.home.user
		}
	}
	ref := f.ref("launchd_job", f.show)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: typ, Name: clip(nonEmpty(p.Name, f.base())), Attrs: safeAttrs(map[string]any{"user_name": p.User, "group_name": p.Group,
		"program_arguments": p.Commands, "schedule": p.Schedule, "disabled": p.Disabled, "file": f.show})})
	f.fileTime(ref)
	if user != "" {
		f.edge(drover.EdgeRunsAs, ref, f.owner(user), 0)
	}
	f.programSecrets(ref, p.Secrets)
	return err
}

// readTask emits a scheduled task and the principal it runs as.
func readTask(f *file) error {
	p, err := decode.ParseTask(f.data)
	if err != nil && len(p.Commands) == 0 && p.User == "" {
		return err
	}
	ref := f.ref("windows_task", f.show)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "windows.task", Name: clip(nonEmpty(p.Name, f.base())), Attrs: safeAttrs(map[string]any{"description": p.Description, "user": p.User, "group": p.Group, "run_level": p.RunLevel,
		"logon_type": p.LogonType, "commands": p.Commands, "triggers": p.Schedule, "disabled": p.Disabled, "file": f.show})})
	f.fileTime(ref)
	if who := nonEmpty(p.User, p.Group); who != "" {
		f.edge(drover.EdgeRunsAs, ref, f.windowsAccount(who), 0)
	}
	f.programSecrets(ref, p.Secrets)
	return err
}

// windowsAccount is the account that Windows names by SID or name. Only SIDs of
// domains are global; "S-1-5-18" is another account on every computer.
func (f *file) windowsAccount(who string) drover.Ref {
	name := who
	switch strings.ToUpper(who) {
	case "S-1-5-18", "LOCALSYSTEM", `NT AUTHORITY\SYSTEM`:
		name = "SYSTEM"
	case "S-1-5-19", `NT AUTHORITY\LOCALSERVICE`, `NT AUTHORITY\LOCAL SERVICE`:
		name = "LOCAL SERVICE"
	case "S-1-5-20", `NT AUTHORITY\NETWORKSERVICE`, `NT AUTHORITY\NETWORK SERVICE`:
		name = "NETWORK SERVICE"
	}
	if local, ok := strings.CutPrefix(name, `.\`); ok {
		name = local
	}
	if domain, user, ok := strings.Cut(name, `\`); ok && domain != "" && user != "" && !strings.EqualFold(domain, "NT SERVICE") {
		return f.known("windows.account", name, nil, "nt:"+strings.ToLower(name))
	}
	if name == who && strings.HasPrefix(who, "S-1-5-21-") {
		return f.known("windows.account", who, nil, "sid:"+who)
	}
	return f.owner(name)
}
