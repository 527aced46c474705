package engine

import "fmt"

// A Room says how much the disk of a folder has left. The zero value is unknown.
type Room struct {
	Free, Size int64  // bytes; Free is what this user may still take
	State      string // ok, low, full; "": not known
}

const (
	lowRoom  = 1 << 30  // a scan of a large estate may take as much
	fullRoom = 32 << 20 // less than one write of the store may take: it is as good as full
)

// roomState says what so many free bytes mean.
func roomState(free int64) string {
	switch {
	case free < fullRoom:
		return "full"
	case free < lowRoom:
		return "low"
	}
	return "ok"
}

// RoomOf measures the disk that a folder lies on.
func RoomOf(dir string) Room {
	free, size, ok := spaceOf(dir)
	if !ok {
		return Room{} // not made yet, or not asked for on this system
	}
	return Room{free, size, roomState(free)}
}

// Says is the room in words.
func (r Room) Says() string {
	if r.Free < 10e9 {
		return fmt.Sprintf("%d MB free", r.Free/1e6)
	}
	return fmt.Sprintf("%d GB free", r.Free/1e9)
}

// Room measures the disk of the data directory.
func (e *Engine) Room() Room { return e.o.room() }

func (o *Options) room() Room {
	if o.Room != nil {
		return o.Room(o.Home)
	}
	return RoomOf(o.Home)
}

// disk tells when the data directory's disk is full or nearly so.
func (d *Diagnosis) disk(r Room) {
	switch r.State {
	case "full":
		d.add("fail", "system", "disk", "full: "+r.Says()+"; what is there can be read, nothing can be written, nobody signs in", "make room")
	case "low":
		d.add("warn", "system", "disk", r.Says(), "drover store compact, or make room")
	case "ok":
		d.add("ok", "system", "disk", r.Says(), "")
	}
}
