package drover

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Document is a text that grants, limits or configures: a policy, a trust, a
// function body, an agent's configuration. It is stored once by content hash; a
// node names it in Attrs["document"]. Its body holds no secret value.
type Document struct {
	Hash     string `json:"hash"`     // DocumentHash(Language, Body)
	Language string `json:"language"` // "aws-iam", "k8s-rbac", "pg-function", "mcp", "toml"…
	Body     string `json:"body"`
}

// NewDocument returns the document with its hash.
func NewDocument(language, body string) Document {
	return Document{Hash: DocumentHash(language, body), Language: language, Body: body}
}

// DocumentHash is "sha256:" and 64 hex digits over language, NUL and body.
func DocumentHash(language, body string) string {
	h := sha256.New()
	h.Write([]byte(language))
	h.Write([]byte{0})
	h.Write([]byte(body))
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
