package kubernetes

import (
	"regexp"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

var accessKey = regexp.MustCompile(`^A(?:KIA|SIA)[A-Z2-7]{16}$`)

// The ends of names under which the halves of an access key are kept, without
// signs between words; the longest first.
var (
	keyIDEnds     = []string{"accesskeyid", "accesskey", "accessid", "keyid", "key", "id"}
	secretKeyEnds = []string{"secretaccesskey", "accesskeysecret", "secretkey"}
)

// awsKeys finds the values that are an AWS access key together, the id and the
// secret, and notes their names in done. Halves whose names begin alike belong
// together ("BACKUP_AWS_ACCESS_KEY_ID"); where there is one of each, they do
// whatever they are called.
func (c *cluster) awsKeys(at spot, values map[string]string, done map[string]bool, out *connector.Out) {
	ids, secrets := map[string][]string{}, map[string][]string{} // names by what they begin with
	var allIDs, allSecrets []string
	for _, k := range sortedKeys(values) {
		low := strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(k))
		switch v := strings.TrimSpace(values[k]); {
		case accessKey.MatchString(v):
			head, _ := cutEnd(low, keyIDEnds)
			ids[head], allIDs = append(ids[head], k), append(allIDs, k)
		case v != "" && !strings.ContainsAny(v, " \t\n"):
			if head, ok := cutEnd(low, secretKeyEnds); ok {
				secrets[head], allSecrets = append(secrets[head], k), append(allSecrets, k)
			}
		}
	}
	pair := func(id, key string) {
		c.credential(at, key, decode.ClassAWSKey, drover.Secret(strings.TrimSpace(values[key])), []string{"aws-key-principal:" + strings.TrimSpace(values[id])}, out)
		done[id], done[key] = true, true
	}
	if len(allIDs) == 1 && len(allSecrets) == 1 {
		pair(allIDs[0], allSecrets[0])
		return
	}
	for _, head := range sortedKeys(ids) {
		if len(ids[head]) == 1 && len(secrets[head]) == 1 {
			pair(ids[head][0], secrets[head][0])
		}
	}
}

func cutEnd(name string, ends []string) (head string, ok bool) {
	for _, e := range ends {
		if head, ok := strings.CutSuffix(name, e); ok {
			return head, true
		}
	}
	return name, false
}

// awsFile emits the access keys of a credentials file of the AWS CLI, as backup
// programs keep it in one value. It reports whether it has any.
func (c *cluster) awsFile(s spot, key, value string, out *connector.Out) bool {
	list, err := decode.ParseCredentials("aws", []byte(value))
	if err != nil {
		return false
	}
	any := false
	for _, f := range list {
		if f.Class == decode.ClassAWSKey && f.Value != "" && accessKey.MatchString(f.Account) {
			c.credential(s, key, f.Class, f.Value, []string{"aws-key-principal:" + f.Account}, out)
			any = true
		}
	}
	return any
}

// awsAccessKey says of a credential which access key it is, and that somebody is
// its principal, as every source spells it. The id is public and says the account
// (AWS IAM User Guide, Understanding unique ID prefixes).
func awsAccessKey(n *drover.Node, keyID string, out *connector.Out) {
	n.Type, n.Name, n.Aliases = connector.SecretType("aws", "access key"), keyID, append(n.Aliases, "aws-key:"+keyID)
	if strings.HasPrefix(keyID, "ASIA") {
		n.Type = "aws.sts.access_key"
	}
	n.Attrs = n.Attrs.With("system", "aws", "subject", keyID)
	if id := secret.Identify("", keyID); id.Account != "" {
		n.Attrs = n.Attrs.With("account", id.Account)
	}
	alias := "aws-key-principal:" + keyID
	out.Node(drover.Node{Ref: drover.UnseenRef(alias), Kind: drover.KindIdentity, Type: "aws.principal", Name: "principal of " + keyID, Aliases: []string{alias}})
}
