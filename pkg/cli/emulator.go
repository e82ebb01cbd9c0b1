package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/emulator"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/report"
)

// defaultEmulatedUsers is how many users a made-up tenant has.
const defaultEmulatedUsers = 100

type emulatorOptions struct {
	app *app

	tenant  string // the file of the tenant, or a folder of such files; empty: made-up ones
	tenants int    // how many to make up; 0: one
	users   int    // of each made-up tenant
	seed    uint64
	listen  string
	tls     string   // the folder for the certificate of the authority; empty: plain HTTP
	names   []string // that the certificate is for, beside the address
	faults  string
	log     string // the file of the request log; empty: none
}

func newEmulatorCommand(a *app) *cobra.Command {
	o := emulatorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "emulator",
		Short: "Serve an emulated tenant",
		Long: `Emulator serves Microsoft Graph and the token service of one tenant in memory, for
trying and testing clients of any kind. It ends with a signal, and forgets what was
changed.

The tenant is that of a file, or one that is made up. A folder of such files, or
--tenants, is as many tenants at one address: each with users, tokens and quotas of its
own, and one quota of writes for each application over all of them. Any client id signs
in with any secret, unless the tenant's file lists its applications. Clients that insist on TLS
need --tls: the certificate of the authority that signs for the server is written
into the folder, for SSL_CERT_FILE and the like. A client that cannot be told another
address is sent here by the hosts file, and --tls-name names the host that it asks for.

What the emulator does not have it answers with 501 and a code of its own, and says so
once on standard error. --log writes down every request, without credentials.`,
		Example: `  licensectl emulator --tenant examples/contoso/tenant.yaml
  licensectl emulator --users 10000 --listen 127.0.0.1:8443 --tls certificates
  # three hundred tenants of two hundred users
  licensectl emulator --tenants 300 --users 200
  # in another shell
  export SSL_CERT_FILE=certificates/ca.pem LICENSECTL_GRAPH_URL=https://127.0.0.1:8443
  export LICENSECTL_AUTHORITY_URL=https://127.0.0.1:8443 AZURE_TENANT_ID=contoso.com
  export AZURE_CLIENT_ID=11111111-2222-4333-8444-555555555555 AZURE_CLIENT_SECRET=any
  licensectl seats`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.tenant != "" && o.users > 0 {
				return usagef("--tenant describes a tenant, and --users makes one up").withHint("leave one of the two out")
			}
			if o.tenant != "" && o.tenants > 0 {
				return usagef("--tenant describes tenants, and --tenants makes them up").withHint("leave one of the two out")
			}
			if len(o.names) > 0 && o.tls == "" {
				return usagef("--tls-name names hosts for a certificate, and without --tls there is none").withHint("add --tls FOLDER")
			}
			return runEmulator(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.tenant, "tenant", "", "the `FILE` of the tenant, or a folder with a file for each of several")
	flags.Var(positive[int]{&o.tenants}, "tenants", "make up so many tenants")
	flags.Var(positive[int]{&o.users}, "users", "make up a tenant of so many users, or each of them (default 100)")
	flags.Uint64Var(&o.seed, "seed", 1, "what the tenant is made up from; the same `N` gives the same tenant")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "the `ADDRESS` to serve at; port 0 is any free one")
	flags.StringVar(&o.tls, "tls", "", "serve with TLS, and write the authority's certificate to ca.pem in this `FOLDER`")
	flags.StringSliceVar(&o.names, "tls-name", nil, "a `NAME` that the certificate is for as well, such as graph.microsoft.com; give it again for more")
	flags.StringVar(&o.faults, "faults", "", "the `FILE` of limits, lag and faults, of kind EmulatorOptions")
	flags.StringVar(&o.log, "log", "", "add each request to this `FILE`, as a line of JSON: what was asked, as whom, what was answered")
	return withExits(cmd, CodeOK, CodeInput)
}

// runEmulator serves until the context ends, which is how it is meant to end.
func runEmulator(ctx context.Context, o emulatorOptions) error {
	watch := &emulatorWatch{stderr: o.app.env.Stderr, said: map[string]bool{}}
	if o.log != "" {
		file, err := disk.Append(o.log)
		if err != nil {
			return err
		}
		defer file.Close() // every line has been written; what could not be was told
		watch.log = file
	}
	doors, err := o.listenAtBoth()
	if err != nil {
		return err
	}
	served, err := o.open(emulator.Options{Observe: watch.observe, Downloads: doors.address(doors.downloads)})
	if err != nil {
		return errors.Join(err, doors.close())
	}
	if err := announce(o.app.env.Stdout, served, doors.address(doors.graph)); err != nil {
		return errors.Join(err, doors.close())
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return serve(ctx, doors.graph, served) })
	both.Go(func() error { return serve(ctx, doors.downloads, served) })
	return both.Wait()
}

// listeners are the two places that an emulator is served at: usage reports are
// downloaded from another than they are asked for at.
type listeners struct {
	scheme           string // "http"
	graph, downloads net.Listener
}

