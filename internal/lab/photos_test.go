package lab

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	annaPhoto = "/users/anna.mueller@corp.example/photo"
	elifPhoto = "/users/elif.yilmaz@corp.example/photo"
)

func TestPhotoMetadata(t *testing.T) {
	g := startLab(t).Graph()
	id := cloudID(t, "anna.mueller@corp.example")
	got := ask(t, g, http.MethodGet, annaPhoto, nil).json(t)
	if got["id"] != "240x240" || got["width"] != 240.0 || got["height"] != 240.0 || got["@odata.mediaContentType"] != "image/jpeg" {
		t.Errorf("metadata %v", got)
	}
	if want := "https://graph.microsoft.com/v1.0/$metadata#users('" + id + "')/photo/$entity"; got["@odata.context"] != want {
		t.Errorf("context %v, want %s", got["@odata.context"], want)
	}
	etag, _ := got["@odata.mediaEtag"].(string)
	if !regexp.MustCompile(`^"[0-9a-f]{64}"$`).MatchString(etag) {
		t.Errorf("etag %s", etag)
	}
	value := ask(t, g, http.MethodGet, annaPhoto+"/$value", nil, "If-None-Match", etag)
	stored, storedTag := g.Photo(id)
	if value.status != 200 || value.header.Get("ETag") != etag || value.header.Get("Content-Type") != "image/jpeg" || !bytes.Equal(value.body, stored) || storedTag != etag {
		t.Errorf("value: %d %v", value.status, value.header)
	}
}

func TestSizes(t *testing.T) {
	g := startLab(t).Graph()
	var names []string
	for _, v := range ask(t, g, http.MethodGet, "/users/anna.mueller@corp.example/photos", nil).json(t)["value"].([]any) {
		names = append(names, v.(map[string]any)["id"].(string))
	}
	if !slices.Equal(names, []string{"48x48", "64x64", "96x96", "120x120", "240x240"}) {
		t.Errorf("sizes %v", names)
	}
	a := ask(t, g, http.MethodGet, "/users/anna.mueller@corp.example/photos/64X64/$value", nil)
	config, _, err := image.DecodeConfig(bytes.NewReader(a.body))
	if err != nil || config.Width != 64 || config.Height != 64 {
		t.Errorf("rendition %v %v", config, err)
	}
	if m := ask(t, g, http.MethodGet, "/users/anna.mueller@corp.example/photos/96x96", nil).json(t); m["width"] != 96.0 {
		t.Errorf("metadata %v", m)
	}
	for _, size := range []string{"360x360", "100x100"} {
		wantProblem(t, ask(t, g, http.MethodGet, "/users/anna.mueller@corp.example/photos/"+size+"/$value", nil), 404, "ImageNotFound")
	}
}

func TestNoPhotoShapes(t *testing.T) {
	g := startLab(t).Graph()
	a := ask(t, g, http.MethodGet, elifPhoto, nil)
	wantProblem(t, a, 404, "ImageNotFound")
	if !strings.Contains(string(a.body), "Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException") {
		t.Errorf("message: %s", a.body)
	}
	wantProblem(t, ask(t, g, http.MethodGet, "/users/henrik.sorensen@corp.example/photo/$value", nil), 404, "ErrorEntityNotFound")
	wantProblem(t, ask(t, g, http.MethodGet, "/users/chloe.dubois@corp.example/photo", nil), 404, "ImageNotFound")
	m := ask(t, g, http.MethodGet, "/users/ingrid.haugen@corp.example/photo", nil).json(t)
	if m["id"] != "1x1" || m["width"] != 1.0 || m["@odata.mediaContentType"] != "image/gif" || m["@odata.mediaEtag"] != "" {
		t.Errorf("placeholder %v", m)
	}
	value := ask(t, g, http.MethodGet, "/users/ingrid.haugen@corp.example/photo/$value", nil)
	if p, err := gif.Decode(bytes.NewReader(value.body)); err != nil || p.Bounds().Dx() != 1 {
		t.Errorf("placeholder: %v", err)
	}
	list := ask(t, g, http.MethodGet, "/users/elif.yilmaz@corp.example/photos", nil).json(t)["value"].([]any)
	if len(list) != 0 {
		t.Errorf("sizes of no photo: %v", list)
	}
}

