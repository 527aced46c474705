package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// query calls an action of the EC2 query protocol, of which no client is linked
// in for the one or two calls that are needed, and decodes the XML of its answer
// into v. It signs, tries again and fails as the clients of the SDK do.
func (a *account) query(ctx context.Context, service, region, action, version string, params url.Values, v any) error {
	form := url.Values{"Action": {action}, "Version": {version}}
	for k, values := range params {
		form[k] = values
	}
	endpoint := "https://" + service + "." + region + "." + dnsSuffix(a.partition) + "/"
	if a.cfg.BaseEndpoint != nil {
		endpoint = *a.cfg.BaseEndpoint
	}
	call := &queryCall{cfg: a.cfg, service: service, region: region, endpoint: endpoint, body: []byte(form.Encode())}
	var r awssdk.Retryer = retry.NewStandard()
	if a.cfg.Retryer != nil {
		r = a.cfg.Retryer()
	}
	for attempt := 1; ; attempt++ {
		err := call.once(ctx, v)
		if err == nil {
			return nil
		}
		failed := &smithy.OperationError{ServiceID: service, OperationName: action, Err: err}
		if attempt >= r.MaxAttempts() || !r.IsErrorRetryable(err) {
			return failed
		}
		wait, err := r.RetryDelay(attempt, err)
		if err != nil {
			return failed
		}
		if err := smithytime.SleepWithContext(ctx, wait); err != nil {
			return err
		}
	}
}

type queryCall struct {
	cfg                       awssdk.Config
	service, region, endpoint string
	body                      []byte
}

func (q *queryCall) once(ctx context.Context, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, q.endpoint, bytes.NewReader(q.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	creds, err := q.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(q.body)
	if err := v4.NewSigner().SignHTTP(ctx, creds, req, hex.EncodeToString(sum[:]), q.service, q.region, time.Now()); err != nil {
		return err
	}
	resp, err := q.cfg.HTTPClient.Do(req)
	if err != nil {
		return &smithyhttp.RequestSendError{Err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return &smithy.DeserializationError{Err: err}
	}
	if resp.StatusCode/100 != 2 {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: resp}, Err: queryError(body)}
	}
	if err := xml.Unmarshal(body, v); err != nil {
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			err = io.ErrUnexpectedEOF
		}
		return &smithy.DeserializationError{Err: err}
	}
	return nil
}

// queryError reads <Response><Errors><Error><Code/><Message/>.
func queryError(body []byte) error {
	var e struct {
		Code    string `xml:"Errors>Error>Code"`
		Message string `xml:"Errors>Error>Message"`
	}
	if xml.Unmarshal(body, &e) != nil || e.Code == "" {
		return &smithy.GenericAPIError{Code: "UnknownError"}
	}
	return &smithy.GenericAPIError{Code: e.Code, Message: e.Message}
}