func (d listeners) address(of net.Listener) string { return d.scheme + "://" + of.Addr().String() }

func (d listeners) close() error { return errors.Join(d.graph.Close(), d.downloads.Close()) }

// listenAtBoth opens the place that the flags name, and any free one beside it.
func (o *emulatorOptions) listenAtBoth() (listeners, error) {
	graph, err := net.Listen("tcp", o.listen)
	if err != nil {
		return listeners{}, usagef("--listen %s: %s", o.listen, err)
	}
	out := listeners{scheme: "http", graph: graph}
	host, _, err := net.SplitHostPort(graph.Addr().String())
	if err == nil {
		out.downloads, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return listeners{}, errors.Join(err, graph.Close())
	}
	if o.tls == "" {
		return out, nil
	}
	config, err := o.certificate(host)
	if err != nil {
		return listeners{}, errors.Join(err, out.close())
	}
	return listeners{"https", tls.NewListener(out.graph, config), tls.NewListener(out.downloads, config)}, nil
}

// announce says what is served where: of several tenants, each with its id, in
// a line of its own below.
func announce(w io.Writer, served *emulator.Tenants, address string) error {
	all := served.All()
	if len(all) == 1 {
		_, err := fmt.Fprintf(w, "serving tenant %s at %s\n", all[0].TenantID(), address)
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "serving %d tenants at %s\n", len(all), address)
	for _, e := range all {
		fmt.Fprintf(&text, "  %s %s\n", e.TenantID(), report.SafeMessage(e.Domain()))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// open makes the emulator of the tenants that the flags name.
func (o *emulatorOptions) open(own emulator.Options) (*emulator.Tenants, error) {
	tenants, err := o.described()
	if err != nil {
		return nil, err
	}
	var options emulator.Options
	if o.faults != "" {
		data, err := disk.ReadText(o.faults, maxTenantFile)
		if err != nil {
			return nil, err
		}
		if options, err = emulator.ParseOptions(filepath.ToSlash(o.faults), data); err != nil {
			return nil, err
		}
	}
	options.Observe, options.Downloads = own.Observe, own.Downloads
	served, err := emulator.NewTenants(tenants, options)
	if err != nil {
		return nil, &disk.Error{Doing: "emulating", Path: o.tenant, Err: err}
	}
	return served, nil
}

// described gives the tenants as files describe them, or as they are made up.
func (o *emulatorOptions) described() ([]emulator.Tenant, error) {
	users := cmp.Or(o.users, defaultEmulatedUsers)
	switch {
	case disk.IsFolder(o.tenant):
		return readTenants(o.tenant)
	case o.tenant != "":
		tenant, err := readTenant(o.tenant)
		return []emulator.Tenant{tenant}, err
	case o.tenants == 0:
		return []emulator.Tenant{emulator.Synthetic(emulator.SyntheticOptions{Users: users, Seed: o.seed})}, nil
	}
	out := make([]emulator.Tenant, o.tenants)
	for i := range out {
		domain := fmt.Sprintf("tenant-%03d.example", i)
		out[i] = emulator.Synthetic(emulator.SyntheticOptions{Users: users, Seed: o.seed, Domain: domain})
	}
	return out, nil
}

func readTenant(path string) (emulator.Tenant, error) {
	data, err := disk.ReadText(path, maxTenantFile)
	if err != nil {
		return emulator.Tenant{}, err
	}
	return emulator.ParseTenant(filepath.ToSlash(path), data)
}

// readTenants reads the tenants of a folder, in the order of their names.
func readTenants(folder string) ([]emulator.Tenant, error) {
	var out []emulator.Tenant
	for _, ending := range []string{"*.yaml", "*.yml"} {
		names, err := disk.Files(folder, ending)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			tenant, err := readTenant(name)
			if err != nil {
				return nil, err
			}
			out = append(out, tenant)
		}
	}
	if len(out) == 0 {
		return nil, &disk.Error{Doing: "emulating", Path: folder, Err: errors.New("the folder holds no *.yaml or *.yml file")}
	}
	return out, nil
}

// certificate makes a certificate for a host, and for the names of the flags.
func (o *emulatorOptions) certificate(host string) (*tls.Config, error) {
	certificate, err := emulator.NewCertificate(append([]string{host, "localhost"}, o.names...), o.app.env.Now())
	if err != nil {
		return nil, err
	}
	if err := disk.MakeFolder(o.tls); err != nil {
		return nil, err
	}
	if err := disk.Write(filepath.Join(o.tls, "ca.pem"), certificate.CAPEM); err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate.TLS}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}, nil
}

// serve answers requests until the context ends, and finishes those under way.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	const (
		headerTimeout = 10 * time.Second
		grace         = 5 * time.Second
	)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	stopped := context.AfterFunc(ctx, func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		_ = server.Shutdown(limited) // what is left after the grace goes with the process
	})
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
