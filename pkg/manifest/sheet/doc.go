// Package sheet reads tables of users and the products that they hold, as
// administration pages and scripts export them and as people keep them in
// spreadsheets, for manifests to be written from. It knows the columns of the
// Microsoft 365 admin center's list of active users and of the usual scripts;
// others are named by options.
//
// Everything that cannot be meant is an error with file, line and column, and
// all errors of a table are reported together.
//
// It is bytes in, data out. It must not know how manifests are laid out.
package sheet
