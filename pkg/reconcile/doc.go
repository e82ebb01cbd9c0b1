// Package reconcile holds the use cases of one tenant: connecting to it, making
// a plan, taking up a saved one, telling who caused drift, carrying a plan out.
// It puts the packages together that do one thing each, and is itself used by
// whoever has a command line, a console or many tenants to look after.
//
// A Session reads. An Applier alone can write to a tenant, and is made for
// nothing but that.
//
// A Session is everything through which the use cases of one tenant touch the
// world: messages, secrets, clock, standard input. Nothing is shared by two
// sessions, so that one process can hold many of them at once.
//
// It must not know flags, verbs, exit codes, or the process that it runs in: its
// environment, its standard streams, its signals, its clock.
package reconcile
