package engine

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"math/big"
	"strings"

	"github.com/droverhq/drover"
)

// The values by which people and machines come in: a prefix that tells scanners
// and people what was found, 256 random bits, and a checksum by which a scanner
// tells one from what merely looks like one, and a server refuses a guess without
// asking its store. All but the prefix is letters and digits, so that a double
// click selects a whole value.
const (
	prefixToken   = "drv_"
	prefixSession = "drvs_"
	prefixLink    = "drvl_"
)

// What a store.Credential is.
const (
	kindToken   = "token"
	kindSession = "session"
	kindLink    = "link"
)

const (
	base62   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	valueLen = 43 // letters that 256 bits take: 62^43 > 2^256
	sumLen   = 6  // letters that a CRC-32 takes
)

func letters(n *big.Int, length int) string {
	b := make([]byte, length)
	base, rest := big.NewInt(int64(len(base62))), new(big.Int).Set(n)
	digit := new(big.Int)
	for i := length - 1; i >= 0; i-- {
		rest.DivMod(rest, base, digit)
		b[i] = base62[digit.Int64()]
	}
	return string(b)
}

func checksum(s string) string {
	return letters(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(s)))), sumLen)
}

// newValue makes a value, and the hash that is kept of it.
func newValue(prefix string) (drover.Secret, []byte) {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand
	s := prefix + letters(new(big.Int).SetBytes(b[:]), valueLen)
	s += checksum(s)
	sum := sha256.Sum256([]byte(s))
	return drover.Secret(s), sum[:]
}

// hashOf returns the hash of a value that somebody shows; false for what cannot
// be one of ours. The store finds it by the hash, so that no comparison of values
// takes a time that tells how much of one was right.
func hashOf(prefix, s string) ([]byte, bool) {
	if len(s) != len(prefix)+valueLen+sumLen || !strings.HasPrefix(s, prefix) || strings.Trim(s[len(prefix):], base62) != "" {
		return nil, false
	}
	if cut := len(s) - sumLen; checksum(s[:cut]) != s[cut:] {
		return nil, false
	}
	sum := sha256.Sum256([]byte(s))
	return sum[:], true
}

// newID makes a public id: a prefix and 60 random bits.
func newID(prefix string) string {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand
	return prefix + hex.EncodeToString(b[:])[:15]
}
