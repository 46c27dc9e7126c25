package bridge

import (
	"fmt"
	"io"
	"strconv"
	"time"
)

// Rows are held back for so many, so much or so long. Measured: lines of 10 to
// 50 rows are the fastest for PowerShell, and lines above 85,000 bytes of its
// memory go to the heap of large objects.
const (
	batchRows  = 25
	batchBytes = 32 << 10
	batchDelay = 100 * time.Millisecond
)

// message is what a producer hands to the writer: a complete line, or a row.
type message struct {
	line []byte

	row  []byte
	kind string
	id   int64
}

// writer is the only one that touches the output.
type writer struct {
	out   io.Writer
	batch []byte // a result line without its end
	rows  int
	bytes int // of the rows and the commas between them
	kind  string
	due   *time.Timer // for the batch
}

func newWriter(out io.Writer) *writer {
	w := &writer{out: out, due: time.NewTimer(batchDelay)}
	w.due.Stop()
	return w
}

// write is the writer's goroutine. It ends with Close or when the output fails.
func (c *Conn) write(w *writer) {
	defer close(c.written)
	defer w.due.Stop()
	silence := time.NewTimer(c.options.Alive)
	defer silence.Stop()
	for {
		var err error
		select {
		case m := <-c.lines:
			err = w.take(m)
		case <-w.due.C:
			err = w.flush()
		case <-silence.C:
			if id, ok := c.current(); ok {
				err = w.write(mustEncode(headOf("alive", id)))
			}
		case <-c.closed:
			if err = w.takeAll(c.lines); err == nil {
				return
			}
		}
		if err != nil {
			close(c.broken) // first, so that who sees the cause sees this too
			c.cancel(fmt.Errorf("%w: %w", ErrOutputBroken, err))
			return
		}
		silence.Reset(c.options.Alive)
	}
}

// takeAll takes what is queued and does not wait for more.
func (w *writer) takeAll(lines <-chan message) error {
	for {
		select {
		case m := <-lines:
			if err := w.take(m); err != nil {
				return err
			}
		default:
			return w.flush()
		}
	}
}

func (w *writer) take(m message) error {
	if m.row != nil {
		return w.add(m)
	}
	if err := w.flush(); err != nil {
		return err
	}
	return w.write(m.line)
}

// add puts a row into the batch.
func (w *writer) add(m message) error {
	// A request's end line is between its rows and the next one's, so a batch
	// is never of two requests.
	if w.rows > 0 && (w.kind != m.kind || w.bytes+1+len(m.row) > batchBytes) {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if w.rows == 0 {
		w.kind = m.kind
		w.batch = append(w.batch, `{"v":1,"type":"result","id":`...)
		w.batch = strconv.AppendInt(w.batch, m.id, 10)
		w.batch = append(w.batch, `,"kind":"`...)
		w.batch = append(append(w.batch, m.kind...), `","items":[`...)
		w.due.Reset(batchDelay)
	} else {
		w.batch = append(w.batch, ',')
		w.bytes++
	}
	w.batch = append(w.batch, m.row...)
	w.rows++
	w.bytes += len(m.row)
	if w.rows == batchRows || w.bytes >= batchBytes {
		return w.flush()
	}
	return nil
}

// flush writes the batch, if there is one.
func (w *writer) flush() error {
	if w.rows == 0 {
		return nil
	}
	w.due.Stop()
	line := append(w.batch, "]}\n"...)
	w.batch, w.rows, w.bytes = line[:0], 0, 0
	return w.write(line)
}

func (w *writer) write(line []byte) error {
	n, err := w.out.Write(line)
	if err == nil && n < len(line) {
		err = io.ErrShortWrite
	}
	return err
}

// send hands a message to the writer and waits while there are too many.
func (c *Conn) send(m message) error {
	if err := c.outputError(); err != nil {
		return err
	}
	select {
	case c.lines <- m:
		return nil
	case <-c.broken:
	case <-c.closed:
	}
	return c.outputError()
}

// say encodes and sends a line.
func (c *Conn) say(line any) error {
	b, err := encode(line)
	if err != nil {
		return err
	}
	return c.send(message{line: b})
}

// outputError says why nothing can be written any more.
func (c *Conn) outputError() error {
	select {
	case <-c.broken:
		return ErrOutputBroken
	default:
	}
	select {
	case <-c.closed:
		return ErrClosed
	default:
	}
	return nil
}
