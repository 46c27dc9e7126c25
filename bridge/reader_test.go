package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"photosync/bridge"
)

const people = `,"params":{"people":true}`

func TestFaultsOfTheHost(t *testing.T) {
	decision := func(id, ref int, proceed string) string {
		return fmt.Sprintf(`{"v":1,"type":"decision","id":%d,"ref":%d%s}`, id, ref, proceed)
	}
	const yes = `,"proceed":true`
	signature := func(id, ref int, more string) string {
		return fmt.Sprintf(`{"v":1,"type":"signature","id":%d,"ref":%d%s}`, id, ref, more)
	}
	const signed = `,"data":"c2lnbmVk"`
	many := strings.Repeat(`"a",`, bridge.MaxLineItems) + `"a"`
	for name, c := range map[string]struct {
		request string // more fields of request 1, which has an open proposal and an open question for a signature
		lines   []string
		want    string
	}{
		"no JSON":                   {"", []string{`{"v":1`}, "it is not JSON in UTF-8"},
		"two objects":               {"", []string{`{"v":1}{"v":1}`}, "it is not JSON in UTF-8"},
		"not UTF-8":                 {"", []string{"{\"v\":1,\"type\":\"\xfc\"}"}, "it is not JSON in UTF-8"},
		"an array":                  {"", []string{`[{"v":1,"type":"cancel","id":1}]`}, "it is not an object"},
		"a string":                  {"", []string{`"cancel"`}, "it is not an object"},
		"a number":                  {"", []string{`5`}, "it is not an object"},
		"null":                      {"", []string{`null`}, "it is not an object"},
		"version 2":                 {"", []string{`{"v":2,"type":"cancel","id":1}`}, "its v is not 1"},
		"no version":                {"", []string{`{"type":"cancel","id":1}`}, "its v is not 1"},
		"the key V":                 {"", []string{`{"V":1,"type":"cancel","id":1}`}, "its v is not 1"},
		"version as text":           {"", []string{`{"v":"1","type":"cancel","id":1}`}, "v is not an integer"},
		"no type":                   {"", []string{`{"v":1,"id":1}`}, "it has no type"},
		"id as text":                {"", []string{`{"v":1,"type":"inputEnd","id":"1"}`}, "id is not an integer"},
		"half an id":                {"", []string{`{"v":1,"type":"inputEnd","id":1.5}`}, "id is not an integer"},
		"id used before":            {"", []string{request(1, "")}, "the id 1 was used before"},
		"id 0":                      {"", []string{request(0, "")}, "the id of a request is a number above 0"},
		"id below 0":                {"", []string{request(-1, "")}, "the id of a request is a number above 0"},
		"no op":                     {"", []string{`{"v":1,"type":"request","id":2}`}, "a request without op"},
		"dryRun as text":            {"", []string{request(2, `,"dryRun":"true"`)}, "dryRun is not true or false"},
		"confirm of another kind":   {"", []string{request(2, `,"confirm":"Never"`)}, "confirm is not one of its values"},
		"log of another kind":       {"", []string{request(2, `,"log":1`)}, "log is not one of its values"},
		"params as list":            {"", []string{request(2, `,"params":[]`)}, "params is not an object"},
		"people as text":            {"", []string{request(2, `,"params":{"people":"true"}`)}, "people is not true or false"},
		"a field that is not":       {"", []string{request(2, `,"later":true`)}, `there is no field "later"`},
		"a misspelt field":          {"", []string{request(2, `,"DryRun":true`)}, `there is no field "DryRun"`},
		"client as text":            {"", []string{request(2, `,"client":"7.6"`)}, "client is not an object"},
		"pid as text":               {"", []string{request(2, `,"client":{"pid":"1"}`)}, "pid is not an integer"},
		"decision for nothing":      {"", []string{decision(1, 2, yes)}, "a decision for proposal 2 of request 1, which there is not"},
		"decision for 0":            {"", []string{decision(1, 0, yes)}, "a decision for proposal 0 of request 1, which there is not"},
		"decision below 0":          {"", []string{decision(1, -64, yes)}, "a decision for proposal -64 of request 1, which there is not"},
		"decision twice":            {"", []string{decision(1, 1, yes), decision(1, 1, yes)}, "a second decision for proposal 1 of request 1"},
		"decision for no request":   {"", []string{decision(2, 1, yes)}, "a decision for request 2, which there is not"},
		"decision without proceed":  {"", []string{decision(1, 1, "")}, "a decision without proceed"},
		"decision of null":          {"", []string{decision(1, 1, `,"proceed":null`)}, "a decision without proceed"},
		"decision as text":          {"", []string{decision(1, 1, `,"proceed":"true"`)}, "proceed is not true or false"},
		"signature for nothing":     {"", []string{signature(1, 2, signed)}, "a signature for sign 2 of request 1, which there is not"},
		"signature for 0":           {"", []string{signature(1, 0, signed)}, "a signature for sign 0 of request 1, which there is not"},
		"signature twice":           {"", []string{signature(1, 1, signed), signature(1, 1, signed)}, "a second signature for sign 1 of request 1"},
		"signature and then none":   {"", []string{signature(1, 1, signed), signature(1, 1, `,"error":"no"`)}, "a second signature for sign 1 of request 1"},
		"signature for no request":  {"", []string{signature(2, 1, signed)}, "a signature for request 2, which there is not"},
		"signature of nothing":      {"", []string{signature(1, 1, "")}, "a signature has either data or error"},
		"signature of null":         {"", []string{signature(1, 1, `,"data":null,"error":null`)}, "a signature has either data or error"},
		"an empty signature":        {"", []string{signature(1, 1, `,"data":""`)}, "a signature has either data or error"},
		"an empty error":            {"", []string{signature(1, 1, `,"error":""`)}, "a signature has either data or error"},
		"signature and error":       {"", []string{signature(1, 1, signed+`,"error":"no"`)}, "a signature has either data or error"},
		"signature of bad base64":   {"", []string{signature(1, 1, `,"data":"!"`)}, "data is not base64"},
		"signature as list":         {"", []string{signature(1, 1, `,"data":[1,2]`)}, "data is not base64"},
		"an error as number":        {"", []string{signature(1, 1, `,"error":5`)}, "error is not a string"},
		"a misspelt signature":      {"", []string{signature(1, 1, `,"Data":"c2lnbmVk"`)}, `there is no field "Data"`},
		"a proposal signed":         {"", []string{decision(1, 1, yes+signed)}, `there is no field "data"`},
		"input for no request":      {"", []string{`{"v":1,"type":"input","id":2,"items":[]}`}, "input for request 2, which there is not"},
		"input for id 0":            {"", []string{`{"v":1,"type":"input","id":0,"items":[]}`}, "input for request 0, which there is not"},
		"input without people":      {"", []string{`{"v":1,"type":"input","id":1,"items":[]}`}, "input for request 1, which takes no people"},
		"inputEnd without people":   {"", []string{`{"v":1,"type":"inputEnd","id":1}`}, "inputEnd for request 1, which takes no people"},
		"inputEnd for no request":   {"", []string{`{"v":1,"type":"inputEnd","id":2}`}, "inputEnd for request 2, which there is not"},
		"input after its end":       {people, []string{`{"v":1,"type":"inputEnd","id":1}`, `{"v":1,"type":"input","id":1,"items":[]}`}, "input for request 1 after its inputEnd"},
		"inputEnd twice":            {people, []string{`{"v":1,"type":"inputEnd","id":1}`, `{"v":1,"type":"inputEnd","id":1}`}, "inputEnd for request 1 after its inputEnd"},
		"input without items":       {people, []string{`{"v":1,"type":"input","id":1}`}, "input without items"},
		"items as object":           {people, []string{`{"v":1,"type":"input","id":1,"items":{}}`}, "items is not an array"},
		"too many items in a line":  {people, []string{`{"v":1,"type":"input","id":1,"items":[` + many + `]}`}, "more than 500 items"},
		"an item that is a number":  {people, []string{`{"v":1,"type":"input","id":1,"items":["a",5]}`}, "item 2: it is neither a string nor an object"},
		"an item that is null":      {people, []string{`{"v":1,"type":"input","id":1,"items":[null]}`}, "item 1: it is neither a string nor an object"},
		"a photo of bad base64":     {people, []string{`{"v":1,"type":"input","id":1,"items":["a",{"name":"b","photo":"!"}]}`}, "item 2: photo is not base64"},
		"a photo as list":           {people, []string{`{"v":1,"type":"input","id":1,"items":[{"name":"b","photo":[1]}]}`}, "item 1: photo is not base64"},
		"a name as number":          {people, []string{`{"v":1,"type":"input","id":1,"items":[{"name":5}]}`}, "item 1: name is not a string"},
		"a person as text":          {people, []string{`{"v":1,"type":"input","id":1,"items":[{"name":"a","person":"b"}]}`}, "item 1: person is not an object"},
		"a SID as number":           {people, []string{`{"v":1,"type":"input","id":1,"items":[{"name":"a","person":{"sid":5}}]}`}, "item 1: sid is not a string"},
		"flags as text":             {people, []string{`{"v":1,"type":"input","id":1,"items":[{"name":"a","person":{"accountControl":"512"}}]}`}, "item 1: accountControl is not an integer"},
		"seen as text":              {people, []string{`{"v":1,"type":"input","id":1,"items":[{"name":"a","seen":"x"}]}`}, "item 1: seen is not an object"},
		"a status as number":        {people, []string{`{"v":1,"type":"input","id":1,"items":[{"name":"a","seen":{"status":1}}]}`}, "item 1: status is not a string"},
		"secrets not asked for":     {"", []string{`{"v":1,"type":"secrets","id":1,"items":{}}`}, "request 1 asks for no secrets, or has them"},
		"secrets for no request":    {"", []string{`{"v":1,"type":"secrets","id":2,"items":{}}`}, "secrets for request 2, which there is not"},
		"secrets twice":             {`,"secrets":true`, []string{`{"v":1,"type":"secrets","id":1,"items":{}}`, `{"v":1,"type":"secrets","id":1,"items":{}}`}, "request 1 asks for no secrets, or has them"},
		"secrets without items":     {`,"secrets":true`, []string{`{"v":1,"type":"secrets","id":1}`}, "secrets without items"},
		"a secret of bad base64":    {`,"secrets":true`, []string{`{"v":1,"type":"secrets","id":1,"items":{"ldapPassword":"hunter2!"}}`}, "ldapPassword is not base64 of UTF-8"},
		"a secret that is no UTF-8": {`,"secrets":true`, []string{`{"v":1,"type":"secrets","id":1,"items":{"accessToken":"/w=="}}`}, "accessToken is not base64 of UTF-8"},
		"a request before secrets":  {`,"secrets":true`, []string{request(2, "")}, "the secrets of request 1 have to come before it"},
		"input before secrets":      {`,"secrets":true,"params":{"people":true}`, []string{`{"v":1,"type":"input","id":1,"items":[]}`}, "the secrets of request 1 have to come before it"},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				r := h.begin(1, c.request)
				h.must(r.Announce(bridge.Proposal{}))
				asked := make(chan struct{})
				go func() {
					defer close(asked)
					_, _ = r.Sign(h.t.Context(), []byte("x"))
				}()
				synctest.Wait()
				h.say(c.lines...)
				<-asked
				e, ok := errors.AsType[*bridge.ProtocolError](h.cause())
				if !ok || e.Text != c.want || e.Line != 1+len(c.lines) {
					t.Fatalf("the cause is %v, want line %d: %s", h.cause(), 1+len(c.lines), c.want)
				}
				h.say("the host may go on", "and is not heard")
				if _, err := h.conn.Next(); !errors.Is(err, e) {
					t.Errorf("Next gave %v", err)
				}
				if _, err := r.People(h.t.Context()); r.WantsPeople && !errors.Is(err, e) && c.lines[0] != `{"v":1,"type":"inputEnd","id":1}` {
					t.Errorf("People gave %v", err)
				}
				h.must(r.End(bridge.End{Status: "failed", ExitCode: 1}))
			})
		})
	}
}

