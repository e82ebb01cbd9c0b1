package graph

import (
	"net/http"
	"strconv"
	"sync/atomic"
)

// Usage is what a reader or writer has asked of the service so far.
type Usage struct {
	Requests int // on the wire: a repeated call counts again, a batch once

	// ResourceUnits are what the replies said that they cost, those within
	// batches included (Graph docs, throttling limits: x-ms-resource-unit).
	ResourceUnits int
}

// Usage tells what the reader has asked of the service so far. It may be
// called at any time.
func (r *Reader) Usage() Usage { return r.client.meter.usage() }

// meter counts what is sent.
type meter struct{ requests, units atomic.Int64 }

func (m *meter) usage() Usage {
	return Usage{Requests: int(m.requests.Load()), ResourceUnits: int(m.units.Load())}
}

// cost adds what a reply says that it cost.
func (m *meter) cost(h http.Header) {
	if units, err := strconv.ParseUint(h.Get("x-ms-resource-unit"), 10, 16); err == nil {
		m.units.Add(int64(units))
	}
}
