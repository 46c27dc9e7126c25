package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// search makes one request and hands each entry to take, until take says enough.
// It gives the cookie of the next page, nil after the last. The errors are
// go-ldap's, errLost, errOverdue or the context's; [AD.failure] explains them.
func (s *session) search(ctx context.Context, limit time.Duration, req *ldap.SearchRequest, take func(*ldap.Entry) bool) (cookie []byte, err error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	answer := s.conn.SearchAsync(limited, req, 0)
	defer func() {
		cancel()
		for answer.Next() { // until go-ldap's goroutine has ended
		}
	}()
	for answer.Next() {
		if e := answer.Entry(); e != nil {
			if !take(e) {
				return nil, nil
			}
		}
		if page, ok := ldap.FindControl(answer.Controls(), ldap.ControlTypePaging).(*ldap.ControlPaging); ok {
			cookie = page.Cookie
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, errOverdue
	case answer.Err() != nil:
		return nil, answer.Err()
	}
	return cookie, s.endedSilently()
}

// endedSilently finds the two ends of a search that go-ldap does not report: a
// connection that was closed before the request, and a panic in its decoder.
// Taken for an end, they would look like an empty directory.
func (s *session) endedSilently() error {
	const panicked = "recovered panic in searchResponse"
	if err := s.conn.GetLastError(); err != nil && strings.Contains(err.Error(), panicked) {
		return errors.New(clip(err.Error()))
	}
	if s.conn.IsClosing() {
		return fmt.Errorf("%w before the search ended", errLost)
	}
	return nil
}
