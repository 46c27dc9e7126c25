package lab

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const maxBatchItems = 20

// batchItem is one request of a batch.
type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batchAnswer is one answer of a batch.
type batchAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body"`
}

// batch answers POST /$batch.
func (g *Graph) batch(ctx context.Context, c *call) *reply {
	if c.method != http.MethodPost {
		return notAllowed(http.MethodPost)
	}
	if kind, _, err := mime.ParseMediaType(c.header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "BadRequest", "A batch needs the Content-Type application/json.")
	}
	var in struct {
		Requests []batchItem `json:"requests"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return refuse(http.StatusBadRequest, "BadRequest", "Invalid batch payload format.")
	}
	if refused := checkBatch(in.Requests); refused != nil {
		return refused
	}
	g.pauseForItems(ctx, len(in.Requests))
	answers := make([]batchAnswer, 0, len(in.Requests))
	statuses := make(map[string]int, len(in.Requests))
	for _, item := range in.Requests {
		a, dropped := g.item(ctx, c, item, statuses)
		if dropped {
			return &reply{drop: true, header: http.Header{}}
		}
		statuses[strings.ToLower(item.ID)] = a.Status
		if g.missing.due() == 0 {
			answers = append(answers, a)
		}
	}
	shuffle := rand.New(rand.NewPCG(g.settings.seed, g.batches.Add(1)))
	shuffle.Shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
	return withJSON(http.StatusOK, map[string]any{"responses": answers})
}

// pauseForItems waits what the items take beyond the latency of the batch.
func (g *Graph) pauseForItems(ctx context.Context, items int) {
	if width := g.settings.batchWidth; width > 0 {
		pause(ctx, time.Duration((items-1)/width)*g.settings.latency)
	}
}

// checkBatch refuses a batch that is malformed as a whole.
func checkBatch(items []batchItem) *reply {
	if len(items) == 0 {
		return badBatch("The batch request must contain at least one request.")
	}
	if len(items) > maxBatchItems {
		return badBatch(fmt.Sprintf("Number of batch request steps exceeds the maximum value of %d.", maxBatchItems))
	}
	seen := map[string]bool{}
	for _, item := range items {
		key := strings.ToLower(item.ID) // ids are compared without case
		switch {
		case item.ID == "":
			return badBatch("Request id is missing.")
		case seen[key]:
			return badBatch("Request id: " + item.ID + " is not unique.")
		case item.Method == "":
			return badBatch("Request id : " + item.ID + " does not contain a method.")
		case item.URL == "" || strings.Contains(item.URL, "://") || strings.HasPrefix(strings.TrimPrefix(item.URL, "/"), "v1.0/") || strings.HasPrefix(strings.TrimPrefix(item.URL, "/"), "beta/"):
			return badBatch("Request id : " + item.ID + " needs a relative URL without a version.")
		case strings.HasPrefix(strings.TrimPrefix(item.URL, "/"), "$batch"):
			return badBatch("Request id : " + item.ID + " is a batch itself.")
		case slices.Contains([]string{http.MethodPut, http.MethodPost, http.MethodPatch}, strings.ToUpper(item.Method)) && (len(item.Body) == 0 || item.header().Get("Content-Type") == ""):
			return badBatch("Write request id : " + item.ID + " does not contain Content-Type header or body.")
		}
		for _, d := range item.DependsOn {
			if !seen[strings.ToLower(d)] {
				return badBatch("Request id : " + item.ID + " depends on a request that does not come before it.")
			}
		}
		seen[key] = true
	}
	return nil
}

func badBatch(message string) *reply {
	return refuse(http.StatusBadRequest, "BadRequest", message)
}

func (b batchItem) header() http.Header {
	h := http.Header{}
	for k, v := range b.Headers {
		h.Set(k, v)
	}
	return h
}

// item carries out one request of a batch.
func (g *Graph) item(ctx context.Context, outer *call, b batchItem, statuses map[string]int) (a batchAnswer, dropped bool) {
	path, query, _ := strings.Cut(b.URL, "?")
	c := &call{method: strings.ToUpper(b.Method), path: "/" + strings.TrimPrefix(path, "/"), query: query, header: b.header(), inBatch: true,
		token: outer.token, id: uuid.NewString(), clientID: outer.clientID, sentID: outer.sentID}
	if id := c.header.Get("client-request-id"); id != "" {
		c.clientID, c.sentID = id, id
	}
	out := g.itemReply(ctx, c, b, statuses)
	out.finish(c, g.settings.now())
	if !g.settings.withoutLog {
		g.log.add(RequestRecord{Method: c.method, Path: c.path, URI: b.URL, Header: c.header, BodySize: len(c.body), BodySHA256: digest(c.body), InBatch: true, Status: out.status})
	}
	if out.drop {
		return batchAnswer{}, true
	}
	return out.item(b.ID), false
}

func (g *Graph) itemReply(ctx context.Context, c *call, b batchItem, statuses map[string]int) *reply {
	for _, d := range b.DependsOn {
		if statuses[strings.ToLower(d)] >= 400 {
			return refuse(http.StatusFailedDependency, "FailedDependency", "A request that this one depends on has failed.")
		}
	}
	body, err := b.bytes(c.header)
	if err != nil {
		return badBatch("Request id : " + b.ID + " has a body that is not base64.")
	}
	c.body = body
	if out := g.faulted(ctx, c, func() *reply { return g.route(c) }); out != nil {
		return out
	}
	if out := g.overload.met(true); out != nil {
		return out
	}
	if out := g.throttle.admit(c.token); out != nil {
		return out
	}
	return g.route(c)
}

// bytes gives the body of an item: JSON as it is, anything else from base64 or
// base64url, padded or not.
func (b batchItem) bytes(h http.Header) ([]byte, error) {
	if len(b.Body) == 0 || strings.HasPrefix(h.Get("Content-Type"), "application/json") {
		return b.Body, nil
	}
	var text string
	if err := json.Unmarshal(b.Body, &text); err != nil {
		return nil, fmt.Errorf("read the body as a string: %w", err)
	}
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("decode the body: %w", err)
	}
	return raw, nil
}

// item gives a reply as the answer of a batch: JSON as it is, other bytes as a
// base64 string.
func (r *reply) item(id string) batchAnswer {
	a := batchAnswer{ID: id, Status: r.status}
	if r.noBody {
		return a
	}
	a.Headers = make(map[string]string, len(r.header))
	for k := range r.header {
		switch {
		case k == "Etag": // net/http's spelling; in JSON the documented one counts
			a.Headers["ETag"] = r.header.Get(k)
		case !strings.Contains(strings.ToLower(k), "request-id"):
			a.Headers[k] = r.header.Get(k)
		}
	}
	switch {
	case len(r.body) == 0:
	case strings.Contains(r.header.Get("Content-Type"), "json") && json.Valid(r.body):
		a.Body = json.RawMessage(r.body)
	default:
		a.Body = base64.StdEncoding.EncodeToString(r.body)
	}
	return a
}
