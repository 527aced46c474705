package engine_test

import (
	"testing"

	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// The disk of the data directory is measured, and doctor says when it is full, or
// nearly.
func TestRoom(t *testing.T) {
	if r := engine.RoomOf(t.TempDir()); r.Free <= 0 || r.Size < r.Free || r.State == "" {
		t.Errorf("measured %+v", r)
	}
	if r := engine.RoomOf("/nonesuch"); r != (engine.Room{}) {
		t.Errorf("of no folder: %+v", r)
	}
	for level, r := range map[string]engine.Room{"ok": {Free: 20e9, Size: 1e12, State: "ok"}, "warn": {Free: 500e6, Size: 1e12, State: "low"}, "fail": {Free: 1e6, Size: 1e12, State: "full"}, "": {}} {
		d := engine.Doctor(t.Context(), engine.Options{Home: t.TempDir(), Room: func(string) engine.Room { return r }}, func() (*config.Config, error) { return &config.Config{Version: 1}, nil })
		got := ""
		for _, c := range d.Checks {
			if c.Name == "disk" {
				got = c.Level
			}
		}
		if got != level {
			t.Errorf("%+v: doctor says %q, want %q", r, got, level)
		}
	}
}
