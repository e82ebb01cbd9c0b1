// Package safetext makes texts of strangers harmless for whoever looks at
// them: names of a tenant, answers of a service, what somebody wrote into a
// manifest. A text may neither act on the terminal or page that shows it, nor
// be taken for a command by the CI system in whose log it ends up. That goes
// for what is shown and for what is stored: a file is shown sooner or later.
//
// Line is for reading. JSON, YAML and Comment are for files; the first two can
// be read back as exactly what they were.
//
// It must not know what the texts are about.
package safetext
