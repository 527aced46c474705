package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/checktest"
)

func row(t *testing.T, e *check.Estate, ref drover.Ref) int {
	t.Helper()
	i, ok := e.Graph.Find(ref)
	if !ok {
		t.Fatalf("%s is not in the estate", ref)
	}
	return i
}

func TestStorageOfFiles(t *testing.T) {
	for file, want := range map[string]check.Storage{
		"/srv/shop/.env": check.InEnv, "/srv/shop/.env.production": check.InEnv, "/srv/prod.env": check.InEnv, `C:\app\.env`: check.InEnv, "/etc/environment": check.InEnv, "/etc/default/agent": check.InEnv,
		"/etc/systemd/system/shop.service": check.InEnv, "/etc/systemd/system/shop.service.d/10-key.conf": check.InEnv, "/etc/cron.d/etl": check.InEnv, "/srv/docker-compose.yml": check.InEnv, "/srv/compose.prod.yaml": check.InEnv,
		"/src/.github/workflows/release.yml": check.InPipeline, "/src/.gitlab-ci.yml": check.InPipeline, "/src/Jenkinsfile": check.InPipeline, "/src/.circleci/config.yml": check.InPipeline, "/src/bitbucket-pipelines.yml": check.InPipeline,
		"/home/a/.bash_history": check.InHistory, "/home/a/.zsh_history": check.InHistory, "/src/terraform.tfstate": check.InState, "/src/terraform.tfstate.backup": check.InState, "/var/log/app.log": check.InLog,
		"/home/a/.aws/credentials": check.InFile, "/home/a/.netrc": check.InFile, "/etc/nginx/ssl/www.key": check.InFile, "/srv/environment.txt": check.InFile, "/srv/service.conf": check.InFile,
	} {
		e := checktest.Estate(t, `machine/m/place/p place type=machine.file name="p" attrs.file="`+strings.ReplaceAll(file, `\`, `\\`)+`"`)
		if got := e.Storage(row(t, e, "machine/m/place/p")); got != want {
			t.Errorf("Storage(%s) = %s, want %s", file, got, want)
		}
	}
}

func TestValidity(t *testing.T) {
	since := checktest.Now.AddDate(0, 0, -100)
	for graph, want := range map[string]check.Validity{
		`aws/1/iam.access_key/k credential attrs.Status=Active`:                                                                                         check.ValidityLive,
		`aws/1/iam.access_key/k credential attrs.Status=Inactive`:                                                                                       check.ValidityDead,
		`aws/1/iam.access_key/k credential`:                                                                                                             check.ValidityUnknown,
		`aws/1/iam.access_key/k credential expires=-1d`:                                                                                                 check.ValidityDead,
		`aws/1/iam.access_key/k credential expires=+1d`:                                                                                                 check.ValidityLive,
		`aws/1/iam.access_key/k credential attrs.temporary=true`:                                                                                        check.ValidityDead,
		"aws/1/iam.access_key/k credential\nevidence aws/1/iam.access_key/k last_used by report at=-3d":                                                 check.ValidityLive,
		"aws/1/iam.access_key/k credential\nevidence aws/1/iam.access_key/k last_used by report at=-200d":                                               check.ValidityUnknown,
		"aws/1/iam.access_key/k credential\nad/c/user/u identity rotated=-20d\naws/1/iam.access_key/k -authenticates-> ad/c/user/u":                     check.ValidityDead,
		"aws/1/iam.access_key/k credential\nad/c/user/u identity rotated=-200d\naws/1/iam.access_key/k -authenticates-> ad/c/user/u":                    check.ValidityUnknown,
		"aws/1/iam.access_key/k credential\nad/c/user/u identity @lifecycle=retired\naws/1/iam.access_key/k -authenticates-> ad/c/user/u":               check.ValidityDead,
		"aws/1/iam.access_key/k credential attrs.Status=Active\nad/c/user/u identity rotated=-20d\naws/1/iam.access_key/k -authenticates-> ad/c/user/u": check.ValidityLive,
	} {
		e := checktest.Estate(t, graph)
		got, proof := e.Validity(row(t, e, "aws/1/iam.access_key/k"), since)
		if got != want || proof.Text == "" || proof.Source == "" {
			t.Errorf("%s\n= %s (%v), want %s", graph, got, proof, want)
		}
	}
	// A token that says its own end is not known to be good until then.
	e := checktest.Estate(t, `secret/-/jwt/hs256:00 credential expires=+20d`)
	if got, proof := e.Validity(row(t, e, "secret/-/jwt/hs256:00"), time.Time{}); got != check.ValidityUnknown || !strings.Contains(proof.Text, "revoked") {
		t.Errorf("a token that was found and has not expired is %s (%v), want unknown", got, proof)
	}
}

func TestInterval(t *testing.T) {
	for graph, want := range map[string]int{
		"a/1/k/k credential": 90,
		"a/1/k/k credential\na/1/i/i identity @env=prod\na/1/k/k -authenticates-> a/1/i/i":                                                              60,
		"a/1/k/k credential\na/1/i/i identity @env=dev\na/1/k/k -authenticates-> a/1/i/i":                                                               90,
		"a/1/k/k credential\na/1/i/i identity @tier=0\na/1/k/k -authenticates-> a/1/i/i":                                                                30,
		"a/1/k/k credential\na/1/i/i identity @env=dev\na/1/i/j identity @env=prod\na/1/k/k -authenticates-> a/1/i/i\na/1/k/k -authenticates-> a/1/i/j": 60,
	} {
		e := checktest.Estate(t, graph)
		v := e.Interval(row(t, e, "a/1/k/k"))
		if int(v.Every/drover.Day) != want || v.Why == "" {
			t.Errorf("%s\n= %s (%s), want %d days", graph, v.Every, v.Why, want)
		}
		if !e.Young(30*drover.Day) || e.Young(31*drover.Day) {
			t.Errorf("%s: young ends elsewhere than at the shortest interval", graph)
		}
	}
}

func TestLeaksAndPast(t *testing.T) {
	e := checktest.Estate(t, `
secret/-/token/hs256:00 credential type=slack.bot_token
git/r/place/head place type=git.line name="head" attrs.in_head=true
git/r/place/past place type=git.line name="past" attrs.in_head=false
git/r/place/draft place type=git.line name="draft" attrs.committed=false
gitlab/g/variable/v place type=gitlab.variable name="v"
secret/-/token/hs256:00 -stored_in-> git/r/place/head
secret/-/token/hs256:00 -stored_in-> git/r/place/past
secret/-/token/hs256:00 -stored_in-> git/r/place/draft
secret/-/token/hs256:00 -stored_in-> gitlab/g/variable/v
`)
	token := row(t, e, "secret/-/token/hs256:00")
	if got, want := e.Leaks(token), []int{row(t, e, "git/r/place/head")}; !slices.Equal(got, want) {
		t.Errorf("Leaks = %v, want %v", got, want)
	}
	if got, want := e.Past(token), []int{row(t, e, "git/r/place/past")}; !slices.Equal(got, want) {
		t.Errorf("Past = %v, want %v", got, want)
	}
}
