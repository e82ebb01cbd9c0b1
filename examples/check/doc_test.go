// Package check_test holds the pipelines of examples/ against the tools of their
// field, and runs what they say step by step, as their runners would, against
// an emulated tenant in a process of its own. A step is run as it is published:
// only the platform around it (its API, its artifacts, its identity tokens) is
// played, by parts that refuse what the platform would refuse.
//
// It is a module of its own, so that nobody who builds licensectl downloads
// those tools.
//
// It must not know how licensectl works inside: it starts the program, and
// looks at the tenant.
package check_test
