package bridge

import (
	"errors"
	"fmt"
)

// The causes for which a session ends early, beside a *ProtocolError and the
// end of the context that was given to Open.
var (
	ErrCancelled    = errors.New("the host cancelled")
	ErrInputEnded   = errors.New("standard input ended in a run")
	ErrOutputBroken = errors.New("standard output takes nothing any more")
	ErrOrphaned     = errors.New("the process that started photosync is gone")
)

// ErrClosed is what a Conn says after Close.
var ErrClosed = errors.New("the bridge is closed")

// ErrEnded is what a Request says after End.
var ErrEnded = errors.New("the request has ended")

// ProtocolError says how the host broke the rules. Its text has nothing of
// what the host sent but numbers and the names of fields: values could be secrets.
type ProtocolError struct {
	Line int   // the line of standard input, counted from 1
	ID   int64 // of the request that the line names, 0 for none
	Text string
}

// Error gives the text with the number of the line.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("line %d of the input: %s", e.Line, e.Text)
}

// textOf gives a breach's text without its line.
func textOf(err error) string {
	if e, ok := errors.AsType[*ProtocolError](err); ok {
		return e.Text
	}
	return err.Error()
}

// breach is a ProtocolError that does not know its line yet.
func breach(format string, args ...any) error {
	return &ProtocolError{Text: fmt.Sprintf(format, args...)}
}

// TooLargeError says that a request's input is over one of the bounds.
type TooLargeError struct {
	What  string // people, photos or photo
	Limit int64
}

// Error names the bound.
func (e *TooLargeError) Error() string {
	switch e.What {
	case tooManyPeople:
		return fmt.Sprintf("more than %d people were handed over", e.Limit)
	case tooManyPhotos:
		return fmt.Sprintf("photos of more than %d bytes together were handed over", e.Limit)
	}
	return fmt.Sprintf("a photo of more than %d bytes was handed over", e.Limit)
}

const (
	tooManyPeople = "people"
	tooManyPhotos = "photos"
	tooLargePhoto = "photo"
)
