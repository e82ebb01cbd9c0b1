package emulator

import (
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// serviceOf gives the service of a plan, as the assignedPlans of a real tenant
// had it, by the beginning of the plan's name; empty: none was seen.
func serviceOf(plan license.ServicePlan) string {
	longest, service := "", ""
	for prefix, name := range servicesByName {
		if strings.HasPrefix(plan.Name, prefix) && len(prefix) > len(longest) {
			longest, service = prefix, name
		}
	}
	return service
}

// servicesByName are the services of plans, by the beginnings of the plans' names:
// nobody publishes them (seen in lindyw/ng-report-lib, graph-users.data.ts).
var servicesByName = map[string]string{
	"AAD_PREMIUM":           "AADPremiumService",
	"ADALLOM_S_":            "Adallom",
	"ATA":                   "AzureAdvancedThreatAnalytics",
	"BI_AZURE_P":            "AzureAnalysis",
	"BPOS_S_TODO_":          "To-Do",
	"CDS_O365_":             "CRM",
	"DESKLESS":              "Deskless",
	"DYN365_CDS_":           "CRM",
	"EXCHANGE_S_":           "exchange",
	"FLOW_":                 "ProcessSimple",
	"FORMS_PLAN_":           "OfficeForms",
	"INTUNE_A":              "SCO",
	"KAIZALA_O365_":         "MicrosoftKaizala",
	"MCOSTANDARD":           "MicrosoftCommunicationsOnline",
	"MCO_TEAMS_IW":          "MicrosoftCommunicationsOnline",
	"MFA_PREMIUM":           "MultiFactorService",
	"MICROSOFT STREAM":      "MicrosoftStream",
	"MICROSOFTBOOKINGS":     "exchange",
	"MIP_S_CLP":             "exchange",
	"MTP":                   "MicrosoftThreatProtection",
	"MYANALYTICS_P":         "exchange",
	"OFFICEMOBILE_":         "MicrosoftOffice",
	"OFFICESUBSCRIPTION":    "MicrosoftOffice",
	"POWERAPPS_":            "PowerAppsService",
	"POWER_VIRTUAL_AGENTS_": "ccibotsprod",
	"PROJECTWORKMANAGEMENT": "ProjectWorkManagement",
	"PROJECT_O365_":         "ProjectProgramsAndPortfolios",
	"RMS_S_":                "RMSOnline",
	"SAFEDOCS":              "exchange",
	"SHAREPOINT":            "SharePoint",
	"STREAM_O365_":          "MicrosoftStream",
	"SWAY":                  "Sway",
	"TEAMS1":                "TeamspaceAPI",
	"THREAT_INTELLIGENCE":   "exchange",
	"VIVA_LEARNING_":        "LearningAppServiceInTeams",
	"WHITEBOARD_PLAN":       "WhiteboardServices",
	"WINDEFATP":             "WindowsDefenderATP",
	"YAMMER_ENTERPRISE":     "YammerEnterprise",
}
