package secret

import (
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"regexp"
	"strconv"
	"strings"
)

// crcBase62 reports whether the last six characters of body are the CRC-32 of
// those before them in base 62, as GitHub describes it in "Behind GitHub's new
// authentication token formats" and npm has taken over.
func crcBase62(body string) Validity {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := crc32.ChecksumIEEE([]byte(body[:len(body)-6]))
	for i := len(body) - 1; i >= len(body)-6; i-- {
		if body[i] != digits[sum%62] {
			return Invalid
		}
		sum /= 62
	}
	return Valid
}

var (
	githubShape     = regexp.MustCompile(`^(gh[pousr])_([0-9A-Za-z]{36})$`)
	githubFineShape = regexp.MustCompile(`^github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}$`)
	npmShape        = regexp.MustCompile(`^npm_([0-9A-Za-z]{36})$`)
	gitlabShape     = regexp.MustCompile(`^(gl[a-z]{2,6}|GR1348941)-?([\w-]{20,300})(?:\.[0-9a-z]{9}|\.([0-9a-z]{2})\.([0-9a-z]{2})([0-9a-z]{7}))?$`)
	slackShape      = regexp.MustCompile(`^(xox[a-z](?:\.xox[bp])?|xapp)-([\w-]{8,300})$`)
	slackHookShape  = regexp.MustCompile(`^(?:https?://)?hooks\.slack\.com/(?:services|workflows|triggers)/(T[A-Z0-9]{6,14})/([A-Z0-9]{6,20})/`)
)

func githubToken(value string, id *Identity) bool {
	// GitHub has published a checksum for gh?_ tokens only; what others have read out
	// of fine-grained ones (base32 of a SHA-256) does not hold for the published
	// examples, so that nothing is said of them.
	if githubFineShape.MatchString(value) {
		id.System, id.Type = "github", "fine-grained personal access token"
		return true
	}
	m := githubShape.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	id.System, id.Checksum = "github", crcBase62(m[2])
	id.Type = map[string]string{
		"ghp": "personal access token", "gho": "OAuth access token", "ghu": "app user token",
		"ghs": "app installation token", "ghr": "app refresh token",
	}[m[1]]
	return true
}

func npmToken(value string, id *Identity) bool {
	m := npmShape.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	id.System, id.Type, id.Checksum = "npm", "access token", crcBase62(m[1])
	return true
}

// gitlabToken knows the prefixes of "Token overview" in the GitLab documentation.
// A routable token ("Routable Tokens" in the GitLab handbook's Cells design, and
// Authn::TokenField::Generator::RoutableToken in its source) is
// <prefix><payload>.<version>.<length><crc>: the payload, in base64, begins with
// lines such as "u:1a", in base 36, that say for whom the instance routes it; the
// length of the payload and the CRC-32 of all before it are in base 36 too.
// Tokens of the first release have ".<version><crc>", over what is not published.
func gitlabToken(value string, id *Identity) bool {
	m := gitlabShape.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	kind, ok := map[string]string{
		"glpat": "personal, project or group access token", "gldt": "deploy token", "glrt": "runner token",
		"GR1348941": "runner registration token", "glcbt": "CI job token", "glptt": "trigger token", "glft": "feed token",
		"glimt": "incoming mail token", "glagent": "agent token", "gloas": "OAuth application secret",
		"glsoat": "SCIM token", "glffct": "feature flags client token", "glwt": "workspace token",
	}[m[1]]
	if !ok {
		return false
	}
	id.System, id.Type = "gitlab", kind
	if !strings.Contains(value, ".") {
		return true
	}
	if m[5] != "" {
		id.Checksum = crcBase36(value, m[2], m[4])
	}
	raw, err := base64.RawURLEncoding.DecodeString(m[2])
	if err != nil {
		return true
	}
	names := map[string]string{"u": "user_id", "p": "project_id", "g": "group_id", "o": "organization_id", "c": "cell_id"}
	for line := range strings.SplitSeq(string(raw), "\n") {
		k, v, found := strings.Cut(line, ":")
		n, err := strconv.ParseUint(v, 36, 63)
		if !found || names[k] == "" || err != nil {
			break
		}
		id.Facts[names[k]] = strconv.FormatUint(n, 10)
	}
	id.Subject = id.Facts["user_id"]
	return true
}

// crcBase36 checks the trailer of a routable GitLab token.
func crcBase36(token, payload, length string) Validity {
	body, sum := token[:len(token)-7], token[len(token)-7:]
	n, err := strconv.ParseInt(length, 36, 32)
	want := strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 36)
	if err != nil || int(n) != len(payload) || strings.Repeat("0", 7-len(want))+want != sum {
		return Invalid
	}
	return Valid
}

func slackToken(value string, id *Identity) bool {
	if m := slackHookShape.FindStringSubmatch(value); m != nil {
		id.System, id.Type, id.Account, id.Subject = "slack", "incoming webhook", m[1], m[2]
		id.alias("slack-team", m[1])
		return true
	}
	m := slackShape.FindStringSubmatch(value)
	if m == nil {
		return false
	}
	kind, ok := map[string]string{
		"xoxb": "bot token", "xoxp": "user token", "xapp": "app-level token", "xoxe": "refresh token", "xoxa": "workspace token",
		"xoxr": "refresh token", "xoxs": "session token", "xoxo": "OAuth token", "xoxc": "client token", "xoxd": "client cookie",
		"xoxe.xoxb": "rotating bot token", "xoxe.xoxp": "rotating user token",
	}[m[1]]
	if !ok {
		return false
	}
	id.System, id.Type = "slack", kind
	if parts := strings.Split(m[2], "-"); m[1] == "xapp" && len(parts) > 2 {
		id.Subject = parts[1]
		id.alias("slack-app", parts[1])
	}
	return true
}

