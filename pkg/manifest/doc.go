// Package manifest reads what people write: YAML manifests of the kinds
// LicenseProfile, UserLicenses, Policy and Approval. It gives the desired
// state and the policy as package plan wants them, with profiles and defaults
// folded in and every value with its place. Tables in CSV that manifests name
// for selecting users are read as well.
//
// It is strict. Everything that cannot be meant is an Error with a place, a
// stable code and mostly a hint, and all errors of a run are reported
// together. Parse is bytes in, data out; Load finds and reads the files
// through an interface that its caller provides.
//
// It must not know the tenant: whether a SKU, a service plan or a user exists
// is found out when planning.
package manifest
