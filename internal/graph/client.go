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

	"photosync/internal/pace"
	"photosync/internal/record"
)

// Settings say where Microsoft Graph is and how to talk to it.
type Settings struct {
	Root       string                 // https://graph.microsoft.com or http://127.0.0.1:1234, without version
	Credential azcore.TokenCredential // nil: no token is sent; for a loopback root only
	RootCAs    *x509.CertPool         // nil: the system's
	Version    string                 // of the product, for the User-Agent
	Timeout    time.Duration          // of one try; 0 means 100 seconds
	Patience   time.Duration          // of all tries of a request; 0 means 10 minutes

	// Concurrency bounds the requests under way; 0 means [pace.Most]. How many
	// there are within the bound is found out by itself.
	Concurrency int

	// Throttled is told of each wait that the service asks for, of all requests.
	// It may be called from several goroutines at once.
	Throttled func(pace.Wait)

	// Explain may say more of a refusal, 401 or 403, from the token that was
	// refused. May be nil.
	Explain func(token string, e *record.Error)

	Now   func() time.Time                                    // nil: time.Now
	Sleep func(ctx context.Context, wait time.Duration) error // nil: really wait
}

// Client reads from Microsoft Graph. It is safe for concurrent use.
type Client struct {
	root    *url.URL
	auth    absauth.AuthenticationProvider
	adapter *nethttp.NetHttpRequestAdapter
	http    *http.Client
	agent   string
	timeout time.Duration
	explain func(string, *record.Error)
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	pacer   *pace.Pacer
	large   chan struct{} // a place for each photo that is read in full size
	counts  counts
}

// largeAtOnce bounds the photos that are read in full size at a time: each may
// take [maxPhoto] of memory.
const largeAtOnce = 8

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
		root: root, auth: provider, http: newHTTPClient(root, s.RootCAs), agent: "UserPhotoSync/" + orElse(s.Version, "dev") + " (photosync)",
		timeout: s.Timeout, explain: s.Explain, now: s.Now, sleep: s.Sleep, large: make(chan struct{}, largeAtOnce),
		pacer: pace.New(pace.Settings{Most: s.Concurrency, Patience: s.Patience, Waiting: s.Throttled, Now: s.Now, Sleep: s.Sleep}),
	}
	if c.timeout <= 0 {
		c.timeout = 100 * time.Second
	}
	if c.explain == nil {
		c.explain = func(string, *record.Error) {}
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.sleep == nil {
		c.sleep = pace.Sleep
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

// Patience gives what work that writes again needs: how long to wait before it,
// and when it is enough.
func (c *Client) Patience() *pace.Patience { return c.pacer.Patience() }

// Pace gives the requests that may be under way now, and how many a second the
// service is asked for at most, 0 while it has refused none.
func (c *Client) Pace() (requests int, rate float64) { return c.pacer.Now() }
