package compose

import (
	"cmp"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// Policy is what a policy that is written for the first time says.
type Policy struct {
	TenantID   string   // a GUID; empty: any tenant
	TenantName string   // what people call it; may be empty
	Managed    []string // SKUs as manifests name them; empty: all of them
	Ignored    []string
}

// policyDocument writes the policy: what was chosen, and the defaults as
// comments to begin from.
func policyDocument(p Policy) lines {
	d := lines{
		"# The rules of the tenant. What stands in comments is the default.",
	}
	d = append(d, head(manifest.KindPolicy, shortened(cmp.Or(slug(p.TenantName), "tenant"), p.TenantName))...)
	if p.TenantID != "" {
		d = append(d, "  # licensectl refuses to run against any other tenant.", "  tenantId: "+Scalar(p.TenantID)+remark(p.TenantName))
	} else {
		d = append(d, "  # With the id of your tenant, licensectl refuses to run against any other.", "  # tenantId: 11111111-2222-4333-8444-555555555555")
	}
	d = append(d, skuLines(p)...)
	return append(d,
		"",
		"  # Users who hold managed licenses and stand in no manifest: ignore, report or",
		"  # remove.",
		"  unlistedUsers: ignore",
		"",
		"  # A license that comes from a group satisfies an entry; or: assign.",
		"  inherited: satisfies",
		"",
		"  # Accounts that are never touched, whatever a manifest says.",
		"  # protectedUsers: [breakglass@contoso.com]",
		"",
		"  # How much one plan may take away. Each guard trips above the larger of the two.",
		"  # As defaults, the first three stop at half of what is held where that is less.",
		"  # guards:",
		"  #   maxRemovals: {count: 10, percent: 5}",
		"  #   maxRemovalsPerSku: {count: 5, percent: 10}",
		"  #   maxUsersLosingAll: {count: 2, percent: 1}",
		"  #   maxUsersChanged: {count: 25, percent: 50}",
	)
}

func skuLines(p Policy) []string {
	out := []string{"", "  # The products that are given and taken away, and those that never are."}
	if len(p.Managed) == 0 && len(p.Ignored) == 0 {
		return append(out, "  skus: {managed: all, ignored: []}")
	}
	managed := "all"
	if len(p.Managed) > 0 {
		managed = flow(p.Managed)
	}
	return append(out, "  skus:", "    managed: "+managed, "    ignored: "+flow(p.Ignored))
}
