package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/droverhq/drover/connector"
)

// reads lists the calls, or the files, that a scan makes or opens.
func reads(ctx context.Context, s *connector.Session, emit func(connector.Read)) error {
	if path := s.Config.Get("path"); path != "" {
		l, err := find(ctx, path)
		if err != nil {
			emit(connector.Read{What: "answers of IAM", Where: path})
			return nil //nolint:nilerr // that it is not there is what it says
		}
		for _, e := range l.exports {
			emit(connector.Read{What: "answers of IAM", Where: e.path, Found: true})
		}
		return nil
	}
	if s.Config.Get("role") != "" {
		emit(connector.Read{What: "a session in each account", Where: "sts:AssumeRole", Found: true})
	}
	if list := s.Config.List("accounts"); len(list) == 1 && list[0] == "all" {
		emit(connector.Read{What: "the accounts of the Organization", Where: "organizations:ListAccounts", Found: true})
	}
	for _, sc := range scopes() {
		emit(connector.Read{What: sc.Why, Where: sc.Name, Found: true})
	}
	return nil
}

// probe signs in to every account and makes the one call that most depends on.
func probe(ctx context.Context, s *connector.Session) error {
	if path := s.Config.Get("path"); path != "" {
		_, err := find(ctx, path)
		return err
	}
	cfg, err := configure(ctx, s)
	if err != nil {
		return err
	}
	list, err := accounts(ctx, &connector.Scan{Session: s}, cfg)
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range list {
		if err = a.err; err == nil {
			_, err = iam.NewFromConfig(a.cfg).GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{MaxItems: awssdk.Int32(1)})
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("account %s: %w", a.id, fault(err)))
		}
	}
	return errors.Join(errs...)
}

// Bounds of a look that only decides whether a path is ours.
const (
	maxSniff   = 64 << 20
	glance     = 64 << 10
	maxLooks   = 1000
	maxGlances = 5000
	sniffDepth = 4
)

// accepts takes files that hold what IAM answered, and folders with such files,
// by their content: what they are called says nothing. Into the files of a folder
// it looks a little way, but where the name promises an answer of IAM.
func accepts(path string, dir bool) (string, bool) {
	if !dir {
		return "path", candidate(path) && sniff(path, maxSniff)
	}
	looks, glances, found := 0, 0, false
	_ = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if glances++; glances > maxGlances || looks > maxLooks {
			return fs.SkipAll
		}
		if err != nil {
			return nil //nolint:nilerr // the scan meets it again, and says so
		}
		rel, _ := filepath.Rel(path, p)
		if d.IsDir() {
			if strings.Count(rel, string(filepath.Separator)) >= sniffDepth || d.Name() == ".git" || d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && candidate(p) {
			most := int64(glance)
			if named(p) {
				most = maxSniff
			}
			if looks++; sniff(p, most) {
				found = true
				return fs.SkipAll
			}
		}
		return nil
	})
	return "path", found
}

// surest are the keys that nothing but IAM's answers have.
var surest = []string{listUsers, listGroups, listRoles, "AccessKeyMetadata", "ServiceSpecificCredentials", "SSHPublicKeys", "OpenIDConnectProviderList", "SAMLProviderList", "InstanceProfiles", "ServerCertificateMetadataList"}

// sniff reports whether a file is one of IAM's: by its first line, or by the keys
// of its first answer, as far as those lie in so many bytes.
func sniff(path string, most int64) bool {
	f, err := open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	in := decoded(f)
	head, _ := in.Peek(64)
	if bytes.HasPrefix(head, []byte("user,arn,user_creation_time,")) {
		return true
	}
	return looksLikeJSON(head) && sniffJSON(jsontext.NewDecoder(&gate{r: in, left: most}, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)))
}

func sniffJSON(d *jsontext.Decoder) bool {
	if d.PeekKind() == '[' {
		_, _ = d.ReadToken()
	}
	if d.PeekKind() != '{' {
		return false
	}
	_, _ = d.ReadToken()
	seen := map[string]bool{}
	for d.PeekKind() == '"' {
		key, err := d.ReadToken()
		if err != nil {
			return false
		}
		name := key.String()
		if seen[name] = true; slices.Contains(surest, name) && d.PeekKind() == '[' || seen["Content"] && seen["GeneratedTime"] && seen["ReportFormat"] {
			return true
		}
		if needs, ok := lists[name]; ok && len(needs) > 0 && d.PeekKind() == '[' {
			_, _ = d.ReadToken()
			if d.PeekKind() == ']' {
				_, _ = d.ReadToken()
				continue
			}
			if v, err := d.ReadValue(); err != nil {
				return false
			} else if hasKeys(v, append([]string{"Arn"}, needs...)) && inARN.Match(v) {
				return true
			}
			for d.PeekKind() != ']' && d.PeekKind() != 0 {
				if d.SkipValue() != nil {
					return false
				}
			}
			_, err = d.ReadToken()
		} else {
			err = d.SkipValue()
		}
		if err != nil {
			return false
		}
	}
	return false
}
