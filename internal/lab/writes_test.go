package lab

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func uploadOf(name string) []byte { return portraitOf(name, shortHair, 1).jpegOf(120, 85, 1) }

// wantWrites compares the log, but for times.
func wantWrites(t *testing.T, g *Graph, want ...Written) {
	t.Helper()
	if diff := cmp.Diff(want, g.WriteLog(), cmpopts.IgnoreFields(Written{}, "Time"), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestWriteLog(t *testing.T) {
	clock := newClock()
	g := startLab(t, WithClock(clock.now), WithVisibilityReads(100)).Graph()
	anna, elif := cloudID(t, "anna.mueller@corp.example"), cloudID(t, "elif.yilmaz@corp.example")
	first, firstTag := g.Photo(anna)
	ask(t, g, http.MethodPut, annaPhoto+"/$value", uploadOf("a"), "Content-Type", "image/jpeg", "client-request-id", "w1")
	second, secondTag := g.Photo(anna)
	send(t, g,
		one{"id": "1", "method": "PUT", "url": elifPhoto + "/$value", "body": base64.StdEncoding.EncodeToString(uploadOf("b")),
			"headers": map[string]string{"Content-Type": "image/jpeg", "client-request-id": "w2"}},
		one{"id": "2", "method": "DELETE", "url": annaPhoto + "/$value"})
	elifs, elifTag := g.Photo(elif)
	ask(t, g, http.MethodPut, annaPhoto+"/$value", []byte("no picture"), "Content-Type", "image/jpeg", "client-request-id", "refused")
	ask(t, g, http.MethodDelete, annaPhoto+"/$value", nil, "client-request-id", "none there")
	if err := g.SetPhoto(elif, uploadOf("c")); err != nil {
		t.Fatal(err)
	}
	wantWrites(t, g,
		Written{UserID: anna, Method: "PUT", ClientRequestID: "w1", Before: digest(first), After: digest(second), ETagBefore: firstTag, ETagAfter: secondTag},
		Written{UserID: elif, Method: "PUT", ClientRequestID: "w2", After: digest(elifs), ETagAfter: elifTag},
		Written{UserID: anna, Method: "DELETE", Before: digest(second), ETagBefore: secondTag})
	if at := g.WriteLog()[0].Time; !at.Equal(clock.now()) {
		t.Errorf("written at %v", at)
	}
}

// A write whose answer nobody hears is in the log: the connection is dropped
// afterwards, or the client has gone.
func TestWritesWithoutAnAnswerAreLogged(t *testing.T) {
	l := startLab(t)
	g := l.Graph()
	elif := cloudID(t, "elif.yilmaz@corp.example")
	g.Fail(func(FaultRequest) *Fault { return &Fault{After: true, Drop: true} })
	if _, err := tryAsk(t, g, http.MethodPut, elifPhoto+"/$value", uploadOf("a"), "Content-Type", "image/jpeg", "client-request-id", "dropped"); err == nil {
		t.Error("the answer came")
	}
	first, firstTag := g.Photo(elif)

	reached, gone := make(chan struct{}), make(chan struct{})
	g.Fail(func(FaultRequest) *Fault { close(reached); <-gone; return nil })
	ctx, kill := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, g.URL()+"/v1.0"+elifPhoto+"/$value", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("client-request-id", "killed")
	go func() { <-reached; kill() }()
	if _, err := client(t).Do(r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(gone)
	if err := l.Close(); err != nil { // waits for what is under way
		t.Fatal(err)
	}
	wantWrites(t, g,
		Written{UserID: elif, Method: "PUT", ClientRequestID: "dropped", After: digest(first), ETagAfter: firstTag},
		Written{UserID: elif, Method: "DELETE", ClientRequestID: "killed", Before: digest(first), ETagBefore: firstTag})
}

func TestWriteLogIsAChain(t *testing.T) {
	g := startLab(t).Graph()
	before, _ := g.Photo("anna.mueller@corp.example")
	var wait sync.WaitGroup
	for i := range 4 {
		upload := uploadOf(string(rune('a' + i)))
		wait.Go(func() {
			for range 5 {
				ask(t, g, http.MethodPut, annaPhoto+"/$value", upload, "Content-Type", "image/jpeg")
			}
		})
	}
	wait.Wait()
	list, last := g.WriteLog(), digest(before)
	for i, w := range list {
		if w.Before != last || w.ETagBefore == w.ETagAfter || i > 0 && w.ETagBefore != list[i-1].ETagAfter {
			t.Errorf("write %d does not follow on the one before it", i)
		}
		last = w.After
	}
	if after, _ := g.Photo("anna.mueller@corp.example"); len(list) != 20 || last != digest(after) {
		t.Errorf("%d writes, the last is not what is stored", len(list))
	}
}

func TestWriteLogIsBounded(t *testing.T) {
	var l writeLog
	for range maxWritten + 1 {
		l.add(Written{})
	}
	l.add(Written{ClientRequestID: "last"})
	if n := len(l.list); n > maxWritten || n < maxWritten*8/10 || l.list[n-1].ClientRequestID != "last" {
		t.Errorf("%d writes", n)
	}
	g := startLab(t, WithoutRequestLog()).Graph()
	ask(t, g, http.MethodDelete, annaPhoto+"/$value", nil)
	if g.Writes() != 1 || len(g.WriteLog()) != 0 {
		t.Errorf("%d writes, %d in the log", g.Writes(), len(g.WriteLog()))
	}
}

// Everything is changed and put back: then every byte is as it was.
func TestPutBack(t *testing.T) {
	g := startLab(t).Graph()
	if err := g.SetPhoto("elif.yilmaz@corp.example", uploadOf("own choice")); err != nil {
		t.Fatal(err)
	}
	before := g.Photos()
	backups := map[string][]byte{}
	for id := range before {
		backups[id] = ask(t, g, http.MethodGet, "/users/"+id+"/photo/$value", nil).body
		if a := ask(t, g, http.MethodPut, "/users/"+id+"/photo/$value", Logo(), "Content-Type", "image/jpeg"); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	logo, err := storedForm(Logo())
	if err != nil {
		t.Fatal(err)
	}
	for id, photo := range g.Photos() {
		if !bytes.Equal(photo, logo) {
			t.Errorf("%s is not the logo, re-encoded", id)
		}
	}
	for id, backup := range backups {
		if a := ask(t, g, http.MethodPut, "/users/"+id+"/photo/$value", backup, "Content-Type", "image/jpeg"); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if after := g.Photos(); !maps.EqualFunc(before, after, bytes.Equal) || len(after) < 20 {
		t.Errorf("%d photos before, %d after, not all the same", len(before), len(after))
	}
}

// What the service did not give out in its largest size is re-encoded.
func TestOnlyItsOwnIsStoredUnchanged(t *testing.T) {
	g := startLab(t).Graph()
	own := ask(t, g, http.MethodGet, annaPhoto+"/$value", nil).body
	for name, upload := range map[string][]byte{
		"new":            uploadOf("new"),
		"a rendition":    ask(t, g, http.MethodGet, "/users/anna.mueller@corp.example/photos/96x96/$value", nil).body,
		"one byte more":  append(bytes.Clone(own), 0),
		"with a comment": commented(own, "restored"),
	} {
		ask(t, g, http.MethodPut, elifPhoto+"/$value", upload, "Content-Type", "image/jpeg")
		if stored, _ := g.Photo("elif.yilmaz@corp.example"); bytes.Equal(stored, upload) || stored == nil {
			t.Errorf("%s: %d bytes stored", name, len(stored))
		}
	}
	wantProblem(t, ask(t, g, http.MethodPut, elifPhoto+"/$value", own, "Content-Type", "image/png"), 400, "ErrorInvalidImage")
	if err := g.SetPhoto("elif.yilmaz@corp.example", own); err != nil {
		t.Fatal(err)
	}
	if stored, _ := g.Photo("elif.yilmaz@corp.example"); !bytes.Equal(stored, own) {
		t.Error("the person's own upload of a downloaded photo is re-encoded")
	}
}

func TestPhotosAreCopies(t *testing.T) {
	g := startLab(t).Graph()
	anna := cloudID(t, "anna.mueller@corp.example")
	all := g.Photos()
	clear(all[anna])
	stored, _ := g.Photo(anna)
	if slices.Equal(all[anna], stored) {
		t.Error("the store was handed out")
	}
	for id, photo := range all {
		if len(photo) == 0 {
			t.Errorf("%s has a photo of no bytes", id)
		}
	}
	if _, there := all[cloudID(t, "elif.yilmaz@corp.example")]; there {
		t.Error("who has no photo is among them")
	}
}
