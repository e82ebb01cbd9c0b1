// Package plan works out what has to change: from the desired state of the
// manifests, the observed state of the tenant and the rules of the policy it
// makes a Plan, which is data that can be printed, stored, compared, hashed
// and carried out on another machine.
//
// It is pure: time is an argument, and there is no context, network, file or
// environment. It must not know YAML, HTTP or a terminal. Package manifest
// fills in Desired and Policy, package observe fills in Observed, package
// report shows a Plan and package apply carries it out.
package plan
