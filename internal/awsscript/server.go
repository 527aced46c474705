package awsscript

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A Server is how the API is reached, as somebody who may do everything.
type Server struct {
	URL       string // "http://127.0.0.1:5000"
	KeyID     string
	SecretKey string
	HTTP      *http.Client
}

// A Call is one action of IAM with its parameters.
type Call struct {
	Action string
	Params map[string]string

	id    *string            // where to put what the answer calls the new thing
	field string             // element of the answer that says it: "UserId"
	late  map[string]*string // parameters that are known only when it is made
}

const iamVersion = "2010-05-08" // of the API

// do makes one call and returns the id of what it made.
func (s *Server) do(ctx context.Context, c Call) (id string, err error) {
	answer, err := s.call(ctx, c)
	if err != nil {
		return "", fmt.Errorf("%s %v: %w", c.Action, c.Params, err)
	}
	if c.id == nil {
		return "", nil
	}
	if id = element(answer, c.field); id == "" {
		return "", fmt.Errorf("%s: no %s in %.300s", c.Action, c.field, answer)
	}
	return id, nil
}

func (s *Server) call(ctx context.Context, c Call) ([]byte, error) {
	form := url.Values{"Action": {c.Action}, "Version": {iamVersion}}
	for k, v := range c.Params {
		form.Set(k, v)
	}
	for k, v := range c.late {
		form.Set(k, *v)
	}
	body := []byte(form.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sum := sha256.Sum256(body)
	who := aws.Credentials{AccessKeyID: s.KeyID, SecretAccessKey: s.SecretKey}
	if err := v4.NewSigner().SignHTTP(ctx, who, req, hex.EncodeToString(sum[:]), "iam", "us-east-1", time.Now()); err != nil {
		return nil, err
	}
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %.500s", resp.StatusCode, answer)
	}
	return answer, err
}

// element is the text of the first element of that name.
func element(answer []byte, name string) string {
	d := xml.NewDecoder(bytes.NewReader(answer))
	for {
		t, err := d.Token()
		if err != nil {
			return ""
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == name {
			var v string
			if d.DecodeElement(&v, &e) != nil {
				return ""
			}
			return v
		}
	}
}
