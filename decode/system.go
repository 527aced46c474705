package decode

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
