package serve

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
)

// traces makes spans of requests and scheduled scans. A nil one, when no
// collector is configured, does nothing.
type traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	context  propagation.TraceContext
}

// openTraces begins to send traces where server.otlp says so.
func (x *server) openTraces(undo *closers) error {
	raw, err := config.Resolve(x.Config.Server.OTLP)
	if err != nil {
		return fmt.Errorf("server.otlp: %w", err)
	}
	if raw == "" {
		return nil
	}
	exporter := otlptrace.NewUnstarted(&collector{url: collectorURL(raw), http: x.outside})
	about, err := resource.New(x.stopping, resource.WithAttributes(attribute.String("service.name", "drover"), attribute.String("service.version", x.Version), attribute.String("service.instance.id", x.instance)))
	if err != nil {
		return fmt.Errorf("describe this server to the collector: %w", err)
	}
	p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(2*time.Second)), sdktrace.WithResource(about))
	x.traces = &traces{provider: p, tracer: p.Tracer("github.com/droverhq/drover")}
	undo.add(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			x.Log.Warn("the last traces were not sent", "err", err)
		}
		return nil
	})
	return nil
}

// collectorURL is where OTLP over HTTP takes traces: a URL without a path gets the
// default one (OTLP specification 1.x, "OTLP/HTTP request").
func collectorURL(raw string) string {
	base := strings.TrimSuffix(raw, "/")
	if i := strings.Index(base, "://"); i >= 0 && !strings.Contains(base[i+3:], "/") {
		return base + "/v1/traces"
	}
	return base
}

// begin opens the span of a request, under that of the caller if it names one; end
// closes it.
func (t *traces) begin(ctx context.Context, r *http.Request) (_ context.Context, end func(*call)) {
	if t == nil {
		return ctx, func(*call) {}
	}
	ctx = t.context.Extract(ctx, propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("http.request.method", r.Method)))
	return ctx, func(c *call) {
		span.SetName(r.Method + " " + c.route)
		span.SetAttributes(attribute.String("http.route", c.route), attribute.Int("http.response.status_code", c.status), attribute.String("drover.request_id", c.id))
		if c.status >= 500 {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// job opens the span of a scheduled scan.
func (t *traces) job(ctx context.Context) (_ context.Context, end func(status string)) {
	if t == nil {
		return ctx, func(string) {}
	}
	ctx, span := t.tracer.Start(ctx, "scheduled scan", trace.WithSpanKind(trace.SpanKindInternal))
	return ctx, func(status string) {
		span.SetAttributes(attribute.String("drover.scan.status", status))
		if status != string(drover.StatusOK) {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// A collector takes traces by OTLP over HTTP with protobuf. The library's own
// client would bring all of gRPC along.
type collector struct {
	url  string
	http *http.Client
}

// Start implements otlptrace.Client.
func (*collector) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *collector) Stop(context.Context) error { c.http.CloseIdleConnections(); return nil }

// UploadTraces implements otlptrace.Client. A TracesData has the wire form of an
// ExportTraceServiceRequest: both are one list of ResourceSpans, field 1. What a
// busy collector does not take is offered again a few times.
func (c *collector) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	raw, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("encode traces: %w", err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(raw)
	if err := errors.Join(err, z.Close()); err != nil {
		return fmt.Errorf("encode traces: %w", err)
	}
	for wait := time.Second; ; wait *= 2 {
		err := c.send(ctx, b.Bytes())
		if err == nil || !errors.Is(err, drover.ErrTransient) || wait > 4*time.Second {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

func (c *collector) send(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send traces: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("send traces: %w (%w)", err, drover.ErrTransient)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode < 300:
		return nil
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusBadGateway || resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusGatewayTimeout:
		return fmt.Errorf("send traces: the collector answers %s: %w", resp.Status, drover.ErrTransient)
	}
	return fmt.Errorf("send traces: the collector answers %s", resp.Status)
}