func TestReplacePhoto(t *testing.T) {
	g := startLab(t).Graph()
	before := ask(t, g, http.MethodGet, annaPhoto, nil).json(t)["@odata.mediaEtag"]
	upload := portraitOf("upload", shortHair, 1).jpegSized(900, 700, 90, 3)
	if a := ask(t, g, http.MethodPut, annaPhoto+"/$value", upload, "Content-Type", "image/jpeg"); a.status != 200 || len(a.body) != 0 {
		t.Fatalf("PUT: %d %s", a.status, a.body)
	}
	m := ask(t, g, http.MethodGet, annaPhoto, nil).json(t)
	if m["@odata.mediaEtag"] == before || m["id"] != "648x648" {
		t.Errorf("after the write: %v", m)
	}
	value := ask(t, g, http.MethodGet, annaPhoto+"/$value", nil).body
	if bytes.Equal(value, upload) {
		t.Error("the service gave the upload back as it was")
	}
	again := ask(t, g, http.MethodPut, annaPhoto+"/$value", upload, "Content-Type", "image/jpeg")
	if moved := ask(t, g, http.MethodGet, annaPhoto, nil).json(t)["@odata.mediaEtag"]; again.status != 200 || moved == m["@odata.mediaEtag"] {
		t.Error("the etag does not move with every write")
	}
	png := portraitOf("upload", longHair, 1).pngOf(120)
	if a := ask(t, g, http.MethodPut, elifPhoto+"/$value", png, "Content-Type", "image/png"); a.status != 200 {
		t.Errorf("PNG: %d %s", a.status, a.body)
	}
	if g.Writes() != 3 {
		t.Errorf("%d writes", g.Writes())
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	g := startLab(t).Graph()
	good := portraitOf("upload", shortHair, 1).jpegOf(96, 85, 0)
	small := portraitOf("upload", shortHair, 1).jpegOf(47, 85, 0)
	jpegType := []string{"Content-Type", "image/jpeg"}
	tests := []struct {
		name    string
		body    []byte
		headers []string
		status  int
		code    string
	}{
		{"no content type", good, nil, 400, "BadRequest"},
		{"two content types", good, []string{"Content-Type", "image/jpeg", "Content-Type", "application/octet-stream"}, 400, "BadRequest"},
		{"octet stream", good, []string{"Content-Type", "application/octet-stream"}, 400, "ErrorInternalServerError"},
		{"compressed", good, append([]string{"Content-Encoding", "gzip"}, jpegType...), 400, "BadRequest"},
		{"too large", make([]byte, largestBody+1), jpegType, 413, "RequestEntityTooLarge"},
		{"not a picture", []byte("hello"), jpegType, 400, "ErrorInvalidImage"},
		{"empty", nil, jpegType, 400, "ErrorInvalidImage"},
		{"truncated", good[:len(good)/2], jpegType, 400, "ErrorInvalidImage"},
		{"wrong label", good, []string{"Content-Type", "image/png"}, 400, "ErrorInvalidImage"},
		{"too small", small, jpegType, 400, "ValidationWidthTooSmall"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantProblem(t, ask(t, g, http.MethodPut, annaPhoto+"/$value", tt.body, tt.headers...), tt.status, tt.code)
		})
	}
	wantProblem(t, ask(t, g, http.MethodPut, "/users/nobody/photo/$value", good, jpegType...), 404, "Request_ResourceNotFound")
	if g.Writes() != 0 {
		t.Errorf("%d writes were accepted", g.Writes())
	}
}

func TestRemovePhoto(t *testing.T) {
	g := startLab(t).Graph()
	if a := ask(t, g, http.MethodDelete, annaPhoto+"/$value", nil); a.status != 200 {
		t.Errorf("DELETE: %d", a.status)
	}
	wantProblem(t, ask(t, g, http.MethodGet, annaPhoto, nil), 404, "ImageNotFound")
	wantProblem(t, ask(t, g, http.MethodDelete, annaPhoto+"/$value", nil), 404, "ImageNotFound")
	if g.Writes() != 1 {
		t.Errorf("%d writes", g.Writes())
	}
}

func TestVisibilityByReads(t *testing.T) {
	g := startLab(t, WithVisibilityReads(2)).Graph()
	upload := portraitOf("upload", shortHair, 1).jpegOf(96, 85, 0)
	before, _ := g.Photo("anna.mueller@corp.example")
	ask(t, g, http.MethodPut, annaPhoto+"/$value", upload, "Content-Type", "image/jpeg")
	after, _ := g.Photo("anna.mueller@corp.example")
	for i, want := range [][]byte{before, before, after, after} {
		if got := ask(t, g, http.MethodGet, annaPhoto+"/$value", nil).body; !bytes.Equal(got, want) {
			t.Errorf("read %d shows the wrong photo", i+1)
		}
	}
}

func TestVisibilityByTime(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	g := startLab(t, WithVisibilityDelay(time.Minute), WithClock(func() time.Time { return now })).Graph()
	upload := portraitOf("upload", shortHair, 1).jpegOf(96, 85, 0)
	ask(t, g, http.MethodPut, elifPhoto+"/$value", upload, "Content-Type", "image/jpeg")
	wantProblem(t, ask(t, g, http.MethodGet, elifPhoto, nil), 404, "ImageNotFound")
	now = now.Add(2 * time.Minute)
	if a := ask(t, g, http.MethodGet, elifPhoto, nil); a.status != 200 {
		t.Errorf("after the delay: %d", a.status)
	}
}

