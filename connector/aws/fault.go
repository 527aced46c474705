package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// The words in which services refuse (AWS General Reference, "Common errors",
// and each service's own page).
var (
	deniedCodes  = []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "AuthorizationErrorException", "NotAuthorized", "UnauthorizedException", "ForbiddenException", "AllAccessDisabled"}
	expiredCodes = []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
	keyCodes     = []string{"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "AuthFailure", "InvalidAccessKeyId",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotSignedUp", "OptInRequired", "SubscriptionRequiredException", "InvalidToken"}
	throttleCodes = []string{"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
		"EC2ThrottledException", "PriorRequestNotComplete", "LimitExceededException", "ServiceUnavailable", "InternalFailure", "InternalError", "ServiceFailure", "RequestTimeout"}
	absentCodes = []string{"NoSuchEntity", "ResourceNotFoundException", "NoSuchBucket", "NoSuchBucketPolicy", "NotFoundException", "ReportNotPresent", "AWSOrganizationsNotInUseException", "PolicyNotFoundException"}
)

// fault turns an error of the SDK into one that may be shown: the call in the
// words of a policy, no secret, no control characters, bounded, and wrapping the
// sentinel to act on with what to grant. Throttling and failures of the other
// side were tried again before they come here.
func fault(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []error{drover.ErrInvalid, drover.ErrPermission, drover.ErrTransient, drover.ErrNotFound} {
		if errors.Is(err, known) {
			return err // said already
		}
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if signedOut(err) {
		return fmt.Errorf("single sign-on: there is no session, or it has ended: sign in again (aws sso login, with the source's profile) and scan again: %w", drover.ErrPermission)
	}
	what := action(err)
	var api smithy.APIError
	if !errors.As(err, &api) {
		return transportFault(what, err)
	}
	code := code(api)
	said := sayable(api.ErrorMessage())
	if said != "" {
		said = ": " + said
	}
	status := statusOf(err)
	if code == "UnknownError" && status != 0 { // the SDK's word for an error in another form
		code, said = fmt.Sprintf("HTTP status %d, not in the words of AWS", status), ""
	}
	switch {
	case slices.Contains(expiredCodes, code):
		return fmt.Errorf("%s: the session has expired (%s): renew it (aws sso login, a new session_token or mfa_token) and scan again: %w", what, code, drover.ErrPermission)
	case slices.Contains(keyCodes, code):
		// The messages of wrong signatures repeat the request: not shown.
		return fmt.Errorf("%s: the credentials were not accepted (%s): check the key, its status and this machine's clock: %w", what, code, drover.ErrPermission)
	case slices.Contains(deniedCodes, code) || status == 403:
		return fmt.Errorf("%s: denied (%s)%s; allow %s to the principal that drover signs as: %w", what, code, said, what, drover.ErrPermission)
	case slices.Contains(absentCodes, code) || status == 404:
		return fmt.Errorf("%s: %s%s: %w", what, code, said, drover.ErrNotFound)
	case slices.Contains(throttleCodes, code) || status == 429 || status >= 500:
		return fmt.Errorf("%s: still %s after several attempts%s: %w", what, code, said, drover.ErrTransient)
	}
	return fmt.Errorf("%s: %s%s", what, code, said)
}

// signedOut reports whether a call was never made because the session of IAM
// Identity Center is over: its token is not there or too old, or the portal takes
// it no more (IAM Identity Center Portal API, GetRoleCredentials: 401).
func signedOut(err error) bool {
	said := err.Error()
	return strings.Contains(said, "cached SSO token") || strings.Contains(said, "get credentials") && isCode(err, "UnauthorizedException") && statusOf(err) == 401
}

// signInFault is fault for the call that first needs credentials: it says where
// those were looked for, and what to do, for the profile that is meant.
func signInFault(s *connector.Session, err error) error {
	profile := cmp.Or(s.Config.Get("profile"), os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), "default")
	switch {
	case signedOut(err):
		return fmt.Errorf("single sign-on: there is no session, or it has ended: sign in again (aws sso login --profile %s) and scan again: %w", sayable(profile), drover.ErrPermission)
	case noCredentials(err):
		env := "are not set"
		if _, ok := os.LookupEnv("AWS_ACCESS_KEY_ID"); ok {
			env = "are empty, or one of them is"
		}
		return fmt.Errorf("no credentials for AWS: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY %s, profile %s of the AWS CLI has none, and this machine has no role by the metadata service (IMDS): "+
			"set option profile to one that aws configure list-profiles names, sign in (aws configure, aws sso login --profile NAME), or set options access_key_id and secret_access_key: %w", env, sayable(profile), drover.ErrPermission)
	}
	return fault(err)
}