func TestWhatDoesNotCount(t *testing.T) {
	const cancel = `{"v":1,"type":"cancel","id":1}`
	for name, lines := range map[string][]string{
		"a byte order mark": {"\xEF\xBB\xBF" + request(1, "")},
		"CR":                {request(1, "") + "\r"},
		"blank lines":       {"", "\r", " \t", request(1, ""), ""},
		"mark and blank":    {"\xEF\xBB\xBF", request(1, "")},
		"an unknown type":   {`{"v":1,"type":"hint","id":"x"}`, request(1, "")},
		"an unknown field":  {`{"v":1,"type":"hint","id":9,"later":{"a":[1,{"b":"}]\"\\"}]}}`, request(1, "")},
		"null fields":       {request(1, `,"params":null,"dryRun":null,"confirm":null,"log":null,"progress":null,"secrets":null,"client":null`)},
		"white space":       {` { "v" : 1 , "type" : "request" , "id" : 1 , "op" : "drift.get" } `},
		"escaped keys":      {`{"\u0076":1,"t\u0079pe":"re\u0071uest","id":1,"op":"drift\u002eget"}`},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				h.say(lines...)
				r := h.next()
				want := &bridge.Request{ID: 1, Op: "drift.get", Params: []byte("{}"), Confirm: "ask", Log: "warning"}
				if diff := cmp.Diff(want, r, cmpopts.IgnoreUnexported(bridge.Request{})); diff != "" {
					t.Errorf("request differs (-want +got):\n%s", diff)
				}
				h.say(cancel)
				if !errors.Is(h.cause(), bridge.ErrCancelled) {
					t.Errorf("the cause is %v", h.cause())
				}
			})
		})
	}
}

