package lab

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestTrouble(t *testing.T) {
	g := startLab(t).Graph()
	upload := portraitOf("upload", shortHair, 1).jpegOf(96, 85, 0)
	for trouble, want := range map[Trouble]struct {
		read, write int
		code        string
	}{
		NoMailbox:         {404, 404, "MailboxNotEnabledForRESTAPI"},
		MailboxOnPremises: {404, 404, "MailboxNotHostedInExchangeOnline"},
		StoreFault:        {500, 500, "ErrorStoreInternalServerError"},
		TooSmallAnyway:    {200, 400, "ValidationWidthTooSmall"},
		FormatRefused:     {200, 415, "UnsupportedMediaType"},
		UnknownForbidden:  {200, 403, "SomeNewPolicyCode"},
		NoTrouble:         {200, 200, ""},
	} {
		t.Run(string(trouble), func(t *testing.T) {
			if !g.Trouble(cloudID(t, "anna.mueller@corp.example"), trouble) {
				t.Fatal("nobody")
			}
			for _, path := range []string{annaPhoto, annaPhoto + "/$value", "/users/anna.mueller@corp.example/photos", "/users/anna.mueller@corp.example/photos/48x48/$value"} {
				a := ask(t, g, http.MethodGet, path, nil)
				if a.status != want.read || want.read != 200 && a.code(t) != want.code {
					t.Errorf("%s: %d", path, a.status)
				}
			}
			_, got := responses(t, send(t, g, get("1", annaPhoto)))
			if got["1"].Status != want.read || want.read != 200 && !strings.Contains(string(got["1"].Body), want.code) {
				t.Errorf("item: %+v", got["1"])
			}
			a := ask(t, g, http.MethodPut, annaPhoto+"/$value", upload, "Content-Type", "image/jpeg")
			if a.status != want.write || want.write != 200 && a.code(t) != want.code {
				t.Errorf("PUT: %d", a.status)
			}
		})
	}
	if g.Trouble("nobody", NoMailbox) {
		t.Error("nobody has trouble")
	}
}

func TestFalseNoPhoto(t *testing.T) {
	g := startLab(t, WithFalseNoPhoto(3)).Graph()
	var items []one
	for i := range 12 {
		items = append(items, get(fmt.Sprint(i), annaPhoto), get(fmt.Sprint("x", i), annaPhoto+"/$value"))
	}
	shapes := map[string]string{}
	for _, half := range [][]one{items[:12], items[12:]} {
		_, got := responses(t, send(t, g, half...))
		for id, r := range got {
			switch {
			case r.Status == 200:
			case strings.Contains(string(r.Body), "ImageNotFound"):
				shapes[id] = "error"
			case r.Status == 404 && string(r.Body) == "null" && len(r.Headers) == 0:
				shapes[id] = "null"
			default:
				t.Errorf("%+v", r)
			}
		}
	}
	if want := "map[11:null 2:error 5:null 8:error]"; fmt.Sprint(shapes) != want {
		t.Errorf("got %v, want %s", shapes, want)
	}
	for _, status := range statuses(t, g, 6, annaPhoto) {
		if status != 200 {
			t.Errorf("a single request: %d", status)
		}
	}
}

func TestBatchDisorder(t *testing.T) {
	g := startLab(t, WithBatchDisorder(4)).Graph()
	var items []one
	for i := range 10 {
		items = append(items, get(fmt.Sprint(i), annaPhoto))
	}
	for _, want := range []string{"37", "159"} { // the 4th, the 8th, then the 12th, the 16th and the 20th
		_, got := responses(t, send(t, g, items...))
		absent := ""
		for i := range 10 {
			if _, there := got[fmt.Sprint(i)]; !there {
				absent += fmt.Sprint(i)
			}
		}
		if absent != want {
			t.Errorf("missing %q, want %q", absent, want)
		}
	}
	if n := len(g.Requests()); n != 22 {
		t.Errorf("%d records: a missing item is carried out", n)
	}
}