// pypiToken reads the macaroon (libmacaroons format 2) that a PyPI token is: the
// location, the token's identifier and the projects that it is limited to.
func pypiToken(value string, id *Identity) bool {
	body, ok := strings.CutPrefix(value, "pypi-")
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(body, "="))
	if !ok || err != nil || len(raw) < 3 || raw[0] != 2 {
		return false
	}
	id.System, id.Type = "pypi", "API token"
	const location, identifier = 1, 2
	first := true
	for rest := raw[1:]; len(rest) >= 2; {
		kind, size := rest[0], int(rest[1])
		head := 2
		if kind == 0 {
			first = false
			rest = rest[1:]
			continue
		}
		if size&0x80 != 0 {
			if len(rest) < 3 || rest[2]&0x80 != 0 {
				break
			}
			size, head = size&0x7f|int(rest[2])<<7, 3
		}
		if len(rest) < head+size {
			break
		}
		field := string(rest[head : head+size])
		rest = rest[head+size:]
		switch {
		case kind == location && first:
			id.Account = field
		case kind == identifier && first:
			id.Subject = field
			id.alias("pypi-token", cleanFact(field))
		case kind == identifier:
			pypiCaveat(field, id)
		}
	}
	return true
}

func pypiCaveat(text string, id *Identity) {
	var old struct {
		Permissions json.RawMessage `json:"permissions"`
	}
	if json.Unmarshal([]byte(text), &old) != nil || old.Permissions == nil {
		return
	}
	var limited struct {
		Projects []string `json:"projects"`
	}
	if json.Unmarshal(old.Permissions, &limited) == nil && len(limited.Projects) > 0 {
		id.Facts["projects"] = strings.Join(limited.Projects[:min(len(limited.Projects), 8)], ",")
	} else {
		id.Facts["scope"] = strings.Trim(string(old.Permissions), `"`)
	}
}

// prefixes tell vendor and kind where a token says no more than that.
var prefixes = []struct{ prefix, system, kind string }{
	{"sk-ant-admin", "anthropic", "admin API key"}, {"sk-ant-api", "anthropic", "API key"},
	{"sk-ant-oat", "anthropic", "OAuth access token"}, {"sk-ant-ort", "anthropic", "OAuth refresh token"},
	{"sk-proj-", "openai", "project API key"}, {"sk-svcacct-", "openai", "service account API key"},
	{"sk-admin-", "openai", "admin API key"}, {"sk-or-v1-", "openrouter", "API key"}, {"sk-lf-", "langfuse", "secret key"},
	{"sk_live_", "stripe", "live secret key"}, {"sk_test_", "stripe", "test secret key"},
	{"rk_live_", "stripe", "live restricted key"}, {"rk_test_", "stripe", "test restricted key"}, {"whsec_", "stripe", "webhook signing secret"},
	{"hf_", "huggingface", "access token"}, {"gsk_", "groq", "API key"}, {"xai-", "xai", "API key"}, {"r8_", "replicate", "API token"},
	{"nvapi-", "nvidia", "API key"}, {"lsv2_", "langsmith", "API key"}, {"tvly-", "tavily", "API key"}, {"pcsk_", "pinecone", "API key"},
	{"AIza", "gcp", "API key"}, {"GOCSPX-", "gcp", "OAuth client secret"}, {"ya29.", "gcp", "OAuth access token"},
	{"ABSK", "aws", "Bedrock API key"}, {"bedrock-api-key-", "aws", "short-lived Bedrock API key"},
	{"dckr_pat_", "docker", "personal access token"}, {"dckr_oat_", "docker", "organization access token"},
	{"hvs.", "vault", "service token"}, {"hvb.", "vault", "batch token"}, {"dop_v1_", "digitalocean", "personal access token"},
	{"dapi", "databricks", "personal access token"}, {"SG.", "sendgrid", "API key"}, {"glsa_", "grafana", "service account token"},
	{"shpat_", "shopify", "admin API access token"}, {"tskey-", "tailscale", "key"}, {"pul-", "pulumi", "access token"},
	{"ops_", "1password", "service account token"}, {"lin_api_", "linear", "API key"}, {"ntn_", "notion", "integration token"},
	{"figd_", "figma", "personal access token"}, {"sbp_", "supabase", "personal access token"}, {"PMAK-", "postman", "API key"},
	{"ATATT3", "atlassian", "API token"}, {"ATBB", "bitbucket", "app password"}, {"AGE-SECRET-KEY-1", "age", "secret key"},
}

func prefixed(value string, id *Identity) bool {
	if len(value) < 16 || strings.ContainsAny(value, " \t\n") {
		return false
	}
	for _, p := range prefixes {
		if strings.HasPrefix(value, p.prefix) {
			id.System, id.Type = p.system, p.kind
			return true
		}
	}
	if len(value) == 51 && strings.HasPrefix(value, "sk-") && strings.Contains(value, "T3BlbkFJ") {
		id.System, id.Type = "openai", "user API key"
		return true
	}
	return false
}
