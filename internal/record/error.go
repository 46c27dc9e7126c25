package record

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Error is an error with a stable code: what was attempted, on whom, and why
// it failed. What to do about it comes from the catalogue, or from Advice
// where the case at hand knows better. No secret and no photo is ever in it.
type Error struct {
	Code      Code
	Text      string // what was attempted and why it failed; no full stop
	Target    string // the person, server or file concerned, "" if none
	Advice    string // replaces the catalogue's remedy, "" mostly
	RequestID string // of the failed call to Microsoft Graph
	Cause     error

	// RetryAfter is how long the service asked to wait before the same is tried
	// again, 0 if it did not say.
	RetryAfter time.Duration
}

// Errorf makes an [Error]. A cause given with %w is kept for errors.Is and As.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Text: err.Error(), Cause: errors.Unwrap(err)}
}

// On names the person, server or file that the error concerns.
func (e *Error) On(target string) *Error {
	e.Target = target
	return e
}

// Advise replaces the catalogue's remedy.
func (e *Error) Advise(remedy string) *Error {
	e.Advice = remedy
	return e
}

// Error gives `CODE: message`.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Message gives the text on one line, without the code. What cannot be printed
// is replaced: names come from the directory, and terminals obey.
func (e *Error) Message() string { return OneLine(e.Text) }

// Remedy says what to do, as one or more full sentences.
func (e *Error) Remedy() string {
	if e.Advice != "" {
		return OneLine(e.Advice)
	}
	return e.Code.Entry().Remedy
}

// Cited gives the message with the request id of the call that failed, for
// places that have no property for it.
func (e *Error) Cited() string {
	if e.RequestID == "" {
		return e.Message()
	}
	return strings.TrimRight(e.Message(), ". ") + " (request id " + OneLine(e.RequestID) + ")"
}

// Line gives the error as the last line of standard error has it:
// `CODE: message. What to do.`
func (e *Error) Line() string {
	msg := strings.TrimRight(e.Cited(), ". ")
	return string(e.Code) + ": " + msg + ". " + e.Remedy()
}

// From gives the [Error] inside err. A cancelled context becomes Cancelled;
// any other error without a code becomes InternalError. It gives nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return &Error{Code: Cancelled, Text: "the run was cancelled", Cause: err}
	}
	return &Error{Code: InternalError, Text: err.Error(), Cause: err}
}

// CodeOf gives the code of err, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Code
}

// OneLine gives a text on one line. What cannot be printed is replaced.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
}
