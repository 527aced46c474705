package aws

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sync/semaphore"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

const defaultRegion = "us-east-1"

// configure loads how to sign and where to send, from the options and, for what
// they leave out, from where the AWS CLI takes it.
func configure(ctx context.Context, s *connector.Session) (awssdk.Config, error) {
	build, err := transport(s)
	if err != nil {
		return awssdk.Config{}, err
	}
	var base *string // the configured endpoint, known when all is loaded
	opts := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithHTTPClient(build),
		awsconfig.WithRetryer(func() awssdk.Retryer { return retryer(s.Config) }),
		awsconfig.WithDefaultRegion(cmp.Or(s.Config.Get("region"), defaultRegion)),
		awsconfig.WithAppID("drover"),
		awsconfig.WithLogger(logging.Nop{}), // else it writes to standard error
		awsconfig.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = sessionName
			if c, ok := o.Client.(*sts.Client); ok {
				o.Client = &lateSTS{c, &base}
			}
			o.TokenProvider = func() (string, error) {
				if code := s.Config.Secret("mfa_token"); code != "" {
					return code.Reveal(), nil
				}
				return "", fmt.Errorf("the profile's role demands a code of its MFA device: set option mfa_token: %w", drover.ErrPermission)
			}
		}),
	}
	if p := s.Config.Get("profile"); p != "" {
		opts = append(opts, awsconfig.WithSharedConfigProfile(p))
	}
	if s.Config.Has("access_key_id") || s.Config.Has("secret_access_key") {
		if !s.Config.Has("access_key_id") || !s.Config.Has("secret_access_key") || s.Config.Has("profile") {
			return awssdk.Config{}, fmt.Errorf("access_key_id and secret_access_key go together, and not with profile: %w", drover.ErrInvalid)
		}
		opts = append(opts, awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(
			s.Config.Secret("access_key_id").Reveal(), s.Config.Secret("secret_access_key").Reveal(), s.Config.Secret("session_token").Reveal())))
	}
	if e := s.Config.Get("endpoint"); e != "" {
		if u, err := url.Parse(e); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return awssdk.Config{}, fmt.Errorf("option endpoint: not an http or https URL: %w", drover.ErrInvalid)
		}
		opts = append(opts, awsconfig.WithBaseEndpoint(e))
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return awssdk.Config{}, profileFault(s, err)
	}
	if err := mayExecute(s, cfg); err != nil {
		return awssdk.Config{}, err
	}
	base = cfg.BaseEndpoint
	cfg.HTTPClient = httpClient(s, cfg.HTTPClient)
	return cfg, nil
}

// lateSTS asks the configured endpoint for the role of a profile: the SDK settles
// how to sign before it has read where to send (endpoint_url, AWS_ENDPOINT_URL),
// and would ask AWS.
type lateSTS struct {
	client *sts.Client
	base   **string
}

// AssumeRole is the call of STS.
func (l *lateSTS) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	return l.client.AssumeRole(ctx, in, append(opts, func(o *sts.Options) {
		if o.BaseEndpoint == nil {
			o.BaseEndpoint = *l.base
		}
	})...)
}

// sessionName is how CloudTrail shows what drover reads by an assumed role.
const sessionName = "drover"

func profileFault(s *connector.Session, err error) error {
	var missing awsconfig.SharedConfigProfileNotExistError
	if errors.As(err, &missing) {
		return fmt.Errorf("profile %q is not in the AWS CLI's configuration: %w", s.Config.Get("profile"), drover.ErrNotFound)
	}
	return fmt.Errorf("load the AWS configuration: %s: %w", sayable(err.Error()), drover.ErrInvalid)
}

// mayExecute refuses a profile that runs a program, unless the source is from
// the configuration file: who may only add a source must not choose programs.
func mayExecute(s *connector.Session, cfg awssdk.Config) error {
	if s.Trusted || s.Config.Has("access_key_id") {
		return nil
	}
	for _, source := range cfg.ConfigSources {
		shared, ok := source.(awsconfig.SharedConfig)
		for p := &shared; ok && p != nil; p = p.Source {
			if p.CredentialProcess != "" {
				return fmt.Errorf("profile %q runs a program for its credentials (credential_process): configure this source in drover.yaml: %w", p.Profile, drover.ErrPermission)
			}
		}
	}
	return nil
}

