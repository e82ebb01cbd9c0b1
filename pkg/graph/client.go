package graph

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// client sends calls through the pipeline and sorts what comes back. Readers
// and writers differ in its retry options.
type client struct {
	root     serviceRoot
	pipeline runtime.Pipeline
	outside  policy.Transporter // for what is not the service's: it carries no token
	agent    string             // of every request
	meter    *meter
	limit    *lookupLimit
	waiting  func(Wait) // nil: nobody is told of pauses
}

func newClient(cfg Config, retry policy.RetryOptions) (*client, error) {
	root, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	limit := newLookupLimit()
	tokens := &tokens{credential: markedCredential{cfg.Credential}, scope: cfg.scope(root)}
	meter := &meter{}
	pipeline := runtime.NewPipeline("licensectl", "",
		runtime.PipelineOptions{
			PerCall:  []policy.Policy{userAgent(cfg.userAgent())},
			PerRetry: []policy.Policy{abreast{limit}, bearer{tokens}, attempt{meter, cfg.Waiting}},
		},
		&policy.ClientOptions{
			Retry:     retry,
			Telemetry: policy.TelemetryOptions{Disabled: true},
			Transport: newOriginGuard(root, cfg.transporter()),
		})
	return &client{root: root, pipeline: pipeline, outside: cfg.transporter(), agent: cfg.userAgent(), meter: meter, limit: limit, waiting: cfg.Waiting}, nil
}

// request is what an operation asks of the service.
type request struct {
	op     Op
	method string
	url    string // absolute
	body   []byte // JSON; nil: none
	room   room   // where the reply may be put, so that it lasts until the room is used again

	single bool // it is sent once: whoever asks repeats it
	units  int  // that it costs, where it goes beside others within the limit; 0: it does not

	// eventual asks for an advanced query, which an index answers that lags
	// behind the directory (Graph docs, aad-advanced-queries).
	eventual bool
}

// get is the request that reads an address.
func get(op Op, url string) request { return request{op: op, method: http.MethodGet, url: url} }

// path is what errors may show of the address: not the query, which names
// people.
func (r request) path() string {
	u, err := url.Parse(r.url)
	if err != nil {
		return ""
	}
	return oneLine(u.Path)
}

// send carries a request out. The exchange is never nil and holds what was
// sent and what came back. The error is an *Error for all but a reply with a
// status of success that arrived whole.
func (c *client) send(ctx context.Context, req request) (*exchange, error) {
	ex := &exchange{op: req.op, room: req.room, single: req.single, units: req.units}
	if err := c.transmit(ctx, req, ex); err != nil {
		return ex, callError(req, ex, err)
	}
	switch {
	case ex.status >= 300 && ex.status < 400:
		return ex, callError(req, ex, redirectError(ex.header))
	case ex.status < 200 || ex.status >= 400:
		return ex, callError(req, ex, nil)
	}
	return ex, nil
}

// transmit puts a request through the pipeline, whose innermost policy fills
// in what was exchanged.
func (c *client) transmit(ctx context.Context, req request, ex *exchange) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if req.single {
		ctx = policy.WithRetryOptions(ctx, noRetries())
	}
	message, err := runtime.NewRequest(ctx, req.method, req.url)
	if err != nil {
		return errors.New("the address is not valid")
	}
	message.Raw().Header.Set("Accept", "application/json")
	if req.eventual {
		message.Raw().Header.Set("ConsistencyLevel", "eventual")
	}
	if req.body != nil {
		body := streaming.NopCloser(bytes.NewReader(req.body))
		if err := message.SetBody(body, "application/json"); err != nil {
			return err
		}
	}
	runtime.SkipBodyDownload(message) // attempt does it
	message.SetOperationValue(ex)
	_, err = c.pipeline.Do(message)
	return err
}

// userAgent names the tool in every request.
type userAgent string

func (ua userAgent) Do(req *policy.Request) (*http.Response, error) {
	req.Raw().Header.Set("User-Agent", string(ua))
	return req.Next()
}
