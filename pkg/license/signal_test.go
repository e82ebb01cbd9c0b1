package license_test

import (
	"slices"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// What was not asked for, what was not told and what is null are three things.
func TestAReadingTellsNullFromNothing(t *testing.T) {
	ada, bea := guid(t, idSPEE5), guid(t, idVisio)
	read := &license.Reading[license.SignIns]{Users: map[license.GUID]license.SignIns{ada: {}}, Unavailable: license.UnavailableAbsent}
	if told, ok := read.Of(ada); !ok || !told.Latest().IsZero() {
		t.Errorf("a null is %v, %v", told, ok)
	}
	if _, ok := read.Of(bea); ok || read.Why() != license.UnavailableAbsent {
		t.Errorf("somebody who was not told of is told, %q", read.Why())
	}
	var unasked *license.Reading[license.SignIns]
	if _, ok := unasked.Of(ada); ok || unasked.Why() != "" {
		t.Error("what nobody asked for is told")
	}
	if got := (license.Signals{SignIns: read}).Asked(); !slices.Equal(got, []license.Signal{license.SignalSignIns}) {
		t.Errorf("asked for %v", got)
	}
}

func TestTheLatestSignInOfAnyKindCounts(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 8, 0, 0, 0, time.UTC) }
	for _, s := range []license.SignIns{
		{Interactive: day(3)}, {NonInteractive: day(3)}, {Successful: day(3)},
		{Interactive: day(3), NonInteractive: day(1), Successful: day(2)}, {Interactive: day(1), NonInteractive: day(2), Successful: day(3)},
	} {
		if got := s.Latest(); !got.Equal(day(3)) {
			t.Errorf("the latest of %v is %s", s, got)
		}
	}
}

// The services that a product has are told by the names of its plans, for want
// of another source.
func TestWorkloadsOfProducts(t *testing.T) {
	tests := []struct {
		plans   []string
		want    []license.Workload
		copilot bool
		mailbox bool
	}{
		{plans: []string{"EXCHANGE_S_ENTERPRISE"}, want: []license.Workload{license.WorkloadExchange}, mailbox: true},
		{plans: []string{"EXCHANGE_S_DESKLESS_GOV"}, want: []license.Workload{license.WorkloadExchange}, mailbox: true},
		{plans: []string{"EXCHANGE_S_FOUNDATION", "EXCHANGE_S_ARCHIVE_ADDON", "EXCHANGE_ANALYTICS"}},
		{plans: []string{"SHAREPOINTWAC", "SHAREPOINT_PROJECT", "ONEDRIVECLIPCHAMP", "MCOEV", "MCOMEETADV", "INTUNE_A"}},
		{plans: []string{"SHAREPOINTENTERPRISE"}, want: []license.Workload{license.WorkloadOneDrive, license.WorkloadSharePoint}},
		{plans: []string{"ONEDRIVE_BASIC"}, want: []license.Workload{license.WorkloadOneDrive, license.WorkloadSharePoint}},
		{plans: []string{"TEAMS1", "MCOSTANDARD", "YAMMER_ENTERPRISE"}, want: []license.Workload{license.WorkloadSkype, license.WorkloadYammer, license.WorkloadTeams}},
		{plans: []string{"ONEDRIVEENTERPRISE", "SHAREPOINTWAC", "EXCHANGE_S_FOUNDATION"}, want: []license.Workload{license.WorkloadOneDrive, license.WorkloadSharePoint}},
		{plans: []string{"ONEDRIVE_BASIC", "VISIOONLINE", "VISIO_CLIENT_SUBSCRIPTION"}},
		{plans: []string{"SHAREPOINTENTERPRISE", "SHAREPOINTWAC", "SHAREPOINT_PROJECT", "PROJECT_CLIENT_SUBSCRIPTION"}},
		{plans: []string{"ONEDRIVESTANDARD", "OFFICESUBSCRIPTION"}},
		{plans: []string{"DYN365_ENTERPRISE_SALES", "SHAREPOINTENTERPRISE", "SHAREPOINTWAC"}},
		{plans: []string{"M365_COPILOT_TEAMS", "M365_COPILOT_APPS"}, copilot: true},
	}
	for _, tt := range tests {
		var sku license.SKU
		mailbox := false
		for _, name := range tt.plans {
			sku.Plans = append(sku.Plans, license.ServicePlan{Name: name})
			mailbox = mailbox || license.ServicePlan{Name: name}.HasMailbox()
		}
		if got := sku.Workloads(); !slices.Equal(got, tt.want) || sku.HasCopilot() != tt.copilot || mailbox != tt.mailbox {
			t.Errorf("%v: %v, Copilot %t, mailbox %t", tt.plans, got, sku.HasCopilot(), mailbox)
		}
	}
}
