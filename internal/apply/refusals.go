package apply

import "photosync/internal/record"

// refusals sees when going on makes no sense: after an error that ends every
// run, when the first few writes were all refused alike, which is a missing
// right and not those people's trouble, and when a side answers nobody any more.
// It hears of each change when its write was answered or, without one, when it
// ended; what is seen of a write later says nothing of these.
type refusals struct {
	forbidden  int
	seen       bool // a write that was not refused for lack of rights
	unanswered int  // in a row
}

const (
	// alike is the number of first refusals that are taken for everybody's.
	alike = 4
	// deaf is the number of people in a row after whom a side that does not
	// answer in time, or only asks to wait, is taken to be out of order.
	deaf = 8
)

// note hears of a change that ended without a write that waits to be seen. It
// gives the error that ends the run, if this does.
func (r *refusals) note(end record.Change, err error) error {
	code := record.CodeOf(err)
	switch {
	case err != nil && code.EndsRun():
		return err
	case err != nil && code.Unanswered():
		if r.unanswered++; r.unanswered >= deaf {
			return err
		}
		return nil
	case code == record.PhotoWriteForbidden || code == record.PhotoPolicyRefuses:
		if r.forbidden++; r.forbidden >= alike && !r.seen {
			return err
		}
	default:
		r.seen = r.seen || sent(end)
	}
	r.unanswered = 0
	return nil
}

// taken hears of a write that waits to be seen.
func (r *refusals) taken() { r.seen, r.unanswered = true, 0 }

// sent reports whether the end is one of a write that reached the service.
func sent(end record.Change) bool {
	return end.Bytes != nil || end.Action == record.Remove && end.RequestId != "" && end.Status != record.Skipped
}