// noCredentials reports whether a call was never made because the last place
// where credentials are looked for, the metadata service, had none either.
func noCredentials(err error) bool {
	said := err.Error()
	return strings.Contains(said, "get credentials") && strings.Contains(said, "ec2imds")
}

// transportFault is fault for an answer that never came, or was none.
func transportFault(what string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: no answer in time: %w", what, drover.ErrTransient)
	}
	var bad *smithy.DeserializationError
	if errors.As(err, &bad) {
		said := sayable(innermost(bad.Err).Error())
		if status := statusOf(err); status != 0 {
			said = fmt.Sprintf("HTTP status %d, %s", status, said)
		}
		return fmt.Errorf("%s: the answer broke off or is not what the API says: %s: %w", what, said, drover.ErrTransient)
	}
	var sending *smithyhttp.RequestSendError
	if errors.As(err, &sending) {
		return fmt.Errorf("%s: the API was not reached: %s: %w", what, sayable(innermost(sending.Err).Error()), drover.ErrTransient)
	}
	if status := statusOf(err); status == 401 || status == 403 {
		return fmt.Errorf("%s: HTTP status %d, not in the words of AWS: is there a proxy before it, or is the endpoint another's? %w", what, status, drover.ErrPermission)
	} else if status != 0 {
		return fmt.Errorf("%s: HTTP status %d: %w", what, status, drover.ErrTransient)
	}
	return fmt.Errorf("%s: %s", what, sayable(err.Error()))
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func statusOf(err error) int {
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) {
		return resp.HTTPStatusCode()
	}
	return 0
}

var plainCode = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)

// code is the service's word for the error.
func code(api smithy.APIError) string {
	c := api.ErrorCode()
	if i := strings.LastIndexByte(c, '#'); i >= 0 {
		c = c[i+1:] // "com.amazonaws.iot#Throttled"
	}
	if !plainCode.MatchString(c) {
		return "an unknown error"
	}
	return c
}

// prefixes are the names of services in policies, where they are not the
// service's id in lower case without spaces.
var prefixes = map[string]string{"bedrockagent": "bedrock"}

// renamed are actions whose calls are named otherwise (Service Authorization
// Reference, Amazon S3 and AWS Lambda).
var renamed = map[string]string{
	"s3:ListBuckets":             "s3:ListAllMyBuckets",
	"s3:GetPublicAccessBlock":    "s3:GetBucketPublicAccessBlock",
	"s3:GetBucketEncryption":     "s3:GetEncryptionConfiguration",
	"s3:ListObjectsV2":           "s3:ListBucket",
	"iam:GetCredentialReport":    "iam:GetCredentialReport",
	"lambda:ListEventSourceMaps": "lambda:ListEventSourceMappings",
}

// action is the action that a policy must allow for the call that failed.
func action(err error) string {
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return "AWS"
	}
	service := strings.ToLower(strings.ReplaceAll(op.Service(), " ", ""))
	if p, ok := prefixes[service]; ok {
		service = p
	}
	name := service + ":" + op.Operation()
	if r, ok := renamed[name]; ok {
		return r
	}
	return name
}

// denied reports whether the error is one of missing privileges.
func denied(err error) bool { return errors.Is(err, drover.ErrPermission) }

// absent reports whether the error says that there is no such thing.
func absent(err error) bool { return errors.Is(err, drover.ErrNotFound) }

// longRun is what may be a key, a token or a signature, echoed by who answered.
var longRun = regexp.MustCompile(`[A-Za-z0-9+/=_%]{36,}`)

// sayable makes text of the other side fit to be shown: one printable line,
// bounded, and without anything that could be a secret of the request.
func sayable(s string) string {
	if len(s) > 2000 {
		s = s[:2000]
	}
	s = longRun.ReplaceAllString(strings.ToValidUTF8(s, "?"), "…")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if s = strings.Join(strings.Fields(s), " "); len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}