func TestRequestWithEverything(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(9_007_199_254_740_993, `,"params":{"server":"dc1","people":true},"dryRun":true,"confirm":"never","log":"debug","progress":true,"secrets":true,"client":{"ps":"7.6.5","edition":"Core","module":"0.1.0","pid":42}`)
		want := &bridge.Request{
			ID: 9_007_199_254_740_993, Op: "drift.get", Params: []byte(`{"server":"dc1","people":true}`), DryRun: true, Confirm: bridge.ConfirmNever, Log: bridge.LogDebug,
			WantsProgress: true, WantsSecrets: true, WantsPeople: true, Client: bridge.Client{PS: "7.6.5", Edition: "Core", Module: "0.1.0", PID: 42},
		}
		if diff := cmp.Diff(want, r, cmpopts.IgnoreUnexported(bridge.Request{})); diff != "" {
			t.Errorf("request differs (-want +got):\n%s", diff)
		}
	})
}

func TestLongLines(t *testing.T) {
	line := func(size int) string {
		l := request(1, `,"params":{"server":""}`)
		return strings.Replace(l, `"server":"`, `"server":"`+strings.Repeat("x", size-len(l)), 1)
	}
	inSession(t, bridge.Options{}, func(h *host) {
		h.say(line(bridge.MaxLine))
		if h.next(); h.cause() != nil {
			t.Errorf("the longest line gave %v", h.cause())
		}
	})
	for name, text := range map[string]string{
		"a byte more":            line(bridge.MaxLine+1) + "\n",
		"a line that never ends": line(bridge.MaxLine + 64<<10),
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				_, err := io.WriteString(h.in, text)
				h.must(err)
				if err := h.cause(); err == nil || err.Error() != "line 1 of the input: it is longer than 8388608 bytes" {
					t.Errorf("the cause is %v", err)
				}
				_, err = io.WriteString(h.in, text)
				h.must(err)
			})
		})
	}
}

