package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	checksumKey    = "checksum"
	checksumPrefix = "sha256:" // names the hash
)

// checksum gives the hash of what a JSON document says: of its tokens, so that
// layout and escapes make no difference, and keys of other versions count as
// well. Its own key is left out.
func checksum(document io.Reader) (string, error) {
	hash := sha256.New()
	dec := jsontext.NewDecoder(document, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	enc := jsontext.NewEncoder(hash, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return "", err
		}
		if isOwn(dec, token) {
			if err := dec.SkipValue(); err != nil {
				return "", err
			}
			continue
		}
		if err := enc.WriteToken(token); err != nil {
			return "", err
		}
		if dec.StackDepth() == 0 {
			return checksumPrefix + hex.EncodeToString(hash.Sum(nil)), nil
		}
	}
}

// isOwn reports whether the token that was just read is the name of the
// checksum, at the top of the document.
func isOwn(dec *jsontext.Decoder, token jsontext.Token) bool {
	if dec.StackDepth() != 1 || token.Kind() != '"' || token.String() != checksumKey {
		return false
	}
	kind, length := dec.StackIndex(1)
	return kind == '{' && length%2 == 1 // a name, and not a value
}

// summing is a reader of a document that works its checksum out on the way.
type summing struct {
	io.Reader

	pipe *io.PipeWriter
	sum  chan string // empty: it is no document
}

// sumWhileReading begins to work out the checksum of what is read.
func sumWhileReading(r io.Reader) *summing {
	from, to := io.Pipe()
	s := &summing{Reader: io.TeeReader(r, to), pipe: to, sum: make(chan string, 1)}
	go func() {
		sum, err := checksum(from)
		if err != nil {
			sum = ""
		}
		// What follows the document is read and left alone.
		_, _ = io.Copy(io.Discard, from)
		s.sum <- sum
	}()
	return s
}

// result ends the reading and gives the checksum.
func (s *summing) result() string {
	_ = s.pipe.Close() // it never fails
	return <-s.sum
}
