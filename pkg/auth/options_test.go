package auth_test

import (
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/auth"
)

func TestClouds(t *testing.T) {
	for name, want := range map[string]auth.Cloud{
		"":          {Name: "global", GraphRoot: "https://graph.microsoft.com", Authority: "https://login.microsoftonline.com"},
		"global":    {Name: "global", GraphRoot: "https://graph.microsoft.com", Authority: "https://login.microsoftonline.com"},
		"usgov":     {Name: "usgov", GraphRoot: "https://graph.microsoft.us", Authority: "https://login.microsoftonline.us"},
		"usgov-dod": {Name: "usgov-dod", GraphRoot: "https://dod-graph.microsoft.us", Authority: "https://login.microsoftonline.us"},
		"china":     {Name: "china", GraphRoot: "https://microsoftgraph.chinacloudapi.cn", Authority: "https://login.chinacloudapi.cn"},
	} {
		got, err := auth.FindCloud(name)
		if err != nil || got != want || got.Scope() != want.GraphRoot+"/.default" {
			t.Errorf("%q: %v, scope %s, error %v", name, got, got.Scope(), err)
		}
	}
	if _, err := auth.FindCloud("mars"); err == nil || !strings.Contains(err.Error(), "usgov-dod") {
		t.Errorf("error %v", err)
	}
}

func TestMethods(t *testing.T) {
	for _, m := range auth.Methods() {
		if got, err := auth.FindMethod(string(m)); err != nil || got != m {
			t.Errorf("%q: %q, error %v", m, got, err)
		}
	}
	if got, err := auth.FindMethod(""); err != nil || got != auth.Default {
		t.Errorf("no method: %q, error %v", got, err)
	}
	if _, err := auth.FindMethod("magic"); err == nil || !strings.Contains(err.Error(), "workload") {
		t.Errorf("error %v", err)
	}
}

func TestSenselessOptions(t *testing.T) {
	for want, o := range map[string]auth.Options{
		"unknown cloud":       {Cloud: "mars"},
		"unknown way":         {Method: "magic"},
		"must be https":       {AuthorityURL: "http://127.0.0.1:8080"},
		"AUTHORITY_HOST: htt": {Getenv: environment(map[string]string{"AZURE_AUTHORITY_HOST": "http://login.example.com"})},
		"without a path":      {AuthorityURL: "https://login.example.com/" + tenantID},
		"not an address":      {AuthorityURL: "login.example.com"},
		"URL: not an address": {AuthorityURL: "https://user:" + secret + "@login.example.com"},
		"such as https":       {AuthorityURL: "https://login.example.com?" + secret},
		"such as":             {AuthorityURL: "https://user:" + secret + "@login.example.com:x"},
	} {
		_, err := auth.New(o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%+v: error %v, want one with %q", o, err, want)
		}
	}
}

// Microsoft's authorities are looked up as azidentity does; another host is
// not, which the tests of the credentials show by never being asked about it.
func TestKnownAuthorities(t *testing.T) {
	for _, cloud := range auth.Clouds() {
		o := auth.Options{Cloud: cloud.Name, AuthorityURL: cloud.Authority + "/", Method: auth.Env, Getenv: appEnvironment("AZURE_CLIENT_SECRET=" + secret)}
		if _, err := auth.New(o); err != nil {
			t.Errorf("%s: %v", cloud.Name, err)
		}
	}
}
