package interop_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/emulator"
)

// TestRetryAfterIsObeyed uses a write quota up. The SDK's retry handler has to
// wait as long as it is told, and then to succeed.
func TestRetryAfterIsObeyed(t *testing.T) {
	s := serve(t, crowd(t, 5, 5), emulator.Options{Limits: emulator.Limits{Writes: 4, WriteWindow: 2 * time.Second}})
	client := s.sdk(s.app())
	begin := time.Now()
	for i := range 5 {
		_, err := client.Users().ByUserId(fmt.Sprintf("user%d@contoso.com", i)).AssignLicense().
			Post(t.Context(), change(s.sku("POWER_BI_PRO").ID), nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begin); took < 2*time.Second {
		t.Errorf("it took %s, less than the quota's window", took)
	}
	if n := s.Counters().ByStatus[http.StatusTooManyRequests]; n != 1 {
		t.Errorf("%d calls were throttled, want 1", n)
	}
	if got := s.sku("POWER_BI_PRO").Units.Consumed; got != 5 {
		t.Errorf("%d seats are taken", got)
	}
}

func TestOverloadIsRetried(t *testing.T) {
	s := serve(t, crowd(t, 1, 1), emulator.Options{Faults: []emulator.Fault{
		{Route: "assignLicense", Count: 1, Effect: emulator.EffectStatus, Status: http.StatusServiceUnavailable, RetryAfter: time.Second},
		{Route: "listUsers", Count: 1, Effect: emulator.EffectStatus, Status: http.StatusGatewayTimeout, RetryAfter: time.Second},
	}})
	client := s.sdk(s.app())
	if _, err := client.Users().Get(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := client.Users().ByUserId("user0@contoso.com").AssignLicense().Post(t.Context(), change(s.sku("POWER_BI_PRO").ID), nil); err != nil {
		t.Error(err)
	}
	if got := s.sku("POWER_BI_PRO").Units.Consumed; got != 1 {
		t.Errorf("%d seats are taken", got)
	}
}

func TestQuotaThatStaysUsedUp(t *testing.T) {
	s := serve(t, crowd(t, 1, 1), emulator.Options{Faults: []emulator.Fault{
		{Route: "assignLicense", Effect: emulator.EffectStatus, Status: http.StatusTooManyRequests, RetryAfter: time.Second},
	}})
	_, err := s.sdk(s.app()).Users().ByUserId("user0@contoso.com").AssignLicense().Post(t.Context(), change(s.sku("POWER_BI_PRO").ID), nil)
	if status, code, _ := refusal(t, err); status != http.StatusTooManyRequests || code != "TooManyRequests" {
		t.Errorf("%d %s", status, code)
	}
	if n := s.Counters().ByRoute["assignLicense"]; n != 4 {
		t.Errorf("%d calls, want one and its three retries", n)
	}
}