func TestEndOfInput(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		serve bool // take and end the request before the input ends
		want  error
	}{
		"nothing":                    {"", false, io.EOF},
		"after a request":            {request(1, "") + "\n", true, io.EOF},
		"while its input is open":    {request(1, people) + "\n", true, io.EOF},
		"in a request":               {request(1, "") + "\n", false, bridge.ErrInputEnded},
		"in a request without LF":    {request(1, ""), false, bridge.ErrInputEnded},
		"in a line":                  {`{"v":1,"ty`, false, bridge.ErrInputEnded},
		"in a line after a request":  {request(1, "") + "\n" + `{"v":1,"ty`, true, bridge.ErrInputEnded},
		"in white space":             {" ", false, io.EOF},
		"at cancel without LF":       {`{"v":1,"type":"cancel","id":0}`, false, bridge.ErrCancelled},
		"at cancel between requests": {`{"v":1,"type":"cancel","id":0}` + "\n", false, bridge.ErrCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				_, err := io.WriteString(h.in, c.text)
				h.must(err)
				if c.serve {
					h.must(h.next().End(bridge.End{Status: "ok"}))
				}
				h.must(h.in.Close())
				synctest.Wait()
				r, err := h.conn.Next()
				if strings.HasPrefix(name, "in a request") {
					// Each request gets its end line, whatever came first.
					if r == nil || h.conn.Context().Err() == nil {
						t.Fatalf("Next gave %v, %v", r, err)
					}
					h.must(r.End(bridge.End{Status: "cancelled", ExitCode: 130}))
					_, err = h.conn.Next()
				}
				if !errors.Is(err, c.want) {
					t.Errorf("Next gave %v, want %v", err, c.want)
				}
				if c.want == io.EOF && h.cause() != nil {
					t.Errorf("the cause is %v", h.cause())
				}
			})
		})
	}
}

