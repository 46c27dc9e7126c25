package bridge_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"photosync/bridge"
)

const inputEnd = `{"v":1,"type":"inputEnd","id":1}`

func input(id int, items ...string) string {
	return fmt.Sprintf(`{"v":1,"type":"input","id":%d,"items":[%s]}`, id, strings.Join(items, ","))
}

func TestItems(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	for item, want := range map[string]bridge.Item{
		`"anna"`:                                {Name: "anna"},
		`"\u00e4\ud83d\ude00"`:                  {Name: "ä😀"},
		`{"name":"anna"}`:                       {Name: "anna"},
		`{"name":"anna","Photo":"!","later":5}`: {Name: "anna"},
		`{"cloudId":"1","name":null,"person":null,"photo":null,"seen":null}`: {CloudID: "1"},
		`{"person":{},"photo":""}`:               {Person: &bridge.ItemPerson{}, Photo: []byte{}, HasPhoto: true},
		`{"name":"a","photo":"+/8="}`:            {Name: "a", Photo: []byte{0xFB, 0xFF}, HasPhoto: true},
		`{"name":"a","photo":"\u002b\/8\u003D"}`: {Name: "a", Photo: []byte{0xFB, 0xFF}, HasPhoto: true},
		`{"name":"a","person":{"consistencyGuid":"","accountControl":0}}`: {
			Name: "a", Person: &bridge.ItemPerson{ConsistencyGUID: []byte{}, AccountControl: number(0)},
		},
		`{"person":{"objectGuid":"g","sid":"s","distinguishedName":"d","userPrincipalName":"u","mail":"m","samAccountName":"n","displayName":"x","consistencyGuid":"AQI=","accountControl":512,"recipientType":2147483648},"photo":"/9j/","seen":{"status":"Drifted","onPremisesSha256":"h","cloudETag":"e"}}`: {
			Person: &bridge.ItemPerson{
				ObjectGUID: "g", SID: "s", DistinguishedName: "d", UserPrincipalName: "u", Mail: "m", SamAccountName: "n", DisplayName: "x",
				ConsistencyGUID: []byte{1, 2}, AccountControl: number(512), RecipientType: number(1 << 31),
			},
			Photo: []byte{0xFF, 0xD8, 0xFF}, HasPhoto: true, Seen: &bridge.Seen{Status: "Drifted", OnPremisesSHA256: "h", CloudETag: "e"},
		},
	} {
		t.Run(item, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				r := h.begin(1, people)
				h.say(input(1, `"first"`), input(1), input(1, item), inputEnd)
				got, err := r.People(h.t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]bridge.Item{{Name: "first"}, want}, got); diff != "" {
					t.Errorf("items differ (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestNobody(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, people)
		h.say(inputEnd)
		if items, err := r.People(h.t.Context()); len(items) > 0 || err != nil || !r.WantsPeople {
			t.Errorf("got %v, %v", items, err)
		}
		r = h.begin(2, "")
		if items, err := r.People(h.t.Context()); len(items) > 0 || err != nil || r.WantsPeople {
			t.Errorf("without people: %v, %v", items, err)
		}
	})
}

func photo(size int) string {
	return `{"person":{},"photo":"` + base64.StdEncoding.EncodeToString(make([]byte, size)) + `"}`
}

func TestTooLarge(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  error
	}{
		"people at the bound":     {[]string{input(1, `"a"`, `"b"`), input(1, `"c"`)}, nil},
		"too many people":         {[]string{input(1, `"a"`, `"b"`), input(1, `"c"`, `"d"`)}, &bridge.TooLargeError{What: "people", Limit: 3}},
		"photos at the bound":     {[]string{input(1, photo(60), photo(40))}, nil},
		"photos over the bound":   {[]string{input(1, photo(60)), input(1, photo(41))}, &bridge.TooLargeError{What: "photos", Limit: 100}},
		"a photo over the bound":  {[]string{input(1, photo(61))}, &bridge.TooLargeError{What: "photo", Limit: 60}},
		"with those who wait":     {[]string{input(2, `"a"`, `"b"`), input(1, `"c"`, `"d"`)}, &bridge.TooLargeError{What: "people", Limit: 3}},
		"what is dropped is free": {[]string{input(2, `"a"`, `"b"`), input(2, `"a"`, `"b"`), input(1, `"c"`, `"d"`, `"e"`)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, bridge.Options{}.WithBounds(3, 100, 60), func(h *host) {
				h.say(request(1, people), request(2, people))
				r := h.next()
				h.say(c.lines...)
				if c.want == nil {
					h.say(inputEnd)
				}
				_, err := r.People(h.t.Context())
				if diff := cmp.Diff(c.want, err); diff != "" {
					t.Fatalf("error differs (-want +got):\n%s", diff)
				}
				if c.want == nil {
					return
				}
				if err.Error() == "" {
					t.Error("no text")
				}
				// The host does not know yet.
				h.say(input(1, `"e"`), input(1, `5`))
				h.must(r.End(bridge.End{Status: "failed", ExitCode: 1}))
				h.say(input(1, `"f"`), inputEnd)
				if h.cause() != nil {
					t.Error(h.cause())
				}
			})
		})
	}
}

// What a request held is free again after its end, and what comes late for it
// is dropped.
func TestInputOfAnEndedRequest(t *testing.T) {
	inSession(t, bridge.Options{}.WithBounds(3, 100, 60), func(h *host) {
		for id := range 5 {
			r := h.begin(id+1, people)
			h.say(input(id+1, `"a"`, `"b"`, `"c"`))
			h.must(r.End(bridge.End{Status: "failed", ExitCode: 12}))
			h.say(input(id+1, `"d"`))
		}
		h.say(inputEnd)
		if h.cause() != nil {
			t.Error(h.cause())
		}
		h.say(inputEnd)
		if _, ok := errors.AsType[*bridge.ProtocolError](h.cause()); !ok {
			t.Errorf("a second inputEnd: %v", h.cause())
		}
	})
}

func TestMemoryOfNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := heap()
		in, host := io.Pipe()
		c := bridge.Open(t.Context(), in, io.Discard, hello, bridge.Options{})
		_, _ = io.WriteString(host, request(1, people)+"\n")
		r, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		names := make([]string, bridge.MaxLineItems)
		for from := 0; from < bridge.MaxPeople; from += len(names) {
			for i := range names {
				names[i] = fmt.Sprintf(`"person.number-%06d@corp.example"`, from+i)
			}
			_, _ = io.WriteString(host, input(1, names...)+"\n")
		}
		_, _ = io.WriteString(host, inputEnd+"\n")
		items, err := r.People(t.Context())
		if err != nil || len(items) != bridge.MaxPeople {
			t.Fatalf("got %d items, %v", len(items), err)
		}
		if cost := heap() - before; cost > 45<<20 {
			t.Errorf("%d people cost %d MiB", len(items), cost>>20)
		} else {
			t.Logf("%d people cost %d MiB", len(items), cost>>20)
		}
		runtime.KeepAlive(items)
		_ = host.Close()
		_ = c.Close()
	})
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
