package engine

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"sync"
)

// places writes the place of an event as an id that tells nothing: to who sees a
// part of the estate, numbers that rise would count what happens outside it. The key
// lives as long as the process, so that an id of a life before is one that is not
// known any more.
type places struct {
	once  sync.Once
	block cipher.Block
}

func (p *places) init() {
	p.once.Do(func() {
		var key [32]byte
		_, _ = rand.Read(key[:])           // never fails: crypto/rand
		p.block, _ = aes.NewCipher(key[:]) // fails for keys of another length
	})
}

// seal writes a place. Two ids of one place differ.
func (p *places) seal(n int64) string {
	p.init()
	var b [aes.BlockSize]byte // the place, four bytes of chance, four of nothing
	binary.BigEndian.PutUint64(b[:8], uint64(n))
	_, _ = rand.Read(b[8:12])
	p.block.Encrypt(b[:], b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// open reads a place; -1 for one of another life. ok is false for what no seal wrote.
func (p *places) open(text string) (n int64, ok bool) {
	p.init()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != aes.BlockSize {
		return 0, false
	}
	p.block.Decrypt(raw, raw)
	if n = int64(binary.BigEndian.Uint64(raw)); n < 0 || binary.BigEndian.Uint32(raw[12:]) != 0 {
		return -1, true
	}
	return n, true
}