// A host may end our input as soon as it has read the end line.
func TestEndLineBeforeEndOfInput(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, "")
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			for len(h.lines()) == 0 {
				// lines waits until nothing moves
			}
			_ = h.in.Close()
		}()
		h.must(r.End(bridge.End{Status: "ok"}))
		<-closed
		if _, err := h.conn.Next(); err != io.EOF {
			t.Errorf("Next gave %v", err)
		}
	})
}

func TestRequestsWait(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		for id := 1; id <= bridge.MaxWaiting; id++ {
			h.say(request(id, people), fmt.Sprintf(`{"v":1,"type":"input","id":%d,"items":["of %d"]}`, id, id))
		}
		for id := 1; id <= bridge.MaxWaiting; id++ {
			r := h.next()
			h.say(fmt.Sprintf(`{"v":1,"type":"inputEnd","id":%d}`, id))
			items, err := r.People(h.t.Context())
			if err != nil || r.ID != int64(id) || items[0].Name != fmt.Sprintf("of %d", id) {
				t.Errorf("request %d: got %d, %v, %v", id, r.ID, items, err)
			}
			h.must(r.End(bridge.End{Status: "ok"}))
		}
		for id := range bridge.MaxWaiting {
			h.say(request(100+id, ""))
		}
		if h.cause() != nil {
			t.Fatal(h.cause())
		}
		h.say(request(200, ""))
		if err := h.cause(); err == nil || !strings.HasSuffix(err.Error(), "more than 16 requests wait") {
			t.Errorf("the cause is %v", err)
		}
	})
}

func TestWaitsEndWithTheSession(t *testing.T) {
	for name, wait := range map[string]func(context.Context, *bridge.Request) error{
		"Secrets": func(ctx context.Context, r *bridge.Request) error { _, err := r.Secrets(ctx); return err },
		"People":  func(ctx context.Context, r *bridge.Request) error { _, err := r.People(ctx); return err },
		"Ask": func(ctx context.Context, r *bridge.Request) error {
			_, err := r.Ask(ctx, make([]bridge.Proposal, 3), 2)
			return err
		},
		"Sign": func(ctx context.Context, r *bridge.Request) error { _, err := r.Sign(ctx, nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, bridge.Options{}, func(h *host) {
				r := h.begin(1, people+`,"secrets":true`)
				stop := errors.New("stop")
				ctx, cancel := context.WithCancelCause(h.t.Context())
				got := make(chan error)
				go func() { got <- wait(ctx, r) }()
				synctest.Wait()
				cancel(stop)
				if err := <-got; !errors.Is(err, stop) {
					t.Errorf("with its own context: %v", err)
				}
				go func() { got <- wait(h.t.Context(), r) }()
				synctest.Wait()
				h.say(`{"v":1,"type":"cancel","id":1}`)
				if err := <-got; !errors.Is(err, bridge.ErrCancelled) {
					t.Errorf("with the session: %v", err)
				}
			})
		})
	}
}

func TestOrphan(t *testing.T) {
	var gone atomic.Bool
	inSession(t, bridge.Options{ParentGone: gone.Load}, func(h *host) {
		time.Sleep(time.Minute)
		if h.cause() != nil {
			t.Fatal(h.cause())
		}
		gone.Store(true)
		time.Sleep(5 * time.Second)
		if !errors.Is(h.cause(), bridge.ErrOrphaned) {
			t.Errorf("the cause is %v", h.cause())
		}
	})
}

func TestCauseOfTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, host := io.Pipe()
		signal := errors.New("SIGTERM")
		ctx, cancel := context.WithCancelCause(t.Context())
		c := bridge.Open(ctx, in, io.Discard, hello, bridge.Options{})
		cancel(signal)
		if _, err := c.Next(); !errors.Is(err, signal) {
			t.Errorf("Next gave %v", err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		_ = host.Close()
	})
}
