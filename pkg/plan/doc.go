// Package plan is what has to change in a tenant, as data: a Plan can be
// printed, stored, compared, hashed and carried out on another machine. With it
// comes what a plan is made of (Desired, Policy, Observed, Baseline) and what is
// said of it (Finding, Explanation).
//
// It is pure, and makes no plan: that is what package planner is for. It must
// not know YAML, HTTP, a terminal, or how a plan comes about. Package manifest
// fills in Desired and Policy, package observe fills in Observed, package
// report shows a Plan and package apply carries it out.
package plan
