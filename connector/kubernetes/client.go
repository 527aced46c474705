package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A client asks one API server. It can only get.
type client struct {
	http *http.Client
	base *url.URL
	wait time.Duration // before the first retry
	page int
	most int  // objects of one list
	down bool // the last thing that was asked for could not be had, however often
}

// How often one answer is asked for, and the longest that a server may make us
// wait for the next time.
const (
	attempts = 5
	maxWait  = time.Minute
)

func newClient(s *connector.Session) (*client, error) {
	cfg, err := restConfig(s)
	if err != nil {
		return nil, err
	}
	cfg.UserAgent = "drover"
	cfg.Timeout = s.Config.Duration("timeout")
	if p := s.Config.Get("proxy"); p != "" {
		u, err := url.Parse(p)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("option proxy is not a URL: %w", drover.ErrInvalid)
		}
		if u.User != nil {
			return nil, fmt.Errorf("option proxy has a user in it, and is shown as it is: run a proxy that asks for none: %w", drover.ErrInvalid)
		}
		cfg.Proxy = http.ProxyURL(u)
	}
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return getOnly{next} })
	h, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("set up the connection: %w: %w", hideURL(err), drover.ErrInvalid)
	}
	// A redirect would carry the token to another place.
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	base, err := baseURL(cfg.Host)
	if err != nil {
		return nil, err
	}
	return &client{http: h, base: base, wait: s.Config.Duration("retry_wait"), page: max(1, s.Config.Int("page_size")), most: max(1, s.Config.Int("max_objects"))}, nil
}

// What is wrong with a source that names several ways to a cluster, or none.
var (
	errWays  = fmt.Errorf("set exactly one of the options kubeconfig, server, in_cluster and path: %w", drover.ErrInvalid)
	errNoWay = fmt.Errorf("it does not say which cluster: set exactly one of the options kubeconfig, server, in_cluster and path; kubectl has no configuration here to take by default ($KUBECONFIG, ~/.kube/config): %w", drover.ErrInvalid)
)

// check reports whether the options name one way to the objects.
func check(given func(option string) bool) (note string, err error) {
	ways := 0
	for _, name := range []string{"kubeconfig", "server", "in_cluster", "path"} {
		if given(name) {
			ways++
		}
	}
	switch file := defaultKubeconfig(); {
	case ways == 1:
		return "", nil
	case ways > 1:
		return "", errWays
	case file == "":
		return "", errNoWay
	case given("context"):
		return "it reads the cluster of that context of " + file, nil
	default:
		return "it reads the cluster of the current context of " + file + "; options kubeconfig and context say another, path a folder of manifests", nil
	}
}

// defaultKubeconfig is the client configuration that kubectl takes where it is told
// none; "" where there is none. Of several in KUBECONFIG it is the first that
// exists.
func defaultKubeconfig() string {
	files := filepath.SplitList(os.Getenv("KUBECONFIG"))
	if home, err := os.UserHomeDir(); err == nil && len(files) == 0 {
		files = []string{filepath.Join(home, ".kube", "config")}
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() {
			return f
		}
	}
	return ""
}

// restConfig finds the one way to the server that the options name.
func restConfig(s *connector.Session) (*rest.Config, error) {
	c, ways := s.Config, 0
	for _, name := range []string{"kubeconfig", "server", "in_cluster"} {
		if c.Has(name) && (name != "in_cluster" || c.Bool(name)) {
			ways++
		}
	}
	switch {
	case ways > 1:
		return nil, errWays
	case ways == 0 && defaultKubeconfig() == "":
		return nil, errNoWay
	}
	if c.Has("ca_file") && !s.Trusted {
		return nil, fmt.Errorf("option ca_file is only taken from the configuration file; write this source into drover.yaml: %w", drover.ErrPermission)
	}
	switch {
	case c.Bool("in_cluster"):
		cfg, err := rest.InClusterConfig()
		if err != nil {
			return nil, fmt.Errorf("option in_cluster: drover does not run in a pod with a service account: %w: %w", err, drover.ErrInvalid)
		}
		return cfg, nil
	case c.Has("server"):
		cfg := &rest.Config{Host: c.Get("server"), BearerToken: c.Secret("token").Reveal()}
		cfg.CAFile = c.Get("ca_file")
		return cfg, nil
	}
	return kubeconfig(s)
}

