package license

import (
	"slices"
	"strings"
)

// Workload is a service whose use the report of active users knows.
type Workload string

// The workloads, as the columns of the report name them.
const (
	WorkloadExchange   Workload = "exchange"
	WorkloadOneDrive   Workload = "oneDrive"
	WorkloadSharePoint Workload = "sharePoint"
	WorkloadSkype      Workload = "skypeForBusiness"
	WorkloadYammer     Workload = "yammer"
	WorkloadTeams      Workload = "teams"
)

// AllWorkloads lists the workloads, in the order of their constants.
func AllWorkloads() []Workload {
	return []Workload{WorkloadExchange, WorkloadOneDrive, WorkloadSharePoint, WorkloadSkype, WorkloadYammer, WorkloadTeams}
}

// Workloads lists the services of a product whose use the report of active users
// knows, in the order of AllWorkloads; nil for none. A product may have others of
// which the report knows nothing.
//
// Visio, Project, Power Apps, Dynamics 365 and the desktop apps come with a place
// for files. Who draws or plans all day may never put a file there, so the use of
// files says nothing about a product that has no other service that is known, but
// where files are all that it gives.
func (s SKU) Workloads() []Workload {
	out := s.knownWorkloads()
	if !slices.ContainsFunc(out, isNotOfFiles) && slices.ContainsFunc(s.Plans, isMoreThanFiles) {
		return nil
	}
	return out
}

func isNotOfFiles(w Workload) bool { return w != WorkloadOneDrive && w != WorkloadSharePoint }

// isMoreThanFiles reports whether a service plan gives something beside storage
// and the web apps that open what is stored there.
func isMoreThanFiles(p ServicePlan) bool {
	return !p.serves(WorkloadOneDrive) && !hasAnyPrefix(p.Name, "SHAREPOINTWAC", "EXCHANGE_S_FOUNDATION")
}

func (s SKU) knownWorkloads() []Workload {
	var out []Workload
	for _, w := range AllWorkloads() {
		if slices.ContainsFunc(s.Plans, func(p ServicePlan) bool { return p.serves(w) }) {
			out = append(out, w)
		}
	}
	return out
}

// HasCopilot reports whether the report of Copilot's use knows the product.
func (s SKU) HasCopilot() bool {
	return slices.ContainsFunc(s.Plans, func(p ServicePlan) bool { return strings.HasPrefix(p.Name, "M365_COPILOT_") })
}

// HasMailbox reports whether a service plan comes with a mailbox. Graph does not
// say it but by the names of the plans, so in doubt it does.
func (p ServicePlan) HasMailbox() bool {
	isExchange := hasAnyPrefix(p.Name, "EXCHANGE_S_", "EXCHANGE_L_", "EXCHANGE_B_")
	return isExchange && !hasAnyPrefix(p.Name, "EXCHANGE_S_FOUNDATION", "EXCHANGE_S_ARCHIVE")
}

// serves tells by its name whether a plan gives a service.
func (p ServicePlan) serves(w Workload) bool {
	switch w {
	case WorkloadExchange:
		return p.HasMailbox()
	case WorkloadOneDrive, WorkloadSharePoint:
		return hasAnyPrefix(p.Name, "SHAREPOINTENTERPRISE", "SHAREPOINTSTANDARD", "SHAREPOINTDESKLESS", "SHAREPOINTLITE", "SHAREPOINT_S_",
			"ONEDRIVE_", "ONEDRIVESTANDARD", "ONEDRIVEENTERPRISE", "ONEDRIVELITE")
	case WorkloadSkype:
		return hasAnyPrefix(p.Name, "MCOSTANDARD", "MCOIMP", "MCOLITE")
	case WorkloadYammer:
		return hasAnyPrefix(p.Name, "YAMMER_")
	case WorkloadTeams:
		return p.Name == "TEAMS1" || hasAnyPrefix(p.Name, "TEAMS_GOV", "TEAMS_AR_", "TEAMS_ESSENTIALS", "TEAMS_FREE", "MCOTEAMS_ESSENTIALS")
	}
	return false
}

func hasAnyPrefix(text string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}
