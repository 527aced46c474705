package gitobj

// deltaSizes reads the two sizes at the head of a delta: of the object that it
// changes, and of what it makes.
func deltaSizes(d []byte) (base, result int64, rest []byte, err error) {
	if base, d, err = varint(d); err == nil {
		result, d, err = varint(d)
	}
	return base, result, d, err
}

func varint(d []byte) (int64, []byte, error) {
	var n int64
	for i := 0; i < len(d) && i < 8; i++ {
		n |= int64(d[i]&0x7f) << (7 * i)
		if d[i]&0x80 == 0 {
			return n, d[i+1:], nil
		}
	}
	return 0, nil, corrupt("delta: cut off in a size")
}

// applyDelta makes the object that delta describes as a change of base
// (gitformat-pack, "Deltified representation"). A result over limit is
// ErrTooLarge before anything is copied.
func applyDelta(base, delta []byte, limit int64) ([]byte, error) {
	from, to, d, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if from != int64(len(base)) {
		return nil, corrupt("delta: made for an object of %d bytes, not %d", from, len(base))
	}
	if to > limit {
		return nil, ErrTooLarge
	}
	out := make([]byte, 0, to)
	for len(d) > 0 {
		op := d[0]
		d = d[1:]
		var piece []byte
		if op&0x80 == 0 {
			if op == 0 || int(op) > len(d) {
				return nil, corrupt("delta: cut off, or a reserved instruction")
			}
			piece, d = d[:op], d[op:]
		} else if piece, d, err = copied(base, d, op); err != nil {
			return nil, err
		}
		if int64(len(out)+len(piece)) > to {
			return nil, corrupt("delta: makes more than the %d bytes that it says", to)
		}
		out = append(out, piece...)
	}
	if int64(len(out)) != to {
		return nil, corrupt("delta: makes %d bytes, not the %d that it says", len(out), to)
	}
	return out, nil
}

// copied reads the operands of a copy instruction: up to four bytes of offset
// and three of size, of which op says which are there.
func copied(base, d []byte, op byte) (piece, rest []byte, err error) {
	var v [7]int64
	for i := range 7 {
		if op&(1<<i) != 0 {
			if len(d) == 0 {
				return nil, nil, corrupt("delta: cut off")
			}
			v[i], d = int64(d[0]), d[1:]
		}
	}
	at, n := v[0]|v[1]<<8|v[2]<<16|v[3]<<24, v[4]|v[5]<<8|v[6]<<16
	if n == 0 {
		n = 0x10000
	}
	if at+n > int64(len(base)) {
		return nil, nil, corrupt("delta: copies from outside its base")
	}
	return base[at : at+n], d, nil
}
