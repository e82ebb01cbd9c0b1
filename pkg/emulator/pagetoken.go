package emulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// pageTokens makes and reads the opaque tokens in next links. A token is good
// for the query that it came from, and for a time.
type pageTokens struct {
	key      []byte
	lifetime time.Duration
}

func newPageTokens(lifetime time.Duration) *pageTokens {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return &pageTokens{key: key, lifetime: lifetime}
}

// pageTokenLength is the length of a token before it is encoded: a position
// and a time of eight bytes each, and their seal.
const pageTokenLength = 16 + 16

// make returns a token for a position in the answer to a query.
func (p *pageTokens) make(position uint64, query string, now time.Time) string {
	raw := make([]byte, 16, pageTokenLength)
	binary.BigEndian.PutUint64(raw, position)
	binary.BigEndian.PutUint64(raw[8:], uint64(now.UnixNano()))
	return base64.RawURLEncoding.EncodeToString(append(raw, p.seal(raw, query)...))
}

func (p *pageTokens) seal(raw []byte, query string) []byte {
	mac := hmac.New(sha256.New, p.key)
	mac.Write(raw[:16])
	mac.Write([]byte(query))
	return mac.Sum(nil)[:16]
}

// read returns the position that a token stands for.
func (p *pageTokens) read(token, query string, now time.Time) (uint64, *apiError) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != pageTokenLength || !hmac.Equal(raw[16:], p.seal(raw, query)) {
		return 0, ptr(badRequest("The specified page token value is not valid for this request."))
	}
	issued := time.Unix(0, int64(binary.BigEndian.Uint64(raw[8:])))
	if now.Sub(issued) > p.lifetime {
		return 0, ptr(newError(400, "Directory_ExpiredPageToken",
			"The specified page token value has expired and can no longer be included in your request."))
	}
	return binary.BigEndian.Uint64(raw), nil
}
