package cli

import (
	"path/filepath"
	"strings"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/internal/disk"
)

// show joins what runs have left, and shows it.
func (o *fleetOptions) show() error {
	var reports []fleet.Report
	for _, folder := range o.folders {
		r, err := readFleetReport(folder)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	joined, missing, err := fleet.Join(reports)
	if err != nil {
		return usagef("%s", err).withHint("name the folders of one run, each once")
	}
	if len(missing) > 0 {
		o.app.console.Warn("parts of the fleet are missing: " + strings.Join(missing, ", "))
	}
	code := exitOfFleet(joined)
	joined.ExitCode, joined.Exit = int(code), code.row().Name
	if o.out != "" {
		if err := o.gather(reports, joined); err != nil {
			return err
		}
	}
	if err := o.print(&joined); err != nil {
		return err
	}
	switch {
	case !o.detailed:
		return nil
	case len(missing) > 0 && code == CodeOK:
		return &failure{code: CodeLive, what: "parts of the fleet are missing: " + strings.Join(missing, ", "), next: "run them, and join again"}
	}
	return fleetFailure(code, joined)
}

// gather copies the folders of all tenants into one, and writes the report
// beside them.
func (o *fleetOptions) gather(reports []fleet.Report, joined fleet.Report) error {
	if err := disk.MakeFolder(o.out); err != nil {
		return err
	}
	for i, r := range reports {
		for _, row := range r.Tenants {
			from := filepath.Join(o.folders[i], row.Name)
			if !disk.IsFolder(from) {
				continue
			}
			if err := disk.Copy(filepath.Join(o.out, row.Name), from); err != nil {
				return err
			}
		}
	}
	return keepReportIn(o.out, joined)
}
