package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"runtime"
	"testing"
	"time"
)

func TestCrowd(t *testing.T) {
	began := time.Now()
	c := Crowd(10_000, 0.7)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	seen := map[string]bool{}
	pictured := 0
	for i, p := range c.People {
		u := c.CloudUsers[i]
		if (p.Photo == nil) != (u.Photo == nil) || u.UserPrincipalName != p.UserPrincipalName || u.ImmutableID == "" {
			t.Fatalf("person %d: %s and %s", i, p.UserPrincipalName, u.UserPrincipalName)
		}
		for _, photo := range [][]byte{p.Photo, u.Photo} {
			if photo == nil {
				continue
			}
			if len(photo) < 5_000 || len(photo) > 10_240 || seen[string(photo)] {
				t.Fatalf("person %d: %d bytes, seen before: %v", i, len(photo), seen[string(photo)])
			}
			seen[string(photo)] = true
		}
		if p.Photo != nil {
			pictured++
		}
	}
	if pictured != 7_000 || len(c.People) != 10_000 || len(c.Cases()[CaseInSync]) != 7_000 || len(c.Cases()[CaseNoPhoto]) != 3_000 {
		t.Errorf("%d of %d have photos", pictured, len(c.People))
	}
	if !reflect.DeepEqual(Crowd(50, 0.5), Crowd(50, 0.5)) {
		t.Error("the crowd differs")
	}
}

func TestCrowdPhotosDecode(t *testing.T) {
	c := Crowd(crowdFaces, 1)
	for i, p := range c.People {
		if d := difference(grey(t, p.Photo), grey(t, c.CloudUsers[i].Photo)); d > 4 {
			t.Errorf("person %d: distance %.1f", i, d)
		}
	}
}

func TestCrowdWithoutPhotosStarts(t *testing.T) {
	began := time.Now()
	l := startWith(t, Crowd(20_000, 0)) // BenchmarkRoster has more
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	body := ask(t, l.Graph(), http.MethodGet, "/users?$select=id&$top=999", nil).json(t)
	if n := len(body["value"].([]any)); n != 999 {
		t.Errorf("%d users on a page", n)
	}
}

func TestGalleryRendersALikenessOnce(t *testing.T) {
	face := portraitOf("face", 0, 1).jpegOf(120, 85, 2)
	other := portraitOf("face", 0, 2).jpegOf(120, 85, 2)
	a, b := commented(face, "person 1"), commented(face, "person 22")
	if likenessOf(a) != likenessOf(b) || likenessOf(a) != likenessOf(face) || likenessOf(a) == likenessOf(other) || likenessOf(a[:len(a)-1]) == likenessOf(a) {
		t.Error("likeness")
	}
	for _, odd := range []string{"", "\xff\xd8", "\xff\xd8\xff", "\xff\xd8\xff\xfe\x00\x00\x01", "\xff\xd8\xff\xe0\xff\xff", "GIF89a"} {
		if likenessOf([]byte(odd)) == likenessOf([]byte(odd+"x")) {
			t.Errorf("%q", odd)
		}
	}
	g := newGallery()
	if g.stored(a) != g.stored(b) || g.stored(a) == g.stored(other) {
		t.Error("stored forms")
	}
	first := g.rendition(picture{body: a, measures: &measures{likeness: likenessOf(a)}}, 48)
	again := g.rendition(picture{body: b, measures: &measures{likeness: likenessOf(b)}}, 48)
	if first != again || first.err != nil || !bytes.HasPrefix(first.body, []byte{0xff, soi}) {
		t.Error("renditions")
	}
	for i := range gallerySize + 5 {
		g.find(exhibit{side: i + 1})
	}
	if len(g.made) != gallerySize || len(g.order) != gallerySize {
		t.Errorf("%d kept", len(g.made))
	}
}

// BenchmarkRoster makes and starts a company of 300,000 people without photos.
func BenchmarkRoster(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		l, err := Start(Crowd(300_000, 0))
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRenditions reads renditions of a crowd, 20 to a batch, without HTTP.
func BenchmarkRenditions(b *testing.B) {
	l, err := Start(Crowd(10_000, 1), WithoutRequestLog())
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	g, at := l.Graph(), 0
	for b.Loop() {
		var items []one
		for i := range maxBatchItems {
			items = append(items, get(fmt.Sprint(i), "/users/"+g.users[at%len(g.users)].user.ID+"/photos/96x96/$value"))
			at++
		}
		body, err := json.Marshal(map[string]any{"requests": items})
		if err != nil {
			b.Fatal(err)
		}
		c := &call{method: http.MethodPost, path: "/$batch", header: http.Header{"Content-Type": {"application/json"}}, body: body}
		if out := g.batch(b.Context(), c); out.status != 200 {
			b.Fatal(out.status)
		}
	}
}
