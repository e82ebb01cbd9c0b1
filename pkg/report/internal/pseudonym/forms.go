package pseudonym

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// The ways in which user principal names stand in texts besides their own:
// escaped in URLs, JSON and HTML, with the wide @ of some keyboards, and without
// one, as names of guests and of files have it.
var (
	encodedAt      = regexp.MustCompile(`(?i)%(?:25)*40|\\+u0040|&(?:#0*64|#x0*40|commat);|＠|﹫`)
	escape         = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	encodedAddress = regexp.MustCompile("(?i)[^\\s<>\"(),;:|=\\[\\]{}\\\\/`&]*(?:" + encodedAt.String() + ")[^\\s<>\"(),;:|=\\[\\]{}\\\\/`&]*")
	guest          = regexp.MustCompile("(?i)[^\\s<>\"(),;:|=\\[\\]{}\\\\/`#]+(?:#|%(?:25)*23)EXT(?:#|%(?:25)*23)")
	underscored    = regexp.MustCompile("[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]+_[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]*\\.[^\\s<>\"(),;:|=\\[\\]{}\\\\/`]+")
)

// mayName reports whether a text could have a name in it. Nearly all have none,
// and those of a large plan are many.
func mayName(s string) bool {
	return strings.ContainsAny(s, "@%#&＠﹫\\") || strings.Contains(s, "_") && strings.Contains(s, ".")
}

// hidden replaces the names within a text.
func (p *Set) hidden(s string) string {
	if strings.ContainsAny(s, "%&＠﹫\\") {
		s = encodedAddress.ReplaceAllStringFunc(s, func(word string) string { return p.word(decodedAddress(word)) })
	}
	if isAddress(s) {
		s = address.ReplaceAllStringFunc(s, p.word)
	}
	if strings.ContainsAny(s, "#%") {
		s = guest.ReplaceAllStringFunc(s, p.guest)
	}
	if strings.Contains(s, "_") && strings.Contains(s, ".") {
		s = underscored.ReplaceAllStringFunc(s, p.underscored)
	}
	return s
}

// decodedAddress gives an address as it is without the escapes in it.
func decodedAddress(word string) string {
	word = encodedAt.ReplaceAllString(word, "@")
	return unescaped(word)
}

// unescaped takes the escapes of URLs off a word, as often as it was escaped.
func unescaped(word string) string {
	const most = 4
	for range most {
		plain := escape.ReplaceAllStringFunc(word, func(hex string) string {
			code, _ := strconv.ParseUint(hex[1:], 16, 8) // as the expression has it
			return string([]byte{byte(code)})
		})
		if plain == word {
			break
		}
		word = plain
	}
	return strings.ToValidUTF8(word, "\ufffd")
}

// guest replaces the name of a guest without the domain of the tenant, such as
// ada_fabrikam.com#EXT#.
func (p *Set) guest(word string) string {
	key := license.UPNKey(unescaped(word))
	begin, _ := slices.BinarySearchFunc(p.byName, key+"@", func(i int32, key string) int { return strings.Compare(p.key(i), key) })
	if begin < len(p.byName) && strings.HasPrefix(p.key(p.byName[begin]), key+"@") {
		return p.Of(p.user(p.byName[begin]).ID)
	}
	return p.stranger(key)
}

// underscored replaces the name of a user in which a _ stands for the @, as
// names of files have it. What is behind the name, such as the ending of the
// file, stays. Nobody else's name can be told from any other word.
func (p *Set) underscored(word string) string {
	for i := range len(word) {
		if word[i] != '_' {
			continue
		}
		key := license.UPNKey(word[:i] + "@" + word[i+1:])
		if from, to := p.nameWithin(key); from < to && len(key) == len(word) {
			name, _ := p.named(key[from:to])
			return word[:from] + name + word[to:]
		}
	}
	return word
}
