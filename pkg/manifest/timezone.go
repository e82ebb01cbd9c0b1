package manifest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// TimeZone gives the time zone of an IANA name. Not every name that the
// database of a machine takes is one: "Local", "localtime" and "posixrules" mean
// another zone on each machine, "Factory" means none, "right/…" counts leap
// seconds, and a path leads to any file. A day must not depend on these.
func TimeZone(name string) (*time.Location, error) {
	area, _, isPlace := strings.Cut(name, "/")
	known := zonesWithoutArea()
	if isPlace {
		known = zoneAreas()
	}
	if !slices.Contains(known, area) || strings.Contains(name, "..") || strings.ContainsAny(name, `\:`) {
		return nil, fmt.Errorf("%q is not a time zone", name)
	}
	loaded, err := time.LoadLocation(name)
	if err != nil || loaded == time.Local {
		return nil, fmt.Errorf("%q is not a time zone", name)
	}
	return loaded, nil
}

// zoneAreas are the areas of the names of the IANA time zone database
// (https://www.iana.org/time-zones, files africa to southamerica, etcetera and
// backward).
func zoneAreas() []string {
	return strings.Fields(`Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico Pacific US`)
}

// zonesWithoutArea are its names without an area, but for Factory.
func zonesWithoutArea() []string {
	return strings.Fields(`CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong
		Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal
		ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu`)
}
