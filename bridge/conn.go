package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Options are what a Conn may do differently. The zero value is right.
type Options struct {
	Alive      time.Duration // silence after which an alive line is due; 0 means 10 s
	Drain      time.Duration // how long Close waits for the host to read; 0 means 2 s
	ParentGone func() bool   // asked now and then; nil asks the system

	bounds bounds // zero outside of tests
}

// bounds are the constants of the same names.
type bounds struct {
	people                int
	photoBytes, photoSize int64
}

// watchEvery is how often the parent is looked for.
const watchEvery = 5 * time.Second

func (o *Options) complete() {
	if o.Alive == 0 {
		o.Alive = 10 * time.Second
	}
	if o.Drain == 0 {
		o.Drain = 2 * time.Second
	}
	if o.ParentGone == nil {
		o.ParentGone = parentGone()
	}
	if o.bounds == (bounds{}) {
		o.bounds = bounds{MaxPeople, MaxPhotoBytes, MaxPhoto}
	}
}

// Conn is the binary's end of a bridge.
type Conn struct {
	ctx     context.Context // the session; see Context
	cancel  context.CancelCauseFunc
	options Options

	lines   chan message  // to the writer
	broken  chan struct{} // closed when the output takes nothing any more
	written chan struct{} // closed when the writer has ended
	closed  chan struct{} // closed by Close
	closing sync.Once
	watched sync.WaitGroup

	queue chan *Request // requests that wait for Next
	over  chan struct{} // closed when the input ended between requests

	mu       sync.Mutex // for what follows; nobody waits for anything while holding it
	requests map[int64]*Request
	open     int      // requests that have not ended
	serving  *Request // the one that Next gave last, until it ends
	held     load     // by all open requests
}

// load is what input costs.
type load struct {
	people int
	photos int64
}

// Open begins a session: it greets the host and starts to read what the host
// says. The Conn has to be closed.
func Open(ctx context.Context, in io.Reader, out io.Writer, h Hello, o Options) *Conn {
	o.complete()
	c := &Conn{
		options:  o,
		lines:    make(chan message, 64),
		broken:   make(chan struct{}),
		written:  make(chan struct{}),
		closed:   make(chan struct{}),
		queue:    make(chan *Request, MaxWaiting),
		over:     make(chan struct{}),
		requests: make(map[int64]*Request),
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	_ = c.send(message{line: mustEncode(h.line())}) // the channel is empty
	go c.write(newWriter(out))
	go (&reader{conn: c, lines: newLineScanner(in)}).run()
	c.watched.Go(c.watch)
	return c
}

// mustEncode is for lines of which every value can be encoded.
func mustEncode(line any) []byte {
	b, err := encode(line)
	if err != nil {
		panic(err)
	}
	return b
}

// Context is over when the session must end. Its cause is ErrCancelled,
// ErrInputEnded, ErrOutputBroken, ErrOrphaned, a *ProtocolError, or that of
// the context that was given to Open.
func (c *Conn) Context() context.Context { return c.ctx }

// Next gives the requests in their order. It returns io.EOF when the input has
// ended between two requests, and the cause when the session must end. A
// request that came before the cause is still given, with the session's
// context over, so that each request gets its end line whatever happened
// first; only a broken output or Close make that vain.
func (c *Conn) Next() (*Request, error) {
	select {
	case r := <-c.queue:
		return c.begin(r)
	case <-c.over:
	case <-c.ctx.Done():
	}
	// The reader queues before it closes or cancels.
	select {
	case r := <-c.queue:
		return c.begin(r)
	default:
	}
	if c.ctx.Err() != nil {
		return nil, context.Cause(c.ctx)
	}
	return nil, io.EOF
}

func (c *Conn) begin(r *Request) (*Request, error) {
	if err := c.outputError(); err != nil {
		return nil, err
	}
	r.begun = time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving = r
	return r, nil
}

// Error writes an error that belongs to no request, such as a ProtocolError
// between two of them.
func (c *Conn) Error(e Error) error { return c.say(e.line(0)) }

// Close writes what is still queued and ends the session. It returns an error
// when the host did not read that. Only the reader may outlive it, in a Read of
// standard input that nothing interrupts.
func (c *Conn) Close() error {
	c.closing.Do(func() { close(c.closed) })
	c.cancel(ErrClosed)
	c.watched.Wait()
	patience := time.NewTimer(c.options.Drain)
	defer patience.Stop()
	select {
	case <-c.written:
	case <-patience.C:
		return fmt.Errorf("%w: nobody read the last lines", ErrOutputBroken)
	}
	if err := c.outputError(); !errors.Is(err, ErrClosed) {
		return err
	}
	return nil
}

// watch ends the session when the parent is gone. A host that died cannot
// always end our input: another of its children may have inherited the pipe.
func (c *Conn) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if c.options.ParentGone() {
				c.cancel(ErrOrphaned)
				return
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// current gives the id of the request that is being served.
func (c *Conn) current() (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.serving == nil {
		return 0, false
	}
	return c.serving.ID, true
}
