package aws

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// Bounds on what is suggested.
const (
	maxSuggested = 20
	maxShared    = 1 << 20 // bytes of one file
)

var notID = regexp.MustCompile(`[^a-z0-9]+`)

// suggest names the profiles of the AWS CLI's files, one for each account where
// they say of which they are, the default profile first. Those that ask for an MFA
// code each time are left out, for nobody is there to type one.
func suggest(getenv func(string) string, home string) []connector.Suggestion {
	var profiles []decode.AWSProfile
	from := map[string]string{} // file by profile
	place := map[string]int{}
	for _, f := range []struct{ env, name string }{{"AWS_CONFIG_FILE", "config"}, {"AWS_SHARED_CREDENTIALS_FILE", "credentials"}} {
		file := getenv(f.env)
		if file == "" && home != "" {
			file = filepath.Join(home, ".aws", f.name)
		}
		for _, p := range profilesOf(file) {
			if i, ok := place[p.Name]; ok {
				profiles[i] = both(profiles[i], p)
				continue
			}
			place[p.Name], from[p.Name] = len(profiles), file
			profiles = append(profiles, p)
		}
	}
	if i, ok := place["default"]; ok {
		p := profiles[i]
		profiles = slices.Insert(slices.Delete(profiles, i, i+1), 0, p)
	}
	var found []connector.Suggestion
	taken := map[string]bool{}
	for _, p := range profiles {
		id := "aws-" + strings.Trim(notID.ReplaceAllString(strings.ToLower(p.Name[:min(len(p.Name), 40)]), "-"), "-")
		account := accountOf(p)
		if len(found) == maxSuggested || p.MFASerial != "" || !signsIn(p) || taken[id] || account != "" && taken[account] {
			continue
		}
		taken[id], taken[account] = true, true
		why := "a profile of " + from[p.Name]
		if account != "" {
			why += fmt.Sprintf(", for account %s", account)
		}
		found = append(found, connector.Suggestion{ID: id, Options: map[string]string{"profile": p.Name}, Why: why})
	}
	return found
}

func profilesOf(file string) []decode.AWSProfile {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxShared {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	c, _ := decode.ParseAWS(data) // what could be read counts
	return c.Profiles
}

// both is a profile that the two files describe together.
func both(a, b decode.AWSProfile) decode.AWSProfile {
	if a.AccessKeyID == "" {
		a.AccessKeyID, a.SecretKey = b.AccessKeyID, b.SecretKey
	}
	if a.RoleARN == "" {
		a.RoleARN = b.RoleARN
	}
	if a.MFASerial == "" {
		a.MFASerial = b.MFASerial
	}
	return a
}

// signsIn reports whether a profile says how to sign in; many hold only a region.
func signsIn(p decode.AWSProfile) bool {
	return p.AccessKeyID != "" || p.RoleARN != "" || p.SSOAccountID != "" || p.CredentialProcess != "" || p.WebIdentityTokenFile != ""
}

// accountOf is the account that a profile signs in to; "" where that is not said.
func accountOf(p decode.AWSProfile) string {
	if f := strings.SplitN(p.RoleARN, ":", 6); len(f) == 6 && f[0] == "arn" {
		return f[4]
	}
	return p.SSOAccountID
}
