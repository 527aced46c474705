package classify

// limits bound what one group of signals may say, in log-odds: towards human,
// towards non-human. Signals within a group depend on each other, so they add up
// to no more than this.
var limits = map[Group][2]float64{
	GroupType:       {-decisive, decisive},
	GroupCredential: {-3, 2.5},
	GroupBehaviour:  {-3, 3},
	GroupDirectory:  {-3.5, 3},
	GroupName:       {-2, 2},
	GroupRelations:  {-4, 2.5},
}

// A dirSignal is an attribute that directories of any vendor keep of people or
// of services. The first attribute present counts.
type dirSignal struct {
	attrs  []string
	weight float64
	text   string
}

var directory = []dirSignal{
	{[]string{"manager", "managerId", "manager_id", "profile.manager", "profile.managerId"}, -2, "has a manager"},
	{[]string{"employeeId", "employeeID", "employeeNumber", "employee_id", "employee_number", "profile.employeeNumber", "hireDate", "hire_date"}, -2.5, "has an employee number"},
	{[]string{"telephoneNumber", "mobile", "mobilePhone", "phone", "businessPhones", "homePhone", "profile.mobilePhone", "profile.phone", "phone_number"}, -1, "has a telephone number"},
	{[]string{"jobTitle", "title", "job_title", "profile.title"}, -1, "has a job title"},
	{[]string{"thumbnailPhoto", "jpegPhoto", "photo", "calendar"}, -1, "has a photograph or calendar"},
	{[]string{"birthday", "dateOfBirth", "physicalDeliveryOfficeName", "roomNumber", "officeLocation"}, -1, "has an office or birthday"},
}

// Given and family name as fields of their own.
var givenAttrs = []string{"givenName", "given_name", "firstName", "first_name", "FIRST_NAME", "givenname", "profile.firstName", "firstname"}
var familyAttrs = []string{"sn", "surname", "lastName", "last_name", "LAST_NAME", "family_name", "profile.lastName", "lastname"}

// describedAs are the attributes that describe in free text.
var describedAs = []string{"description", "Description", "comment", "COMMENT", "notes", "gecos", "displayName", "display_name", "purpose", "bio", "TEXT", "PROGRAMMER", "NAME"}

// displayAttrs are the attributes with the name that people are shown.
var displayAttrs = []string{"displayName", "display_name", "real_name", "profile.real_name", "cn", "name", "Name", "fullName", "FullName", "full_name", "gecos", "NAME", "TEXT", "NAME_TEXT"}

// Words in a description; lower case.
var serviceWords = newPhrases("service account", "svc account", "service acct", "service user", "used by ", "automation", "automated", "application account", "system account", "integration",
	"batch job", "monitoring", "machine user", "connector", "action account", "built-in account for", "account used for", "managed by the system", "synchronization", "interface user", "scan to ", "scheduled task", "pipeline", "non-human", "machine account", "bot ", "robot", "api access", "daemon", "managed by terraform", "key distribution center", "ci/cd", "deploy")
var sharedWords = newPhrases("shared account", "shared mailbox", "shared login", "shared user", "generic account", "generic user", "team account", "kiosk", "front desk", "reception", "break glass", "break-glass", "breakglass", "emergency access", "room mailbox", "meeting room", "training account", "hybrid account", "emergency account", "emergency admin", "autologon", "autologin", "auto-logon", "sammelkonto", "gruppenkonto", "compte partag", "shared by", "(shared)", "used by all")
var personWords = newPhrases("contractor", "employee", "intern ", "consultant", "engineer", "manager of", "student", "personal account", "administrator of", "developer", "analyst", "tier 0 account of", "tier 1 account of", "admin account of")

// Parts of a distinguished name or path, lower case.
var serviceUnits = newPhrases("ou=service", "ou=svc", "ou=system", "ou=application", "ou=app", "ou=bots", "ou=robots", "ou=machines", "ou=automation", "ou=non-human", "ou=nhi", "cn=managed service accounts", "ou=technical", "ou=special", "cn=sysaccounts", "/service", "/bots", "/automation", "/devices", "/non-human")
var peopleUnits = newPhrases("ou=people", "ou=users", "ou=staff", "ou=employees", "ou=faculty", "ou=students", "ou=contractors", "ou=personnel", "/employees", "/staff", "/students", "/people", "/contractors")

// builtins are names that installations give their first account or the one
// without a name.
var builtins = map[string]bool{"root": true, "administrator": true, "admin": true, "superadmin": true, "sysadmin": true, "superuser": true, "anonymous": true, "everyone": true}

// surnames are endings of family names in many languages, of whole words of six
// letters and more that no vocabulary knows.
var surnames = [...]string{"ova", "eva", "ski", "ska", "sky", "enko", "sson", "ssen", "nsen", "mann", "wicz", "czyk", "vic", "vich", "poulos", "akis", "idis", "yan", "shvili", "dottir", "quist", "strom", "gaard", "holm", "lund", "elli", "etti", "inho", "ullah"}

// Marks of a person's second, privileged account, before or after the person's name.
var secondMarks = map[string]bool{"adm": true, "admin": true, "a": true, "pa": true, "da": true, "sa1": true, "su": true, "priv": true, "t0": true, "t1": true, "t2": true, "ca": true, "la": true, "wa": true, "ea": true}

// ownMarks stand before or after the names of people only; "admin" does not.
var ownMarks = map[string]bool{"adm": true, "da": true, "pa": true, "t0": true, "t1": true, "t2": true}

// tier0Groups are groups and roles whose members hold everything.
var tier0Groups = map[string]bool{
	"domain admins": true, "enterprise admins": true, "schema admins": true, "administrators": true, "account operators": true, "backup operators": true, "domain controllers": true, "enterprise key admins": true, "key admins": true,
	"global administrator": true, "privileged role administrator": true, "privileged authentication administrator": true,
	"administratoraccess": true, "cluster-admin": true, "system:masters": true, "roles/owner": true, "organization owner": true, "accountadmin": true, "securityadmin": true, "super admin": true, "super_admin": true,
	"roles/iam.securityadmin": true, "roles/resourcemanager.organizationadmin": true, "pg_execute_server_program": true, "pg_write_server_files": true,
}
