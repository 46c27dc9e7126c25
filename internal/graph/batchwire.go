package graph

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	abs "github.com/microsoft/kiota-abstractions-go"

	"photosync/internal/record"
)

// The SDK's own batch types are not used: measured, an answer that is base64
// text ends there in "interface was not a map".

// batchRequest is the body of a $batch.
type batchRequest struct {
	Requests []batchItem `json:"requests"`
}

type batchItem struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	URL    string `json:"url"` // relative, without version
}

func (c *Client) batchCall(items []item) (call, error) {
	r := batchRequest{Requests: make([]batchItem, len(items))}
	for i, it := range items {
		r.Requests[i] = batchItem{ID: strconv.Itoa(i + 1), Method: http.MethodGet, URL: it.path}
	}
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return call{}, record.Errorf(record.InternalError, "write a batch: %w", err)
	}
	return call{
		kind: metadataCall, attempt: "read the photos' metadata of " + strconv.Itoa(len(items)) + " people", method: abs.POST, url: c.at("/$batch", ""),
		accept: acceptJSON, body: bytes.TrimSpace(body.Bytes()), bodyType: "application/json",
		requestID: uuid.NewString(), people: len(items), limit: maxJSON, weight: "batch",
	}, nil
}

// answers gives the answers inside a batch in the order of its items, nil for
// an item of which the service says nothing, or says something twice.
func (q call) answers(a answer) ([]*answer, error) {
	body, err := q.json(a)
	if err != nil {
		return nil, err
	}
	var parsed struct {
		Responses []struct {
			ID      string                     `json:"id"`
			Status  int                        `json:"status"`
			Headers map[string]json.RawMessage `json:"headers"`
			Body    json.RawMessage            `json:"body"`
		} `json:"responses"`
	}
	if err := json.Unmarshal(body, &parsed); err != nil {
		return nil, q.invalid(a, "the answer to the batch does not parse: %w", err)
	}
	if parsed.Responses == nil {
		return nil, q.invalid(a, "the answer is not that to a batch")
	}
	answers, twice := make([]*answer, q.people), make([]bool, q.people)
	for _, r := range parsed.Responses {
		n, err := strconv.Atoi(r.ID)
		if err != nil || n < 1 || n > q.people {
			continue // nobody asked for it
		}
		twice[n-1] = answers[n-1] != nil
		answers[n-1] = &answer{status: r.Status, header: itemHeader(r.Headers, a), body: itemBody(r.Body), token: a.token, explain: a.explain}
	}
	for i := range twice {
		if twice[i] {
			answers[i] = nil
		}
	}
	return answers, nil
}

// itemHeader gives an item's headers, with the request id and the date of the
// batch where the item has none.
func itemHeader(raw map[string]json.RawMessage, outer answer) http.Header {
	h := http.Header{}
	for name, value := range raw {
		var s string
		if json.Unmarshal(value, &s) != nil {
			s = string(value) // a number, as in "Retry-After": 5
		}
		h.Set(name, s)
	}
	for _, name := range []string{"request-id", "Date"} {
		if h.Get(name) == "" {
			h.Set(name, outer.header.Get(name))
		}
	}
	return h
}

// itemBody gives an item's body: JSON as it is, base64 text decoded, nothing for null.
func itemBody(raw json.RawMessage) []byte {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if raw[0] != '"' {
		return raw
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return raw
	}
	if b, err := decodeBase64(text); err == nil {
		return b
	}
	return []byte(text)
}

// decodeBase64 takes both alphabets, padded or not.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(s)), "=")
	return base64.RawStdEncoding.DecodeString(s)
}