func TestSetPhoto(t *testing.T) {
	g := startLab(t, WithVisibilityReads(5)).Graph()
	_, before := g.Photo("anna.mueller@corp.example")
	if err := g.SetPhoto(cloudID(t, "anna.mueller@corp.example"), portraitOf("selfie", longHair, 3).jpegOf(360, 85, 2)); err != nil {
		t.Fatal(err)
	}
	m := ask(t, g, http.MethodGet, annaPhoto, nil).json(t)
	if m["id"] != "360x360" || m["@odata.mediaEtag"] == before || g.Writes() != 0 {
		t.Errorf("after a change by the person: %v", m)
	}
	if err := g.SetPhoto("anna.mueller@corp.example", nil); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, ask(t, g, http.MethodGet, annaPhoto, nil), 404, "ImageNotFound")
	if g.SetPhoto("nobody", nil) == nil {
		t.Error("nobody has a photo now")
	}
}

func TestFaults(t *testing.T) {
	g := startLab(t).Graph()
	g.Fail(func(r FaultRequest) *Fault {
		switch {
		case r.Path == annaPhoto && r.Attempt == 1:
			return &Fault{Status: 429, Code: "TooManyRequests", RetryAfter: "3"}
		case r.Path == "/users" && r.Attempt == 1:
			return &Fault{RawBody: "<html>Sign in</html>", ContentType: "text/html"}
		case r.Path == "/users" && r.Attempt == 2:
			return &Fault{Status: 302, Location: "https://evil.example/"}
		case strings.HasPrefix(r.Path, "/users/elif") && r.Method == http.MethodPut:
			return &Fault{Drop: true, After: true}
		case r.Path == "/users/na.li@corp.example":
			return &Fault{Drop: true}
		}
		return nil
	})
	a := ask(t, g, http.MethodGet, annaPhoto, nil)
	wantProblem(t, a, 429, "TooManyRequests")
	if a.header.Get("Retry-After") != "3" {
		t.Error("no Retry-After")
	}
	if a := ask(t, g, http.MethodGet, annaPhoto, nil); a.status != 200 {
		t.Errorf("second attempt: %d", a.status)
	}
	if a := ask(t, g, http.MethodGet, "/users", nil); a.status != 200 || a.header.Get("Content-Type") != "text/html" || string(a.body) != "<html>Sign in</html>" {
		t.Errorf("HTML: %d %s", a.status, a.body)
	}
	if a := ask(t, g, http.MethodGet, "/users", nil); a.status != 302 || a.header.Get("Location") != "https://evil.example/" {
		t.Errorf("redirect: %d", a.status)
	}
	if _, err := tryAsk(t, g, http.MethodGet, "/users/na.li@corp.example", nil); err == nil {
		t.Error("a dropped connection gave an answer")
	}
	if _, err := tryAsk(t, g, http.MethodPut, elifPhoto+"/$value", portraitOf("upload", 0, 1).jpegOf(96, 85, 0), "Content-Type", "image/jpeg"); err == nil {
		t.Error("a dropped connection gave an answer")
	}
	if stored, _ := g.Photo("elif.yilmaz@corp.example"); stored == nil || g.Writes() != 1 {
		t.Error("the write before the drop was not carried out")
	}
}

func TestRequestRecords(t *testing.T) {
	g := startLab(t).Graph()
	upload := portraitOf("upload", 0, 1).jpegOf(96, 85, 0)
	ask(t, g, http.MethodPut, annaPhoto+"/$value", upload, "Content-Type", "image/jpeg", "client-request-id", "w1")
	got := g.Requests()
	if len(got) != 1 {
		t.Fatalf("%d records", len(got))
	}
	r := got[0]
	if r.Method != "PUT" || r.Path != annaPhoto+"/$value" || r.URI != "/v1.0"+annaPhoto+"/$value" || r.BodySize != len(upload) || r.ContentLength != int64(len(upload)) ||
		r.BodySHA256 != digest(upload) || r.Header.Get("client-request-id") != "w1" || r.Status != 200 || r.InBatch {
		t.Errorf("record %+v", r)
	}
	g.ForgetRequests()
	if len(g.Requests()) != 0 {
		t.Error("not forgotten")
	}
}

// flat gives a picture of one colour.
func flat(side int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	p.Set(0, 0, color.Black)
	return p
}

func TestStoredForm(t *testing.T) {
	for side, want := range map[int]int{48: 48, 240: 240, 648: 648, 1000: 648} {
		body, err := encodeJPEG(flat(side), 90)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := storedForm(body)
		if err != nil {
			t.Fatal(err)
		}
		if w, h, kind := measure(kept); w != want || h != want || kind != "image/jpeg" {
			t.Errorf("%d became %s", side, fmt.Sprint(w, h, kind))
		}
	}
}