// kubeconfig reads a client configuration. What it would execute, it may only
// where the source comes from the configuration file.
func kubeconfig(s *connector.Session) (*rest.Config, error) {
	file, err := clientcmd.LoadFromFile(cmp.Or(s.Config.Get("kubeconfig"), defaultKubeconfig()))
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w: %w", withoutValues(err), drover.ErrInvalid)
	}
	if err := clientcmd.ResolveLocalPaths(file); err != nil { // those relative to the file
		return nil, fmt.Errorf("read the kubeconfig: %w: %w", withoutValues(err), drover.ErrInvalid)
	}
	name := cmp.Or(s.Config.Get("context"), file.CurrentContext)
	kctx := file.Contexts[name]
	if kctx == nil {
		return nil, fmt.Errorf("the kubeconfig has no context %q; it has %s: %w", cut(name, 200), cut(strings.Join(sortedKeys(file.Contexts), ", "), 500), drover.ErrNotFound)
	}
	if user := file.AuthInfos[kctx.AuthInfo]; user != nil && !s.Trusted && (user.Exec != nil || user.AuthProvider != nil) {
		return nil, fmt.Errorf("context %q signs in through a program that executes on this machine, so it is only taken from the configuration file; write this source into drover.yaml: %w", cut(name, 200), drover.ErrPermission)
	}
	cfg, err := clientcmd.NewNonInteractiveClientConfig(*file, name, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("the kubeconfig's context %q cannot be used: %w: %w", cut(name, 200), withoutValues(err), drover.ErrInvalid)
	}
	if c := s.Config.Get("ca_file"); c != "" {
		cfg.CAFile, cfg.CAData = c, nil
	}
	if cfg.ExecProvider != nil {
		cfg.ExecProvider.StdinUnavailable = true
	}
	return cfg, nil
}

func baseURL(host string) (*url.URL, error) {
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	u, err := url.Parse(host)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("the API server's address is not a URL such as https://k8s.example.com:6443: %w", drover.ErrInvalid)
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u, nil
}

// names are what the server's address says of which cluster it is: its host. A pod
// calls every cluster's server alike, and a proxy that has clusters behind its
// paths gives them one host: then it says nothing.
func (k *client) names(c connector.Config) []string {
	if c.Bool("in_cluster") || strings.Trim(k.base.Path, "/") != "" {
		return nil
	}
	return []string{k.base.Host}
}

// getOnly lets nothing through that could change something.
type getOnly struct{ next http.RoundTripper }

func (g getOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, fmt.Errorf("%s is not sent: this connector only reads", r.Method)
	}
	return g.next.RoundTrip(r)
}

// errGone says that the version of a list that pages were read of is forgotten.
var errGone = errors.New("the list changed too much while it was read")

// errForbidden says that a right is missing.
var errForbidden = fmt.Errorf("the API server refuses (403): %w", drover.ErrPermission)

// errCut is an answer that ended too early, or is not what was asked for.
type errCut struct{ error }

func (e errCut) Unwrap() []error { return []error{e.error, drover.ErrTransient} }

// get asks for a path and hands the body to read, again after faults that pass.
// What read is given may be the beginning of an answer that is asked for again.
// Errors wrap drover.ErrPermission, ErrNotFound, ErrTransient, or are errGone.
func (k *client) get(ctx context.Context, path, accept string, read func(io.Reader) error) error {
	wait, tries := k.wait, attempts
	if k.down {
		tries = 2 // a server that is gone is not waited for once more for each kind
	}
	for try := 1; ; try++ {
		after, err := k.once(ctx, path, accept, read)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		passing := errors.Is(err, drover.ErrTransient)
		if !passing || try >= tries {
			k.down = passing
			return err
		}
		pause := max(wait, min(after, maxWait))
		wait *= 2
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		case <-t.C:
		}
	}
}

// once asks once. After is how long the server wants us to wait.
func (k *client) once(ctx context.Context, path, accept string, read func(io.Reader) error) (after time.Duration, err error) {
	u := strings.TrimRight(k.base.String(), "/") + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return 0, fmt.Errorf("the API server's address: %w", drover.ErrInvalid)
	}
	req.Header.Set("Accept", accept)
	resp, err := k.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("ask %s: %w: %w", k.base.Host, hideURL(err), drover.ErrTransient)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return 0, read(resp.Body)
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
	return retryAfter(resp.Header.Get("Retry-After")), statusError(k.base.Host, resp.StatusCode)
}

func statusError(host string, code int) error {
	switch {
	case code == http.StatusUnauthorized:
		return fmt.Errorf("%s does not know the credential (401): it is expired, revoked or of another cluster; renew it: %w", host, drover.ErrPermission)
	case code == http.StatusForbidden:
		return fmt.Errorf("%s: %w", host, errForbidden)
	case code == http.StatusNotFound:
		return fmt.Errorf("%s has no such thing (404): %w", host, drover.ErrNotFound)
	case code == http.StatusGone:
		return errGone
	case code == http.StatusTooManyRequests || code >= 500:
		return fmt.Errorf("%s answered %d: %w", host, code, drover.ErrTransient)
	}
	return fmt.Errorf("%s answered %d: %w", host, code, drover.ErrInvalid)
}

// retryAfter reads the header's seconds; a date there is not what API servers
// send.
func retryAfter(s string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, int(maxWait/time.Second))) * time.Second
}

// hideURL takes the address out of an error of net/http: a proxy's may have a
// password in it.
func hideURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// withoutValues keeps of an error about a kubeconfig that it is one: YAML errors
// quote the lines around, with the token in them.
func withoutValues(err error) error {
	var file *fs.PathError
	switch {
	case errors.As(err, &file):
		return file
	case clientcmd.IsEmptyConfig(err):
		return errors.New("it is empty")
	}
	return errors.New("it is not a valid client configuration")
}

// discard reads an answer and drops it.
func discard(body io.Reader) error {
	_, err := io.Copy(io.Discard, io.LimitReader(body, maxSmall))
	return err
}
