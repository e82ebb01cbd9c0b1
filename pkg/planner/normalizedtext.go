package planner

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"
)

// normalizedText is a text as a person takes it in: without its case, blanks, accents
// and what cannot be seen. Two texts that are normalized to the same differ in what nobody notices
// on a screen.
func normalizedText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Cf, unicode.Cc, unicode.White_Space, unicode.Other_Default_Ignorable_Code_Point):
			return -1
		case unicode.Is(unicode.Pd, r):
			return '-'
		case unicode.In(r, unicode.Pi, unicode.Pf) || r == '`' || r == '´':
			return '\''
		}
		return r
	}, norm.NFKD.String(cases.Fold().String(norm.NFKC.String(text))))
}

// countryOf gives the code of the country that a text names: by its code of two
// or three letters, or by its name in one of the languages of countryNames, also
// with what it calls itself (Kingdom of Spain) and in the order of ISO 3166
// (Korea, Republic of). The second result is false for any other text.
func countryOf(text string) (string, bool) {
	name := normalizedCountry(text)
	for _, form := range countryForms(name) {
		if code, known := countryNames()[form]; known {
			return code, true
		}
	}
	if len(name) != 2 && len(name) != 3 {
		return "", false
	}
	region, err := language.ParseRegion(name)
	if err != nil || !region.IsCountry() {
		return "", false
	}
	return region.Canonicalize().String(), true
}

// normalizedCountry is the normalized name of a country without what lists of
// countries write in several ways.
func normalizedCountry(name string) string {
	same := strings.NewReplacer(".", "", "&", "and", "saint", "st")
	return strings.TrimPrefix(same.Replace(normalizedText(name)), "the")
}

// calledState is what a country may call itself before its name, normalized.
var calledState = regexp.MustCompile(`^(?:the)?[a-z']*(?:republic|kingdom|states?|commonwealth|principality|sultanate|union|province)of(?:the)?`)

// countryForms lists the normalized names by which a country may be known that is
// called so: as it is, in its natural order, without what it calls itself, and
// without what stands in brackets.
func countryForms(name string) []string {
	plain, _, _ := strings.Cut(name, "(")
	forms := []string{name, plain}
	if first, rest, parted := strings.Cut(plain, ","); parted {
		forms = append(forms, strings.TrimPrefix(rest, "the")+first)
		if calledState.MatchString(rest) {
			forms = append(forms, first)
		}
	}
	for _, form := range forms {
		forms = append(forms, calledState.ReplaceAllString(form, ""))
	}
	return forms
}

// countryNames gives the codes of countries by their normalized names, as
// the Unicode CLDR has them in the languages of most tenants, and by some that
// it lacks. Where one name stands for two countries the first of them counts.
var countryNames = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	tags := []language.Tag{
		language.English, language.German, language.French, language.Italian, language.Spanish, language.Portuguese, language.Dutch,
		language.Polish, language.Swedish, language.Danish, language.Norwegian, language.Finnish, language.Czech, language.Hungarian,
		language.Turkish, language.Greek, language.Russian, language.Ukrainian, language.Romanian, language.Japanese,
		language.Korean, language.SimplifiedChinese, language.TraditionalChinese, language.Arabic, language.Hebrew,
	}
	for _, tag := range tags {
		names := display.Regions(tag)
		for first := 'A'; first <= 'Z'; first++ {
			for second := 'A'; second <= 'Z'; second++ {
				code := string(first) + string(second)
				region, err := language.ParseRegion(code)
				if err != nil || !region.IsCountry() || region.Canonicalize().String() != code {
					continue
				}
				name := normalizedCountry(names.Name(region))
				plain, _, _ := strings.Cut(name, "(")
				for _, form := range []string{name, plain} {
					if form != "" && out[form] == "" {
						out[form] = code
					}
				}
			}
		}
	}
	for name, code := range map[string]string{
		"united states of america": "US", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
		"czech republic": "CZ", "turkey": "TR", "holland": "NL", "russian federation": "RU", "republic of korea": "KR", "korea": "KR",
		"republic of ireland": "IE", "viet nam": "VN", "macedonia": "MK", "swaziland": "SZ", "ivory coast": "CI", "burma": "MM", "uae": "AE",
		"hong kong": "HK", "macau": "MO", "macao": "MO", "lao people's democratic republic": "LA", "syrian arab republic": "SY", "brunei darussalam": "BN",
		"slovak republic": "SK", "swiss confederation": "CH", "french republic": "FR", "italian republic": "IT", "holy see": "VA", "vatican": "VA",
		"cabo verde": "CV", "britain": "GB", "eire": "IE", "uk": "GB", "palestine": "PS", "democratic republic of the congo": "CD",
		"democratic people's republic of korea": "KP",
	} {
		out[normalizedCountry(name)] = code
	}
	return out
})
