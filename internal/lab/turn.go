package lab

import "sync/atomic"

// turn counts, and says when it is the turn of what happens each every-th
// time. With 0 it never is.
type turn struct {
	every int
	seen  atomic.Int64
}

// due counts one more. Its answer is how often it has been the turn, this time
// included, and 0 if it is not the turn.
func (t *turn) due() int64 {
	if t.every <= 0 {
		return 0
	}
	seen, every := t.seen.Add(1), int64(t.every)
	if seen%every != 0 {
		return 0
	}
	return seen / every
}
