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
			index := asked
			if err := r.propose(proposals[asked], func(proceed bool) { inbox <- answer{index, proceed} }); err != nil {
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

func (r *Request) propose(p Proposal, deliver func(bool)) error {
	return r.say(func() error {
		// Known before the line is out: the answer may be here at once.
		r.conn.mu.Lock()
		ref := r.proposals.issue(deliver)
		r.conn.mu.Unlock()
		r.counts.Proposed++
		return r.conn.say(proposeLine{headOf("propose", r.ID), ref, text(p.Action), text(p.Target), text(p.DisplayName), text(p.Reason), p.Replaces})
	})
}

// answer is the host's, to the proposal with this index in Ask's list.
type answer struct {
	index   int
	proceed bool
}
