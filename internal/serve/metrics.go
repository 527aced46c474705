package serve

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/droverhq/drover/internal/engine"
)

// metrics are what Prometheus may read. No label holds the name of an identity, a
// person, a source or anything else of the estate: routes are patterns.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	streams  prometheus.Gauge
	scans    *prometheus.CounterVec
	scanTook prometheus.Histogram
	running  prometheus.Gauge
	missed   prometheus.Counter
}

func newMetrics(version, commit string, estate func() *estateGauges) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "drover_http_requests_total", Help: "Requests that were answered."}, []string{"method", "route", "code"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "drover_http_request_seconds", Help: "How long answers took; streams are not counted.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "drover_http_requests_in_flight", Help: "Requests that are being answered, streams included."}),
		streams:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "drover_event_streams", Help: "Clients that listen to events."}),
		scans:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "drover_scheduled_scans_total", Help: "Scheduled scans that ended, by how."}, []string{"status"}),
		scanTook: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "drover_scheduled_scan_seconds", Help: "How long scheduled scans took.", Buckets: []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600}}),
		running:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "drover_scheduled_scans_running", Help: "Scheduled scans that run here."}),
		missed:   prometheus.NewCounter(prometheus.CounterOpts{Name: "drover_alerts_lost_total", Help: "Alerts that no webhook took."}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "drover_build_info", Help: "1; what runs stands in the labels.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit, "go": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.latency, m.inFlight, m.streams, m.scans, m.scanTook, m.running, m.missed, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &estateCollector{read: estate})
	return m
}

func (m *metrics) begin(stream bool) {
	m.inFlight.Inc()
	if stream {
		m.streams.Inc()
	}
}

func (m *metrics) end(method string, c *call, stream bool, took time.Duration) {
	m.inFlight.Dec()
	m.requests.WithLabelValues(method, c.route, strconv.Itoa(c.status)).Inc()
	if stream {
		m.streams.Dec()
		return
	}
	m.latency.WithLabelValues(method, c.route).Observe(took.Seconds())
}

func (m *metrics) scanned(status string, took time.Duration) {
	m.scans.WithLabelValues(status).Inc()
	m.scanTook.Observe(took.Seconds())
}

// estateGauges are measured when they are asked for.
type estateGauges struct {
	bytes, generation float64
	age               float64 // of the newest generation, in seconds
	ready             bool
	room              engine.Room
}

// An estateCollector reads the gauges of the store at each scrape.
type estateCollector struct{ read func() *estateGauges }

var estateDescs = []*prometheus.Desc{
	prometheus.NewDesc("drover_store_bytes", "Room that the store takes.", nil, nil),
	prometheus.NewDesc("drover_generation", "Number of the newest generation.", nil, nil),
	prometheus.NewDesc("drover_snapshot_age_seconds", "How long ago the newest generation was made.", nil, nil),
	prometheus.NewDesc("drover_disk_free_bytes", "What is free on the disk of the data directory; under 32 MiB nothing can be written.", nil, nil),
	prometheus.NewDesc("drover_disk_bytes", "Size of the disk of the data directory.", nil, nil),
	prometheus.NewDesc("drover_ready", "1 when the snapshot is loaded and the store is reached.", nil, nil),
}

// Describe implements prometheus.Collector.
func (*estateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range estateDescs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *estateCollector) Collect(ch chan<- prometheus.Metric) {
	g := c.read()
	tell := func(i int, v float64) {
		ch <- prometheus.MustNewConstMetric(estateDescs[i], prometheus.GaugeValue, v)
	}
	if g == nil {
		tell(5, 0)
		return
	}
	ready := 0.0
	if g.ready {
		ready = 1
	}
	values := []float64{g.bytes, g.generation, g.age, float64(g.room.Free), float64(g.room.Size), ready}
	for i, v := range values {
		if known := g.room.State != ""; known || i < 3 || i > 4 {
			tell(i, v)
		}
	}
}

// gauges measures the store; nil when it cannot be reached.
func (x *server) gauges() *estateGauges {
	ctx, cancel := context.WithTimeout(x.stopping, 5*time.Second)
	defer cancel()
	e := x.engine
	gen, err := e.Store().Latest(ctx)
	if err != nil {
		return nil
	}
	g := &estateGauges{generation: float64(gen.ID), ready: x.ready.Load(), room: e.Room()}
	if gen.ID > 0 {
		g.age = x.Now().Sub(gen.At).Seconds()
	}
	if g.bytes, err = storeBytes(ctx, e); err != nil {
		return nil
	}
	return g
}

func storeBytes(ctx context.Context, e *engine.Engine) (float64, error) {
	n, err := e.Store().Bytes(ctx)
	return float64(n), err
}

// metricsPage is /metrics; who may not see it learns nothing of it.
func (x *server) metricsPage() http.Handler {
	page := promhttp.HandlerFor(x.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 30 * time.Second})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !x.trusted(r) {
			say(w, http.StatusUnauthorized, "show server.metrics_token as a bearer token, or ask from this machine")
			return
		}
		page.ServeHTTP(w, r)
	})
}
