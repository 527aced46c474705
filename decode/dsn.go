package decode

import "github.com/droverhq/drover"

// DSN is a connection string of any form, taken apart.
type DSN struct {
	Form     string   // "url", "jdbc", "libpq", "ado" (ADO.NET and ODBC), "azure", "mysql" (go-sql-driver)
	Scheme   string   // canonical system: postgres, mysql, mongodb, redis, amqp, mssql, oracle, https, azure-storage, …
	Hosts    []string // every host[:port], in order
	Host     string   // the first one, lower case, no port
	Port     string   // of the first host; the scheme's own default is filled in
	User     string
	Password drover.Secret // decoded; "" none or a reference
	Ref      string        // "${DB_PASSWORD}" when the password is a reference, not a value
	Database string
	Params   map[string]string // other parameters; those with secret names hold REDACTED and are in Secrets
	Secrets  []Found           // secrets among the parameters (SharedAccessKey, sslpassword, …)
}
