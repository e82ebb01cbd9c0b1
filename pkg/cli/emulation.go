package cli

import (
	"path/filepath"
	"strings"

	"github.com/licensectl/licensectl/pkg/auth"
	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/internal/disk"
)

// emulation is a tenant that is emulated in this process. Its description is a
// file that people write; what has been changed since is kept beside it, so
// that the next command sees it. A user whose entry in the file is edited
// starts from the entry again.
type emulation struct {
	emulator *emulator.Emulator
	clients  []emulator.Application // that may sign in; the first one does, unless another is named
	state    string                 // the path of the state
}

// The largest files of an emulated tenant that are read, in bytes.
const (
	maxTenantFile  = 50 << 20
	maxTenantState = 1 << 30
)

// openEmulation starts the tenant of a file, as the last command left it.
func openEmulation(path string, o emulator.Options) (*emulation, error) {
	data, err := disk.ReadText(path, maxTenantFile)
	if err != nil {
		return nil, err
	}
	tenant, err := emulator.ParseTenant(filepath.ToSlash(path), data)
	if err != nil {
		return nil, err
	}
	e, err := emulator.New(tenant, o)
	if err != nil {
		return nil, &disk.Error{Doing: "emulating", Path: path, Err: err}
	}
	out := &emulation{emulator: e, clients: append(tenant.Applications, anyClient()), state: statePath(path)}
	return out, out.load()
}

// anyClient is good for a tenant that knows no clients: it takes every one.
func anyClient() emulator.Application {
	return emulator.Application{ClientID: emulator.DerivedID("application", toolName).String(), Secret: "no secret: the tenant is emulated"}
}

// statePath gives TENANT.state.json for TENANT.yaml.
func statePath(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".state.json"
}

func (e *emulation) load() error {
	data, err := disk.ReadIfThere(e.state, maxTenantState)
	if err != nil || data == nil {
		return err
	}
	if err := e.emulator.LoadState(data); err != nil {
		return &disk.Error{Doing: "reading", Path: e.state, Err: err, Hint: "remove the file to start from the tenant as it is described"}
	}
	return nil
}

// save keeps what has been changed.
func (e *emulation) save() error {
	data, err := e.emulator.SaveState()
	if err != nil {
		return err
	}
	return disk.Write(e.state, data)
}

// signIn makes the options those of a client of the tenant with a secret. The
// environment of the process, whose secrets are for a real tenant, is left out.
func (e *emulation) signIn(o *auth.Options) {
	o.Method = auth.Env
	if o.TenantID == "" {
		o.TenantID = e.emulator.TenantID().String()
	}
	client := e.clients[0]
	for _, c := range e.clients {
		if strings.EqualFold(c.ClientID, o.ClientID) {
			client = c
		}
	}
	if o.ClientID == "" {
		o.ClientID = client.ClientID
	}
	variables := map[string]string{"AZURE_CLIENT_SECRET": client.Secret}
	o.Getenv = func(name string) string { return variables[name] }
}
