package auth

import (
	"errors"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/licensectl/licensectl/pkg/internal/blot"
)

// New makes the credential that the options describe. It sends nothing: a
// secret that is wrong shows with the first token. Settings that are missing
// are an *Error, and so is whatever the credential fails with later; a cloud, a
// method or an authority that makes no sense is a plain error.
func New(o Options) (azcore.TokenCredential, error) {
	o.learned = &blot.Secrets{}
	cloud, err := FindCloud(o.Cloud)
	if err != nil {
		return nil, err
	}
	authority, err := o.pickAuthority(cloud)
	if err != nil {
		return nil, err
	}
	method, err := o.method()
	if err != nil {
		return nil, err
	}
	credential, err := maker{o, authority}.make(method)
	if err != nil {
		return nil, o.explain(method, err)
	}
	return explained{credential, o, method}, nil
}

// method settles what Default stands for, as far as variables tell.
func (o Options) method() (Method, error) {
	method, err := FindMethod(string(o.Method))
	switch {
	case err != nil || method != Default || o.getenv(envCredentials) != "":
		return method, err
	case o.getenv(envSecret) != "" || o.getenv(envCertificate) != "":
		return Env, nil
	case o.getenv(envFederatedToken) != "":
		return Workload, nil
	}
	return Default, nil
}

// maker makes credentials against one authority.
type maker struct {
	Options
	authority authority
}

func (m maker) make(method Method) (azcore.TokenCredential, error) {
	switch method {
	case CLI:
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: m.tenantID()})
	case Env:
		return m.env()
	case Workload:
		return m.workload()
	case Managed:
		return m.managed()
	case ManagedApp:
		return m.managedApp()
	case Device:
		return m.device()
	case Token:
		return newStaticToken(m.getenv(EnvAccessToken))
	}
	if len(m.set(envCredentials, envUserName)) == 0 {
		return m.chain()
	}
	if m.machineAlone() {
		return m.managed()
	}
	return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions:            m.clientOptions(m.authority),
		DisableInstanceDiscovery: !m.authority.known,
		TenantID:                 m.tenantID(),
	})
}

func (m maker) env() (azcore.TokenCredential, error) {
	secret, certificate := m.getenv(envSecret), m.getenv(envCertificate)
	missing := m.missingApp()
	if secret == "" && certificate == "" {
		missing = append(missing, envSecret+" or "+envCertificate)
	}
	if len(missing) > 0 {
		return nil, missingSettings(missing)
	}
	if secret == "" {
		return m.certificate(certificate)
	}
	return azidentity.NewClientSecretCredential(m.tenantID(), m.clientID(), secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions:            m.clientOptions(m.authority),
		DisableInstanceDiscovery: !m.authority.known,
	})
}

func (m maker) certificate(path string) (azcore.TokenCredential, error) {
	data, err := m.readFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	certs, key, err := readIdentity(data, m.getenv(envCertPassword))
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", path, err)
	}
	return azidentity.NewClientCertificateCredential(m.tenantID(), m.clientID(), certs, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions:            m.clientOptions(m.authority),
		DisableInstanceDiscovery: !m.authority.known,
	})
}

func (m maker) workload() (azcore.TokenCredential, error) {
	missing := m.missingApp()
	if m.getenv(envFederatedToken) == "" {
		missing = append(missing, envFederatedToken)
	}
	if len(missing) > 0 {
		return nil, missingSettings(missing)
	}
	return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions:            m.clientOptions(m.authority),
		DisableInstanceDiscovery: !m.authority.known,
		TenantID:                 m.tenantID(),
		ClientID:                 m.clientID(),
		TokenFilePath:            m.getenv(envFederatedToken),
	})
}

func (m maker) device() (azcore.TokenCredential, error) {
	if m.Prompt == nil {
		return nil, errors.New("there is nowhere to show the code to")
	}
	return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions:            m.clientOptions(m.authority),
		DisableInstanceDiscovery: !m.authority.known,
		TenantID:                 m.tenantID(),
		ClientID:                 m.clientID(),
		UserPrompt:               m.prompt,
	})
}

// missingApp names what an app of its own lacks to say who it is.
func (m maker) missingApp() []string {
	var missing []string
	if m.tenantID() == "" {
		missing = append(missing, envTenantID+" (or --tenant-id)")
	}
	if m.clientID() == "" {
		missing = append(missing, envClientID+" (or --client-id)")
	}
	return missing
}

func missingSettings(names []string) error {
	return fmt.Errorf("not set: %s", strings.Join(names, ", "))
}
