package graph

import (
	"context"

	abs "github.com/microsoft/kiota-abstractions-go"

	"photosync/internal/record"
)

// Writer writes photos. It shares its client's slots, counters and patience.
type Writer struct{ client *Client }

// Writer gives the client's writer.
func (c *Client) Writer() *Writer { return &Writer{client: c} }

// PutPhoto replaces the user's photo by a JPEG, in a single try. requestID goes
// out as client-request-id. Errors that leave something to do: GraphThrottled
// and GraphUnreachable, when nothing was written and the same may be tried
// again after a new look (RetryAfter says when); PhotoOutcomeUncertain, when
// only a look can tell whether it was written.
func (w *Writer) PutPhoto(ctx context.Context, id string, jpeg []byte, requestID string) error {
	if len(jpeg) == 0 {
		return record.Errorf(record.InternalError, "an empty photo was to be written for %s", id).On(id)
	}
	path, err := userPath(id)
	if err != nil {
		return err
	}
	q := call{
		kind: putCall, attempt: "write the photo of", target: id, method: abs.PUT, url: w.client.at(path+"/photo/$value", ""),
		accept: acceptJSON, body: jpeg, bodyType: "image/jpeg", requestID: requestID, limit: maxOther, weight: "write",
	}
	a, err := w.client.do(ctx, q)
	if err != nil {
		return err
	}
	if a.status >= 400 {
		return q.refused(a)
	}
	return nil
}

// DeletePhoto removes the user's photo, in a single try, with the errors of
// PutPhoto. That there is none is no error: it may have gone with a try whose
// answer was lost.
func (w *Writer) DeletePhoto(ctx context.Context, id, requestID string) error {
	path, err := userPath(id)
	if err != nil {
		return err
	}
	q := call{
		kind: deleteCall, attempt: "remove the photo of", target: id, method: abs.DELETE, url: w.client.at(path+"/photo/$value", ""),
		accept: acceptJSON, requestID: requestID, limit: maxOther, weight: "remove",
	}
	a, err := w.client.do(ctx, q)
	if err != nil {
		return err
	}
	if a.status >= 400 && !a.noPhoto() {
		return q.refused(a)
	}
	return nil
}