// retryer tries again what was throttled or failed on the other side, slower
// each time and slower for all calls of a client (AWS SDKs, "adaptive" mode),
// within a budget of 500 tokens, 5 for each try.
func retryer(c connector.Config) awssdk.Retryer {
	wait := max(c.Duration("retry_wait"), time.Millisecond)
	jitter := retry.NewExponentialJitterBackoff(20 * time.Second)
	return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(so *retry.StandardOptions) {
			so.MaxAttempts = max(c.Int("max_attempts"), 1)
			so.Retryables = append(so.Retryables, retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{429: {}}}, tornAnswer{})
			so.Backoff = retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
				if d, ok := retryAfter(err); ok {
					return d, nil
				}
				// The SDK draws from [0, 2^attempt) seconds; ours from [0, 2^attempt) waits.
				d, e := jitter.BackoffDelay(attempt, err)
				return time.Duration(float64(d) * wait.Seconds()), e
			})
		})
	})
}

// maxRetryAfter bounds how long the other side may make us wait.
const maxRetryAfter = 2 * time.Minute

// retryAfter is what the answer asks for, in seconds or as a date (RFC 9110,
// 10.2.3).
func retryAfter(err error) (time.Duration, bool) {
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &resp) || resp.Response == nil {
		return 0, false
	}
	h := resp.Response.Header.Get("Retry-After")
	if n, err := strconv.ParseUint(h, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, maxRetryAfter), true
	}
	at, err := http.ParseTime(h)
	if err != nil {
		return 0, false
	}
	date, err := http.ParseTime(resp.Response.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(date), 0), maxRetryAfter), true
}

// A tornAnswer is tried again: all our calls only read.
type tornAnswer struct{}

func (tornAnswer) IsErrorRetryable(err error) awssdk.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return awssdk.TrueTernary
	}
	return awssdk.UnknownTernary
}

// transport is how to reach the API: as the session does, with the proxy and the
// authorities of the options. The SDK adds those of AWS_CA_BUNDLE and of the
// profile, which it does to a client of its own only.
func transport(s *connector.Session) (*awshttp.BuildableClient, error) {
	proxy := http.ProxyFromEnvironment
	if p := s.Config.Get("proxy"); p != "" {
		u, err := url.Parse(p)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("option proxy: not a URL: %w", drover.ErrInvalid)
		}
		proxy = http.ProxyURL(u)
	}
	var pool *x509.CertPool
	if ca := s.Config.Get("ca_file"); ca != "" {
		var err error
		if pool, err = authorities(s, ca); err != nil {
			return nil, err
		}
	}
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.Proxy = proxy
		if base, ok := s.HTTP.Transport.(*http.Transport); ok && s.Config.Get("proxy") == "" {
			t.Proxy = base.Proxy
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}), nil
}

// httpClient bounds each answer, and how many calls are under way.
func httpClient(s *connector.Session, built awssdk.HTTPClient) *http.Client {
	client := *s.HTTP
	if c, ok := built.(*awshttp.BuildableClient); ok {
		if _, plain := client.Transport.(*http.Transport); plain || client.Transport == nil {
			client.Transport = c.GetTransport()
		}
	}
	client.Transport = &bounded{next: client.Transport, slots: semaphore.NewWeighted(int64(max(s.Config.Int("concurrency"), 1)))}
	if d := s.Config.Duration("call_timeout"); d > 0 {
		client.Timeout = d
	}
	// What is asked of the API must not be asked of another that it names.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

func authorities(s *connector.Session, file string) (*x509.CertPool, error) {
	if !s.Trusted {
		return nil, fmt.Errorf("option ca_file is taken from the configuration file only: %w", drover.ErrPermission)
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("option ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("option ca_file: %s holds no certificate in PEM: %w", file, drover.ErrInvalid)
	}
	return pool, nil
}

// maxAnswer bounds one answer: GetAccountAuthorizationDetails gives at most 1000
// items of some kilobytes.
const maxAnswer = 128 << 20

// bounded limits how many calls are under way, and how long an answer is. A slot
// is held until the answer was read.
type bounded struct {
	next  http.RoundTripper
	slots *semaphore.Weighted
}

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := b.slots.Acquire(r.Context(), 1); err != nil {
		return nil, err
	}
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		b.slots.Release(1)
		return nil, err
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: maxAnswer, release: sync.OnceFunc(func() { b.slots.Release(1) })}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left    int64
	release func()
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("an answer of more than %d MiB: %w", maxAnswer>>20, drover.ErrInvalid)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil {
		b.release() // the SDK forgets to close an answer that breaks off, of S3's GetBucketPolicy
	}
	return n, err
}

func (b *boundedBody) Close() error {
	b.release()
	return b.ReadCloser.Close()
}

// suffixes are the DNS names of the partitions (AWS partitions file).
var suffixes = map[string]string{"aws-cn": "amazonaws.com.cn", "aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov", "aws-iso-e": "cloud.adc-e.uk", "aws-iso-f": "csp.hci.ic.gov", "aws-eusc": "amazonaws.eu"}

func dnsSuffix(partition string) string { return cmp.Or(suffixes[partition], "amazonaws.com") }
