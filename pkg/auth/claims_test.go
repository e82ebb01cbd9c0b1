package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/auth"
)

func TestClaims(t *testing.T) {
	for _, tc := range []struct {
		claims map[string]any
		want   auth.Claims
		actor  string
	}{
		{map[string]any{"tid": "t", "appid": "a", "oid": "o", "aud": "https://graph.microsoft.com", "roles": []string{"User.Read.All", "LicenseAssignment.ReadWrite.All"}, "exp": 4102444800, "idtyp": "app"},
			auth.Claims{TenantID: "t", AppID: "a", ObjectID: "o", Audience: []string{"https://graph.microsoft.com"}, Roles: []string{"User.Read.All", "LicenseAssignment.ReadWrite.All"}, Expires: time.Unix(4102444800, 0)},
			"app a"},
		{map[string]any{"azp": "a", "preferred_username": "ada@contoso.com", "scp": "User.Read  User.Read.All", "aud": []string{"x", "y"}},
			auth.Claims{AppID: "a", UserName: "ada@contoso.com", Audience: []string{"x", "y"}, Scopes: []string{"User.Read", "User.Read.All"}},
			"ada@contoso.com"},
		{map[string]any{"upn": "ada@contoso.com", "unique_name": "other", "oid": "o"},
			auth.Claims{UserName: "ada@contoso.com", ObjectID: "o"}, "ada@contoso.com"},
		{map[string]any{"oid": "o"}, auth.Claims{ObjectID: "o"}, "o"},
	} {
		got, err := auth.ParseClaims(accessToken(tc.claims))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Scopes) == 0 {
			got.Scopes = nil
		}
		if diff := cmp.Diff(tc.want, got); diff != "" || got.Actor() != tc.actor {
			t.Errorf("actor %q, %s", got.Actor(), diff)
		}
	}
}

func TestNoClaims(t *testing.T) {
	for _, token := range []string{"", "opaque", "a.b", "a.b.c", strings.Repeat("a", 1<<20), accessToken(map[string]any{"roles": "text"})} {
		if _, err := auth.ParseClaims(token); err == nil || len(token) > 1 && strings.Contains(err.Error(), token) {
			t.Errorf("%.20q: error %v", token, err)
		}
	}
}

func FuzzClaims(f *testing.F) {
	f.Add(accessToken(nil))
	f.Add(accessToken(map[string]any{"exp": 1.5e300, "aud": nil, "scp": " "}))
	f.Add("a.b.c")
	f.Add("...")
	f.Fuzz(func(t *testing.T, token string) {
		claims, err := auth.ParseClaims(token)
		if err == nil && strings.Count(token, ".") != 2 {
			t.Errorf("%q has claims %v", token, claims)
		}
		if err != nil && claims.Actor() != "" {
			t.Errorf("claims %v beside error %v", claims, err)
		}
	})
}
