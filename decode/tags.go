package decode

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// TagSays is what a tag, a label or an annotation says of who stands behind a
// thing.
type TagSays struct {
	What  string // TagOwner, TagCreator or TagSource
	Alias string // of whom or what: "email:…", "arn:…", "aws-principal-id:…", "login:github.com/…", "github:…", "git:…"
	Key   string // of the tag
}

// What a tag says of the thing that it is on.
const (
	TagOwner   = "owner"   // answers for it
	TagCreator = "creator" // made it
	TagSource  = "source"  // the repository that it is made from
)

// tagKeys are the keys by which organisations name the three, in lower case
// without signs between the words: AWS "Tagging best practices", Kubernetes
// "Recommended Labels" and Backstage's annotations, the tags that yor writes.
var tagKeys = map[string]string{
	"owner": TagOwner, "owners": TagOwner, "ownedby": TagOwner, "owneremail": TagOwner, "serviceowner": TagOwner, "technicalowner": TagOwner, "techowner": TagOwner, "businessowner": TagOwner,
	"productowner": TagOwner, "dataowner": TagOwner, "accountowner": TagOwner, "applicationowner": TagOwner, "appowner": TagOwner, "contact": TagOwner, "contactemail": TagOwner,
	"technicalcontact": TagOwner, "maintainer": TagOwner, "maintainers": TagOwner, "responsible": TagOwner, "team": TagOwner, "teamemail": TagOwner, "squad": TagOwner, "steward": TagOwner,
	"createdby": TagCreator, "creator": TagCreator, "createdbyemail": TagCreator, "launchedby": TagCreator, "provisionedby": TagCreator, "awscreatedby": TagCreator, "gitlastmodifiedby": TagCreator, "requester": TagCreator,
	"repository": TagSource, "repo": TagSource, "gitrepository": TagSource, "giturl": TagSource, "repourl": TagSource, "repositoryurl": TagSource, "sourcerepo": TagSource, "sourcerepository": TagSource,
	"sourcecode": TagSource, "source": TagSource, "terraformrepo": TagSource, "iacrepo": TagSource, "coderepo": TagSource, "projectslug": TagSource, "sourcelocation": TagSource, "orgopencontainersimagesource": TagSource,
}

var (
	tagMail      = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}`)
	tagHandle    = regexp.MustCompile(`^@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9._-]{1,100})?$`)
	tagARN       = regexp.MustCompile(`^arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[A-Za-z0-9+=,.@_/-]{1,600}$`)
	tagPrincipal = regexp.MustCompile(`^(?:IAMUser|AssumedRole):(A(?:IDA|ROA)[A-Z0-9]{12,28})(?::|$)`)
)

// maxTag bounds one value, in bytes; a longer one says nothing here.
const maxTag = 2048

// Tags reads what tags, labels or annotations say of who owns or made a thing
// and from which repository. Only what names somebody in a way that others can
// be joined by is taken: a mail address, an ARN, the id in AWS's own
// aws:createdBy, a GitHub handle, the URL of a repository. A word such as
// "payments" stays what it is, an attribute. In the order of keys.
func Tags(tags map[string]string) []TagSays {
	var out []TagSays
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		v := strings.TrimSpace(tags[key])
		what := tagKeys[TagKey(key)]
		if what == "" || v == "" || len(v) > maxTag {
			continue
		}
		alias := ""
		if what == TagSource {
			alias = sourceAlias(key, v)
		} else {
			alias = tagAlias(v)
		}
		if alias != "" {
			out = append(out, TagSays{what, alias, key})
		}
	}
	return out
}

// TagEdges are the edges by which tags join a thing to whom they name: anybody may
// write a tag, so they are declared. What is "tag", "label" or "annotation" and
// stands before the key in the part and, behind where it was read, in the proof.
// Clean bounds what is said, and takes secrets out of it.
func TagEdges(of drover.Ref, what, where string, tags map[string]string, clean func(string) string) []drover.Edge {
	var out []drover.Edge
	for _, t := range Tags(tags) {
		kind := drover.EdgeCreated
		if t.What == TagOwner {
			kind = drover.EdgeOwns
		}
		part := what + " " + clean(t.Key)
		out = append(out, drover.Edge{From: drover.UnseenRef(clean(t.Alias)), To: of, Kind: kind, Part: part, Grade: drover.GradeDeclared, Proof: strings.TrimSpace(where + " " + part)})
	}
	return out
}

// TagKey is a key in lower case without what parts its words. Of a key with a
// domain before it ("example.com/owner") it is the name.
func TagKey(key string) string {
	if i := strings.LastIndexByte(key, '/'); i >= 0 {
		key = key[i+1:]
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_.: ", r) {
			return -1
		}
		return r
	}, strings.ToLower(key))
}

// sourceAlias is the repository that a value names by its URL, as people write it
// ("github.com/org/repo"), and as Backstage does: the URL of a folder in it after
// "url:", or "org/repo" under a key of the host, as in github.com/project-slug.
func sourceAlias(key, v string) string {
	v = strings.TrimPrefix(v, "url:")
	for _, page := range []string{"/-/tree/", "/-/blob/", "/tree/", "/blob/"} {
		v, _, _ = strings.Cut(v, page)
	}
	if a := RepositoryAlias(v); a != "" {
		return a
	}
	host, path, ok := strings.Cut(v, "/")
	if !ok || path == "" {
		return ""
	}
	if strings.Contains(host, ".") {
		return RepositoryAlias("https://" + v)
	}
	if domain, name, _ := strings.Cut(key, "/"); name == "project-slug" && strings.Contains(domain, ".") {
		return RepositoryAlias("https://" + domain + "/" + v)
	}
	return ""
}

func tagAlias(v string) string {
	if m := tagPrincipal.FindStringSubmatch(v); m != nil {
		return "aws-principal-id:" + m[1]
	}
	switch {
	case tagARN.MatchString(v):
		return v
	case tagHandle.MatchString(v):
		return "login:github.com/" + strings.ToLower(v[1:])
	}
	if all := tagMail.FindAllString(v, 2); len(all) == 1 { // of several nobody says which
		return "email:" + strings.ToLower(all[0])
	}
	return ""
}
