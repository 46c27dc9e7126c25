package bridge

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// The kinds of rows.
const (
	KindDrift  = "drift"
	KindChange = "change"
	KindCheck  = "check"
	KindRun    = "run"
)

// Result hands over a row, the JSON of one object. Rows are held back for a
// moment and go together in one line.
func (r *Request) Result(kind string, row []byte) error {
	b := appendASCII(make([]byte, 0, len(row)+len(row)/8), row)
	if len(b) == 0 || len(b) > MaxLine-200 {
		return fmt.Errorf("a row of %d bytes fits no line", len(b))
	}
	for _, c := range b {
		if c < ' ' {
			return errors.New("a row with a control character, such as the end of a line")
		}
	}
	return r.say(func() error {
		r.counts.Result++
		return r.conn.send(message{row: b, kind: kind, id: r.ID})
	})
}

// say lets one line of the request out after the other.
func (r *Request) say(send func() error) error {
	r.out.Lock()
	defer r.out.Unlock()
	if r.ended {
		return ErrEnded
	}
	return send()
}

// Error is an error line.
type Error struct {
	Code      string
	Category  string
	Message   string
	Target    string // whom it concerns
	Fatal     bool   // the request ends because of it
	Remedy    string
	RequestID string // by which Microsoft finds the call
}

type errorLine struct {
	head
	Code      string `json:"code"`
	Category  string `json:"category"`
	Message   string `json:"message"`
	Target    text   `json:"target"`
	Fatal     bool   `json:"fatal"`
	Remedy    text   `json:"remedy"`
	RequestID text   `json:"requestId"`
}

func (e Error) line(id int64) errorLine {
	return errorLine{headOf("error", id), e.Code, e.Category, e.Message, text(e.Target), e.Fatal, text(e.Remedy), text(e.RequestID)}
}

// Error writes an error.
func (r *Request) Error(e Error) error {
	return r.say(func() error {
		r.counts.Error++
		return r.conn.say(e.line(r.ID))
	})
}

type messageLine struct {
	head
	Message string `json:"message"`
}

// Warning writes a warning, the same text with other numbers in it ten times at
// most. End says how many there were beyond.
func (r *Request) Warning(text string) error {
	return r.say(func() error {
		if !r.warnings.admit(text) {
			return nil
		}
		return r.conn.say(messageLine{headOf("warning", r.ID), text})
	})
}

// Prompt writes what a person has to read and to do now, such as where to enter
// a code. Unlike a warning it is written every time and whatever the host wants
// to hear. A host that cannot be told is seen by whoever waits for the person.
func (r *Request) Prompt(text string) {
	_ = r.say(func() error { return r.conn.say(messageLine{headOf("prompt", r.ID), text}) })
}

// Verbose writes a text for a host that wants to hear more.
func (r *Request) Verbose(text string) {
	if r.Log == LogVerbose || r.Log == LogDebug {
		_ = r.say(func() error { return r.conn.say(messageLine{headOf("verbose", r.ID), text}) })
	}
}

// Debug writes a text for a host that wants to hear everything.
func (r *Request) Debug(text string) {
	if r.Log == LogDebug {
		_ = r.say(func() error { return r.conn.say(messageLine{headOf("debug", r.ID), text}) })
	}
}

// Progress says how far a request is.
type Progress struct {
	Activity    string
	Done        int64
	Total       int64  // 0 when it is not known
	SecondsLeft *int64 // nil when it is not known
}

type progressLine struct {
	head
	Activity    string `json:"activity"`
	Done        int64  `json:"done"`
	Total       int64  `json:"total"`
	SecondsLeft *int64 `json:"secondsLeft"`
}

// Progress writes how far the request is, at most four times a second. The
// first and the last of an activity are always written.
func (r *Request) Progress(p Progress) {
	if !r.WantsProgress {
		return
	}
	_ = r.say(func() error {
		if !r.pace.admit(p, time.Now()) {
			return nil
		}
		return r.conn.say(progressLine{headOf("progress", r.ID), p.Activity, p.Done, p.Total, p.SecondsLeft})
	})
}

// pace decides which progress is written.
type pace struct {
	last Progress
	at   time.Time
}

const paceEvery = time.Second / 4

func (p *pace) admit(next Progress, now time.Time) bool {
	complete := next.Total > 0 && next.Done == next.Total && next.Done != p.last.Done
	if next.Activity == p.last.Activity && !complete && now.Sub(p.at) < paceEvery {
		return false
	}
	p.last, p.at = next, now
	return true
}

// warnings counts warnings of the same text.
type warnings struct {
	said  map[string]*said
	order []*said
}

type said struct {
	text string // the first
	n    int
}

const sameWarnings = 10

func (w *warnings) admit(text string) bool {
	bare := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
	s := w.said[bare]
	if s == nil {
		if w.said == nil {
			w.said = make(map[string]*said)
		}
		s = &said{text: text}
		w.said[bare] = s
		w.order = append(w.order, s)
	}
	s.n++
	return s.n <= sameWarnings
}

// rest gives a text for the warnings that were not admitted.
func (w *warnings) rest() []string {
	var rest []string
	for _, s := range w.order {
		if more := s.n - sameWarnings; more > 0 {
			rest = append(rest, fmt.Sprintf("%s ... and %d more like it", s.text, more))
		}
	}
	return rest
}
