package bridge

import "context"

// Proposal is a change that could be made.
type Proposal struct {
	Action      string
	Target      string
	DisplayName string
	Reason      string
	Replaces    bool // there is a photo in the cloud now; it is backed up first
}

type proposeLine struct {
	head
	Ref         int64 `json:"ref"`
	Action      text  `json:"action"`
	Target      text  `json:"target"`
	DisplayName text  `json:"displayName"`
	Reason      text  `json:"reason"`
	Replaces    bool  `json:"replaces"`
}

// Ask proposes changes, at most window of them unanswered at a time, and gives
// the answers in the order of the proposals.
func (r *Request) Ask(ctx context.Context, proposals []Proposal, window int) ([]bool, error) {
	window = max(1, window)
	answers := make([]bool, len(proposals))
	// With room for every open proposal, so that the reader never waits.
	inbox := make(chan answer, window)
	asked, answered := 0, 0
	for answered < len(proposals) {
		if asked < len(proposals) && asked-answered < window && ctx.Err() == nil && r.conn.ctx.Err() == nil {
			if err := r.propose(proposals[asked], &waiter{inbox, asked}); err != nil {
				return nil, err
			}
			asked++
			continue
		}
		select {
		case a := <-inbox:
			answers[a.index] = a.proceed
			answered++
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-r.conn.ctx.Done():
			return nil, context.Cause(r.conn.ctx)
		}
	}
	return answers, nil
}

// Announce proposes a change without waiting for the answer, which changes nothing.
func (r *Request) Announce(p Proposal) error { return r.propose(p, nil) }

func (r *Request) propose(p Proposal, w *waiter) error {
	return r.say(func() error {
		// Known before the line is out: the answer may be here at once.
		ref := r.register(w)
		r.counts.Proposed++
		return r.conn.say(proposeLine{headOf("propose", r.ID), ref, text(p.Action), text(p.Target), text(p.DisplayName), text(p.Reason), p.Replaces})
	})
}

// answer is the host's, to the proposal with this index in Ask's list.
type answer struct {
	index   int
	proceed bool
}

// waiter is where an answer goes.
type waiter struct {
	inbox chan<- answer
	index int
}

// refs are the proposals of a request, counted from 1. They outlive it: the
// host may answer what it was asked before it has read the end line.
type refs struct {
	issued   int64
	answered []uint64 // a bit each
	waiters  map[int64]*waiter
}

func (r *Request) register(w *waiter) int64 {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	f := &r.refs
	f.issued++
	if f.issued/64 >= int64(len(f.answered)) {
		f.answered = append(f.answered, 0)
	}
	if w != nil {
		if f.waiters == nil {
			f.waiters = make(map[int64]*waiter)
		}
		f.waiters[f.issued] = w
	}
	return f.issued
}

// decide takes the host's answer.
func (r *Request) decide(ref int64, proceed bool) error {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	f := &r.refs
	if ref < 1 || ref > f.issued {
		return breach("a decision for proposal %d of request %d, which there is not", ref, r.ID)
	}
	bit := uint64(1) << (ref % 64)
	if f.answered[ref/64]&bit != 0 {
		return breach("a second decision for proposal %d of request %d", ref, r.ID)
	}
	f.answered[ref/64] |= bit
	if w := f.waiters[ref]; w != nil {
		delete(f.waiters, ref)
		w.inbox <- answer{w.index, proceed}
	}
	return nil
}
