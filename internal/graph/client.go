package graph

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	absauth "github.com/microsoft/kiota-abstractions-go/authentication"
	azureauth "github.com/microsoft/kiota-authentication-azure-go"
	nethttp "github.com/microsoft/kiota-http-go"
	jsonserialization "github.com/microsoft/kiota-serialization-json-go"
	msgraphgocore "github.com/microsoftgraph/msgraph-sdk-go-core"

	"photosync/internal/record"
)

// maxInFlight bounds the requests under way at any time, over the whole client.
const maxInFlight = 4

// Settings say where Microsoft Graph is and how to talk to it.
type Settings struct {
	Root       string                 // https://graph.microsoft.com or http://127.0.0.1:1234, without version
	Credential azcore.TokenCredential // nil: no token is sent; for a loopback root only
	RootCAs    *x509.CertPool         // nil: the system's
	Version    string                 // of the product, for the User-Agent
	Timeout    time.Duration          // of one try; 0 means 100 seconds

	// Throttled is told of each wait that the service asks for. It may be
	// called from several goroutines at once.
	Throttled func(wait time.Duration)

	Now   func() time.Time                                    // nil: time.Now
	Sleep func(ctx context.Context, wait time.Duration) error // nil: really wait
}

// Client reads from Microsoft Graph. It is safe for concurrent use.
type Client struct {
	root      *url.URL
	auth      absauth.AuthenticationProvider
	adapter   *nethttp.NetHttpRequestAdapter
	http      *http.Client
	agent     string
	timeout   time.Duration
	throttled func(time.Duration)
	now       func() time.Time
	sleep     func(context.Context, time.Duration) error
	slots     chan struct{}
	counts    counts
}

// makeRegistry has the SDK make its table of errors, which it would else make
// when two goroutines ask for it first, without a lock around the first look
// (msgraph-sdk-go-core 1.4.0, getInstance). The race detector saw it.
var makeRegistry = sync.OnceFunc(func() { msgraphgocore.GetErrorFactoryFromRegistry("") })

// New makes a client. It sends nothing yet.
func New(s Settings) (*Client, error) {
	makeRegistry()
	root, err := parseRoot(s.Root)
	if err != nil {
		return nil, err
	}
	if s.Credential == nil && !isLoopback(root) {
		return nil, record.Errorf(record.CredentialsMissing, "no credentials for %s", root.Host)
	}
	provider, err := authentication(root, s.Credential)
	if err != nil {
		return nil, record.Errorf(record.InternalError, "set up authentication: %w", err)
	}
	c := &Client{
		root: root, auth: provider, http: newHTTPClient(root, s.RootCAs), agent: "photosync/" + orElse(s.Version, "dev"),
		timeout: s.Timeout, throttled: s.Throttled, now: s.Now, sleep: s.Sleep, slots: make(chan struct{}, maxInFlight),
	}
	if c.timeout <= 0 {
		c.timeout = 100 * time.Second
	}
	if c.throttled == nil {
		c.throttled = func(time.Duration) {}
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	c.adapter, err = nethttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		provider, jsonserialization.NewJsonParseNodeFactory(), jsonserialization.NewJsonSerializationWriterFactory(), c.http)
	if err != nil {
		return nil, record.Errorf(record.InternalError, "set up the request adapter: %w", err)
	}
	return c, nil
}

func authentication(root *url.URL, credential azcore.TokenCredential) (absauth.AuthenticationProvider, error) {
	if credential == nil {
		return &absauth.AnonymousAuthenticationProvider{}, nil
	}
	return azureauth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(credential, nil, []string{root.Hostname()})
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Close gives back the idle connections. Requests under way go on.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// counts has the counters of [record.Requests].
type counts struct {
	roster, batch, batchItems, download, put, delete, throttled atomic.Int64
}

// Requests gives the counters: what was asked of Microsoft Graph so far,
// retries included.
func (c *Client) Requests() record.Requests {
	n := &c.counts
	return record.Requests{
		Roster: n.roster.Load(), Batch: n.batch.Load(), BatchItems: n.batchItems.Load(), Download: n.download.Load(),
		Put: n.put.Load(), Delete: n.delete.Load(), Throttled: n.throttled.Load(),
	}
}

func (n *counts) add(q call) {
	switch q.kind {
	case rosterCall:
		n.roster.Add(1)
	case metadataCall:
		n.batch.Add(1)
		n.batchItems.Add(int64(q.people))
	case downloadCall:
		n.download.Add(1)
	case putCall:
		n.put.Add(1)
	case deleteCall:
		n.delete.Add(1)
	}
}

// take waits for one of the client's slots.
func (c *Client) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) release() { <-c.slots }
