package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"photosync/bridge"
)

// line is what the host said, as far as a scenario looks at it.
type line struct {
	Type    string `json:"type"`
	ID      int64  `json:"id"`
	Op      string `json:"op"`
	DryRun  bool   `json:"dryRun"`
	Confirm string `json:"confirm"`
	Secrets bool   `json:"secrets"`
	Params  struct {
		People      bool   `json:"people"`
		Certificate []byte `json:"certificate"`
	} `json:"params"`
	Items   json.RawMessage `json:"items"`
	Ref     int64           `json:"ref"`
	Proceed bool            `json:"proceed"`
	Data    []byte          `json:"data"`
	Error   string          `json:"error"`
}

// child is the process as the host sees it.
type child struct {
	deaf bool
	said chan line // what the host says; closed at the end of standard input

	mu     sync.Mutex // guards out: a cancel writes beside the scenario
	out    *bufio.Writer
	id     int64 // of the request under way; 0 between requests
	given  int   // items of result lines
	faults int   // error lines
}

func newChild(s scenario) *child {
	c := &child{deaf: s.deaf, said: make(chan line, 1024), out: bufio.NewWriterSize(os.Stdout, 64<<10)}
	if !s.mute {
		go c.listen()
	}
	return c
}

// listen reads the host for ever. A child that is not deaf obeys here, whatever
// its scenario does at the moment.
func (c *child) listen() {
	in := bufio.NewReaderSize(os.Stdin, 64<<10)
	for {
		text, err := in.ReadBytes('\n')
		if err != nil {
			word := "EOF"
			if !errors.Is(err, io.EOF) {
				word = "EOF " + err.Error()
			}
			c.log(word)
			if !c.deaf {
				c.giveUp()
			}
			close(c.said)
			return
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			c.log("NOT JSON: " + string(text))
			continue
		}
		if l.Type == "secrets" {
			c.log(fmt.Sprintf(`{"type":"secrets","id":%d}`, l.ID))
		} else {
			c.log(string(text[:len(text)-1]))
		}
		if l.Type == "cancel" && !c.deaf {
			c.giveUp()
		}
		c.said <- l
	}
}

func (c *child) log(text string) {
	if err := note(os.Getenv("PHOTOSYNC_FAKE_LOG"), text); err != nil {
		fail(99, err.Error())
	}
}

// giveUp ends a run with cancelled, and the process; between requests it only
// ends the process.
func (c *child) giveUp() {
	time.AfterFunc(2*time.Second, func() { os.Exit(130) }) // the host may not read any more
	c.mu.Lock()
	if c.id == 0 {
		c.mu.Unlock()
		return // rest waits for the closed channel and knows the exit code
	}
	c.print(c.endLine("cancelled", 130) + "\n")
	c.flush()
	os.Exit(130)
}

// say writes one line.
func (c *child) say(format string, args ...any) { c.raw(fmt.Sprintf(format, args...) + "\n") }

// raw writes text as it is.
func (c *child) raw(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.print(text)
	c.flush()
}

// print and flush need mu. A host that is gone ends the child, unless it is deaf.
func (c *child) print(text string) {
	if _, err := c.out.WriteString(text); err != nil && !c.deaf {
		os.Exit(130)
	}
}

func (c *child) flush() {
	if err := c.out.Flush(); err != nil {
		if !c.deaf {
			os.Exit(130)
		}
		c.out.Reset(os.Stdout)
	}
}

func (c *child) hello() { c.say("%s", helloLine(1, 1, bridge.Version())) }

func helloLine(low, high int, version string) string {
	return fmt.Sprintf(`{"v":1,"type":"hello","id":0,"protocol":{"min":%d,"max":%d},"build":{"version":%q,"commit":null,"os":"fake","arch":"fake"},"features":["drift.get","photo.sync","readiness.check"]}`,
		low, high, version)
}

// await gives the next line of that type; others are passed over. The end of
// standard input ends the process.
func (c *child) await(kind string) line {
	for l := range c.said {
		if l.Type == kind {
			return l
		}
	}
	if c.id == 0 {
		os.Exit(0)
	}
	os.Exit(130)
	panic("unreachable")
}

// request says hello and takes a request with all its input.
func (c *child) request() line {
	c.hello()
	return c.next()
}

// next takes a request with all its input, after hello.
func (c *child) next() line {
	l := c.await("request")
	c.mu.Lock()
	c.id = l.ID
	c.mu.Unlock()
	if l.Params.People {
		c.await("inputEnd")
	}
	return l
}

// row gives one row, in a line of its own.
func (c *child) row() {
	c.given++
	c.say(`{"v":1,"type":"result","id":%d,"kind":"drift","items":[%s]}`, c.id, driftRow(nil, c.given))
}

// fault gives an error line.
func (c *child) fault(code, category, target string, fatal bool) {
	c.faults++
	c.say(`{"v":1,"type":"error","id":%d,"code":%q,"category":%q,"message":"the fake says %s","target":%s,"fatal":%t,"remedy":"Do what the fake says.","requestId":null}`,
		c.id, code, category, code, target, fatal)
}

// end gives the line that ends a request.
func (c *child) end(status string, code int) { c.last("%s", c.endLine(status, code)) }

// last gives a line after which no request is under way.
func (c *child) last(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.print(fmt.Sprintf(format, args...) + "\n")
	c.flush()
	c.id = 0
}

func (c *child) endLine(status string, code int) string {
	return fmt.Sprintf(`{"v":1,"type":"end","id":%d,"status":%q,"exitCode":%d,"counts":{"result":%d,"error":%d,"proposed":0,"done":0,"skipped":0},"summary":null,"durationMs":1}`,
		c.id, status, code, c.given, c.faults)
}

// rest waits for the end of standard input and ends the process.
func (c *child) rest(code int) {
	for range c.said {
	}
	os.Exit(code)
}

// hang does nothing until the host ends the process or says cancel.
func (c *child) hang() {
	for range c.said {
	}
	if !c.deaf {
		os.Exit(130)
	}
	select {}
}
