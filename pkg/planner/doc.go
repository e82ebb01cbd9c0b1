// Package planner works out what has to change: from the desired state of the
// manifests, the observed state of the tenant and the rules of the policy it
// makes a plan.Plan, or the plan.Explanation of one user.
//
// It is pure: time is an argument, and there is no context, network, file or
// environment. It must not know YAML, HTTP or a terminal, nor how a plan is
// shown or carried out.
package planner
