package secret

import (
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

var awsKeyShape = regexp.MustCompile(`^(A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}$`)

// awsKey reads an access key id. AWS documents the prefixes in "IAM identifiers";
// the account is in bits 1 to 40 of the base32 value behind the prefix, for ids
// issued since 2019. Older ones, which begin with I or J there, hold none.
func awsKey(value string, id *Identity) bool {
	m := awsKeyShape.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	id.System, id.Subject = "aws", value
	id.Type = map[string]string{
		"AKIA": "access key", "ASIA": "temporary access key", "ABIA": "STS bearer token", "ACCA": "context credential",
	}[m[1]]
	id.alias("aws-key", value)
	if value[4] == 'I' || value[4] == 'J' {
		return true
	}
	raw, err := base32.StdEncoding.DecodeString(value[4:])
	if err != nil || len(raw) < 6 {
		return true
	}
	n := binary.BigEndian.Uint64(append([]byte{0, 0}, raw[:6]...)) & 0x7fffffffff80 >> 7
	if n <= 999_999_999_999 {
		id.Account = fmt.Sprintf("%012d", n)
	}
	return true
}

// gcpKeyFile reads a service account key file as Google Cloud issues it.
func gcpKeyFile(value string, id *Identity) bool {
	if !strings.HasPrefix(value, "{") || !strings.Contains(value, `"private_key_id"`) {
		return false
	}
	var f struct {
		Type         string `json:"type"`
		ProjectID    string `json:"project_id"`
		PrivateKeyID string `json:"private_key_id"`
		PrivateKey   string `json:"private_key"`
		ClientEmail  string `json:"client_email"`
		ClientID     string `json:"client_id"`
	}
	if json.Unmarshal([]byte(value), &f) != nil || f.Type != "service_account" {
		return false
	}
	key := Identity{Facts: map[string]string{}}
	if privateKey(f.PrivateKey, &key) {
		id.Aliases, id.Facts = key.Aliases, key.Facts
	}
	id.System, id.Type, id.Account, id.Subject = "gcp", "service account key", f.ProjectID, f.ClientEmail
	id.Facts["private_key_id"], id.Facts["client_id"] = f.PrivateKeyID, f.ClientID
	id.alias("email", strings.ToLower(f.ClientEmail))
	id.alias("gcp-key", f.PrivateKeyID)
	return true
}

// azureStorage reads a connection string of Azure Storage, Service Bus, Event
// Hubs, IoT Hub or Cosmos DB: names and values with "=" between and ";" after.
func azureStorage(value string, id *Identity) bool {
	fields := map[string]string{}
	for part := range strings.SplitSeq(value, ";") {
		if k, v, ok := strings.Cut(part, "="); ok && len(fields) < 64 {
			fields[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
		}
	}
	switch {
	case fields["accountkey"] != "" && fields["accountname"] != "":
		id.System, id.Type, id.Account = "azure", "storage account key", fields["accountname"]
		id.alias("azure-storage", strings.ToLower(fields["accountname"]))
	case fields["sharedaccesskey"] != "" || fields["accountkey"] != "":
		host := fields["endpoint"] + fields["hostname"] + fields["accountendpoint"]
		if u, err := url.Parse(host); err == nil && u.Host != "" {
			host = u.Hostname()
		}
		id.System, id.Type, id.Account = "azure", "shared access key", host
		id.Subject = fields["sharedaccesskeyname"]
	case fields["password"]+fields["pwd"] != "":
		id.Type = "database password"
		for _, k := range []string{"server", "data source", "host", "addr", "address", "network address"} {
			if id.Account == "" {
				id.Account = fields[k]
			}
		}
		for _, k := range []string{"user id", "uid", "user", "username"} {
			if id.Subject == "" {
				id.Subject = fields[k]
			}
		}
		id.Facts["database"] = fields["database"] + fields["initial catalog"]
	default:
		return false
	}
	return true
}

// azureSAS reads the public parameters of a shared access signature; the names
// are those of the "Create a service SAS" and "account SAS" pages.
func azureSAS(value string, id *Identity) bool {
	query := value
	u, err := url.Parse(value)
	if err == nil && u.RawQuery != "" {
		query = u.RawQuery
	}
	q, err := url.ParseQuery(strings.ReplaceAll(strings.TrimLeft(query, "?&"), "&amp;", "&"))
	if err != nil || q.Get("sig") == "" || q.Get("sv") == "" && q.Get("se") == "" {
		return false
	}
	id.System, id.Type = "azure", "shared access signature"
	if u != nil && u.Host != "" {
		id.Account, _, _ = strings.Cut(u.Host, ".")
		id.alias("azure-storage", strings.ToLower(id.Account))
	}
	for name, fact := range map[string]string{
		"sp": "permissions", "sr": "resource", "srt": "resource_types", "ss": "services",
		"sip": "ip", "spr": "protocol", "si": "policy", "sv": "version", "skoid": "signed_by_object", "sktid": "tenant",
	} {
		if v := q.Get(name); v != "" {
			id.Facts[fact] = v
		}
	}
	id.Issued, id.Expires = sasTime(q.Get("st")), sasTime(q.Get("se"))
	return true
}

func sasTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// connectionURL reads a URL with userinfo: who logs in where.
func connectionURL(value string, id *Identity) bool {
	u, err := url.Parse(value)
	if err != nil || u.User == nil || u.Host == "" {
		return false
	}
	if _, set := u.User.Password(); !set {
		return false
	}
	id.System, _, _ = strings.Cut(strings.ToLower(u.Scheme), "+")
	if id.System == "postgresql" {
		id.System = "postgres"
	}
	id.Type, id.Account, id.Subject = "password in a URL", strings.ToLower(u.Host), u.User.Username()
	id.Facts["database"] = strings.Trim(u.Path, "/")
	if id.System == "http" || id.System == "https" || id.System == "git" {
		delete(id.Facts, "database")
	}
	if id.Subject != "" {
		id.alias("login", id.System+":"+url.PathEscape(id.Subject)+"@"+id.Account)
	}
	return true
}
