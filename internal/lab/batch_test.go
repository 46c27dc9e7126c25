package lab

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// one is an item of a batch in a test.
type one map[string]any

func get(id, url string) one { return one{"id": id, "method": "GET", "url": url} }

func send(t *testing.T, g *Graph, items ...one) answered {
	t.Helper()
	body, err := json.Marshal(map[string]any{"requests": items})
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, g, http.MethodPost, "/$batch", body, "Content-Type", "application/json")
}

// item is an answer of a batch in a test.
type item struct {
	ID      string
	Status  int
	Headers map[string]string
	Body    json.RawMessage
}

func responses(t *testing.T, a answered) (order []string, byID map[string]item) {
	t.Helper()
	var out struct{ Responses []item }
	if err := json.Unmarshal(a.body, &out); err != nil || a.status != 200 {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	byID = map[string]item{}
	for _, r := range out.Responses {
		order = append(order, r.ID)
		byID[r.ID] = r
	}
	return order, byID
}

func TestBatchPhotos(t *testing.T) {
	g := startLab(t).Graph()
	_, got := responses(t, send(t, g,
		get("1", annaPhoto+"/$value"), get("2", strings.TrimPrefix(annaPhoto, "/")), get("3", elifPhoto),
		get("4", "/users/chloe.dubois@corp.example/photo"), get("5", "/users/nobody/photo"), get("6", "/users/ingrid.haugen@corp.example/photo")))
	var text string
	if err := json.Unmarshal(got["1"].Body, &text); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	stored, etag := g.Photo("anna.mueller@corp.example")
	if err != nil || !bytes.Equal(raw, stored) || got["1"].Headers["Content-Type"] != "image/jpeg" {
		t.Errorf("bytes: %v %v", got["1"].Headers, err)
	}
	if tag := got["1"].Headers["ETag"]; tag != etag {
		t.Errorf("etag %q, want %q", tag, etag)
	}
	if !strings.Contains(string(got["2"].Body), `"id":"240x240"`) {
		t.Errorf("metadata %s", got["2"].Body)
	}
	if got["3"].Status != 404 || !strings.Contains(string(got["3"].Body), "ImageNotFound") {
		t.Errorf("no photo: %+v", got["3"])
	}
	if r := got["4"]; r.Status != 404 || string(r.Body) != "null" || len(r.Headers) != 0 {
		t.Errorf("null body: %+v", r)
	}
	if got["5"].Status != 404 || !strings.Contains(string(got["5"].Body), "Request_ResourceNotFound") {
		t.Errorf("nobody: %+v", got["5"])
	}
	if got["6"].Status != 200 || !strings.Contains(string(got["6"].Body), `"1x1"`) {
		t.Errorf("placeholder: %+v", got["6"])
	}
	if records := g.Requests(); len(records) != 7 || records[0].InBatch == records[6].InBatch {
		t.Errorf("%d records", len(records))
	}
}

func TestBatchOrderIsShuffled(t *testing.T) {
	var items []one
	for i := range maxBatchItems {
		items = append(items, get(fmt.Sprint(i), annaPhoto))
	}
	g, same := startLab(t).Graph(), startLab(t).Graph()
	first, _ := responses(t, send(t, g, items...))
	again, _ := responses(t, send(t, same, items...))
	next, _ := responses(t, send(t, g, items...))
	if slices.IsSortedFunc(first, strings.Compare) || !slices.Equal(first, again) || slices.Equal(first, next) {
		t.Errorf("orders %v, %v, %v", first, again, next)
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	g := startLab(t).Graph()
	var many []one
	for i := range maxBatchItems + 1 {
		many = append(many, get(fmt.Sprint(i), annaPhoto))
	}
	tests := map[string][]one{
		"no items":         {},
		"too many":         many,
		"no id":            {{"method": "GET", "url": annaPhoto}},
		"equal ids":        {get("a", annaPhoto), get("A", elifPhoto)},
		"no method":        {{"id": "1", "url": annaPhoto}},
		"no url":           {{"id": "1", "method": "GET"}},
		"absolute url":     {get("1", "https://graph.microsoft.com/v1.0/users")},
		"version":          {get("1", "/v1.0/users")},
		"nested":           {get("1", "/$batch")},
		"write, no body":   {{"id": "1", "method": "PUT", "url": annaPhoto + "/$value", "headers": one{"Content-Type": "image/jpeg"}}},
		"write, no type":   {{"id": "1", "method": "PUT", "url": annaPhoto + "/$value", "body": "aGVsbG8"}},
		"unknown depended": {{"id": "1", "method": "GET", "url": annaPhoto, "dependsOn": []string{"2"}}},
	}
	for name, items := range tests {
		t.Run(name, func(t *testing.T) { wantProblem(t, send(t, g, items...), 400, "BadRequest") })
	}
	wantProblem(t, ask(t, g, http.MethodPost, "/$batch", []byte("{"), "Content-Type", "application/json"), 400, "BadRequest")
	wantProblem(t, ask(t, g, http.MethodPost, "/$batch", []byte(`{"requests":[]}`), "Content-Type", "text/plain"), 415, "BadRequest")
}

func TestBatchFaultsPerItem(t *testing.T) {
	g := startLab(t).Graph()
	g.Fail(func(r FaultRequest) *Fault {
		if r.InBatch && r.Path == annaPhoto && r.Attempt == 1 {
			return &Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "7"}
		}
		return nil
	})
	_, got := responses(t, send(t, g, get("1", annaPhoto), get("2", elifPhoto)))
	if got["1"].Status != 429 || got["1"].Headers["Retry-After"] != "7" || got["2"].Status != 404 {
		t.Errorf("items %+v", got)
	}
	_, got = responses(t, send(t, g, get("1", annaPhoto)))
	if got["1"].Status != 200 {
		t.Errorf("second attempt %+v", got["1"])
	}
}

func TestBatchDependencyAndWrite(t *testing.T) {
	g := startLab(t).Graph()
	upload := base64.RawURLEncoding.EncodeToString(portraitOf("upload", 0, 1).jpegOf(96, 85, 0))
	_, got := responses(t, send(t, g, get("1", elifPhoto),
		one{"id": "2", "method": "GET", "url": annaPhoto, "dependsOn": []string{"1"}},
		one{"id": "3", "method": "PUT", "url": elifPhoto + "/$value", "headers": one{"Content-Type": "image/jpeg"}, "body": upload}))
	if got["2"].Status != 424 || got["3"].Status != 200 || g.Writes() != 1 {
		t.Errorf("items %+v", got)
	}
}

func TestBatchRolesPerItem(t *testing.T) {
	g := startLab(t, WithTokens(true)).Graph()
	body, _ := json.Marshal(map[string]any{"requests": []one{get("1", annaPhoto), get("2", "/users?$select=id")}})
	a := ask(t, g, http.MethodPost, "/$batch", body, "Content-Type", "application/json", "Authorization", "Bearer "+g.IssueToken(3600e9, "ProfilePhoto.Read.All"))
	_, got := responses(t, a)
	if got["1"].Status != 200 || got["2"].Status != 403 {
		t.Errorf("items %+v", got)
	}
}
