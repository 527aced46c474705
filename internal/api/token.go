package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// A pin is what a page token holds fast: of which generation, filter, order and
// moment the pages are, and where the next one begins.
type pin struct {
	Generation int64  `json:"g"`
	Filter     string `json:"f,omitempty"`
	Order      string `json:"o,omitempty"`
	At         int64  `json:"t,omitempty"` // as_of, microseconds; 0: now
	Now        int64  `json:"n,omitempty"` // that ages are measured from
	After      string `json:"a"`
}

func (p *pin) asOf() time.Time { return fromMicro(p.At) }

func (p *pin) now() time.Time { return fromMicro(p.Now) }

func unixMicro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicro(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

const macLen = 16

// seal makes a page token. It holds for its list and caller only.
func (s *Server) seal(ctx context.Context, id string, p pin) string {
	raw, err := json.Marshal(p)
	if err != nil {
		return "" // a pin is texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(append(s.mac(ctx, id, raw), raw...))
}

// unseal reads a page token, and refuses one that was made for another list, caller,
// filter, order or moment.
func (s *Server) unseal(ctx context.Context, id string, in *ListParams) (*pin, error) {
	bad := func(detail string) error {
		return refuse("page_token_invalid", detail, Fault{Pointer: "/query/page_token", Detail: detail})
	}
	raw, err := base64.RawURLEncoding.DecodeString(in.PageToken)
	if err != nil || len(raw) < macLen || !hmac.Equal(raw[:macLen], s.mac(ctx, id, raw[macLen:])) {
		return nil, bad("it is none that this server gave you for this list")
	}
	var p pin
	if err := json.Unmarshal(raw[macLen:], &p); err != nil {
		return nil, bad("it is none that this server gave you for this list")
	}
	if in.Filter != "" && in.Filter != p.Filter || in.OrderBy != "" && in.OrderBy != p.Order {
		return nil, bad("it belongs to another filter or order")
	}
	if in.AsOf != "" {
		at, err := s.moment(ctx, in.AsOfParam)
		if err != nil {
			return nil, err
		}
		// An age such as 7d names another moment with every call: the pages stay at the first.
		if p.At == 0 || parsedAsTime(in.AsOf) && unixMicro(at) != p.At {
			return nil, bad("it belongs to another moment")
		}
	}
	return &p, nil
}

// parsedAsTime reports whether a moment is one point in time, and no age.
func parsedAsTime(text string) bool {
	early, err1 := parseMoment(text, time.Unix(0, 0))
	late, err2 := parseMoment(text, time.Unix(1, 0))
	return err1 == nil && err2 == nil && early.Equal(late)
}

func (s *Server) mac(ctx context.Context, id string, raw []byte) []byte {
	h := hmac.New(sha256.New, s.o.PageKey)
	for _, part := range []string{"page", id, caller(ctx).ID, caller(ctx).Sight().Key()} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Write(raw)
	return h.Sum(nil)[:macLen]
}
