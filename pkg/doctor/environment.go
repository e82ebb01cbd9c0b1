package doctor

import (
	"fmt"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
)

func (j *diagnosis) environment() {
	e := j.facts.Environment
	j.add(Environment, IDCredential, e.credential())
	j.settings()
	j.add(Environment, IDProxy, e.proxy())
	j.add(Environment, IDCertificates, e.certificates())
}

func (e EnvironmentFacts) credential() finding {
	switch {
	case e.Incomplete != nil:
		return failed(*e.Incomplete)
	case e.Credential == "":
		return skipped("how to sign in is not known as long as a setting makes no sense")
	}
	return ok(e.Credential)
}

// settings has a check for each problem, so that each has its fix.
func (j *diagnosis) settings() {
	e := j.facts.Environment
	for _, p := range e.Mistakes {
		j.add(Environment, IDSettings, failed(p))
	}
	for _, p := range e.Conflicts {
		j.add(Environment, IDSettings, warned(p))
	}
	if len(e.Mistakes)+len(e.Conflicts) == 0 {
		j.add(Environment, IDSettings, ok("no setting is unknown, or at odds with another one"))
	}
}

func (e EnvironmentFacts) proxy() finding {
	switch {
	case e.ProxyProblem != nil:
		return failed(*e.ProxyProblem)
	case e.Proxy == "":
		return ok("Microsoft Graph is reached without a proxy")
	}
	return ok("Microsoft Graph is reached through the proxy " + e.Proxy)
}

func (e EnvironmentFacts) certificates() finding {
	switch {
	case e.CertFile == "":
		return ok("the certificates of the system are trusted")
	case e.CertFileProblem != nil:
		return failed(*e.CertFileProblem)
	}
	return ok(fmt.Sprintf("SSL_CERT_FILE: %s holds %s", e.CertFile, quantity.Of(e.Certificates, "certificate")))
}
