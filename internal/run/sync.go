package run

import (
	"context"
	"errors"
	"time"

	"photosync/internal/apply"
	"photosync/internal/graph"
	"photosync/internal/journal"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// sync is the use case of `photosync sync`. Nothing is written before the
// whole plan is known, has passed the brakes and was approved.
func (t *tally) sync(ctx context.Context, approver Approver, sink Sink) error {
	set, err := t.options.check()
	if err != nil {
		return err
	}
	var j *journal.Journal // none in a dry run
	if !t.options.DryRun {
		if j, err = t.newJournal(set.root); err != nil { // a run that cannot keep a journal need not begin
			return err
		}
		defer func() { _ = j.Close() }() // every line has been synced
	}
	s, err := t.connect(ctx, set, sink)
	if err != nil {
		return err
	}
	defer s.close()
	p, err := t.plan(ctx, s, sink)
	if err != nil {
		return err
	}
	if t.options.DryRun {
		return t.preview(p, sink)
	}
	if err := p.Brake(t.options.Limits); err != nil {
		return err
	}
	if len(p.Changes) == 0 {
		return nil
	}
	if yes, err := approver.Approve(ctx, p); err != nil || !yes {
		return errors.Join(err, t.undone(p, err != nil, sink))
	}
	a := &apply.Applier{
		OnPremises: s.directory, Cloud: cloudReader{s.cloud}, Writer: s.cloud.Writer(), Journal: j,
		RunID: t.summary.RunId, NewID: newID, Now: now,
	}
	return t.write(ctx, a, p, sink)
}

// preview shows what a run would do, and then the brake that would stop it.
func (t *tally) preview(p *plan.Plan, sink Sink) error {
	var err error
	apply.Preview(p.Changes, t.summary.RunId, now, func(c record.Change) {
		t.change(c)
		err = errors.Join(err, sink.Change(c))
	})
	if err != nil {
		return err
	}
	return p.Brake(t.options.Limits)
}

// plan compares everybody and gives the plan. People who are not in it are
// handed to the sink when their photos could not be read, or with All.
func (t *tally) plan(ctx context.Context, s sides, sink Sink) (*plan.Plan, error) {
	p := &plan.Plan{WholeScope: !t.named()}
	err := t.compare(ctx, s, sink, func(r record.Row) error {
		if p.Add(r) || r.Status != record.Unknown && !t.options.All {
			return nil
		}
		c := plan.FromRow(r).Record(record.Skipped, r.Reason)
		if r.Status == record.Unknown {
			c.Status = record.Failed
		}
		c.RunId, c.At = t.summary.RunId, now()
		c.ErrorCode, c.ErrorMessage, c.Remedy, c.RequestId = r.ErrorCode, r.ErrorMessage, r.Remedy, r.RequestId
		if c.Status == record.Failed { // the others were not to be changed
			t.change(c)
		}
		return sink.Change(c)
	})
	return p, err
}

// undone says of every change that it was not begun: because whoever was asked
// said no, or because the asking itself was cut off.
func (t *tally) undone(p *plan.Plan, cutOff bool, sink Sink) error {
	reason := record.Declined
	if cutOff {
		reason = record.RunStopped
	}
	for _, change := range p.Changes {
		c := change.Record(record.Skipped, reason)
		c.RunId, c.At = t.summary.RunId, now()
		t.change(c)
		if err := sink.Change(c); err != nil {
			return err
		}
	}
	if cutOff {
		return nil
	}
	return record.Errorf(record.Cancelled, "the plan was declined; nothing was written").Advise("Run it again when it is wanted.")
}

// write carries the plan out. When the sink fails, no new write is begun.
func (t *tally) write(ctx context.Context, a *apply.Applier, p *plan.Plan, sink Sink) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	said := make(chan struct{})
	unsaid := context.AfterFunc(ctx, func() {
		defer close(said)
		sink.Warn("writes under way are finished, no other is begun")
	})
	defer func() {
		if !unsaid() {
			<-said
		}
	}()
	done, total := int64(0), int64(len(p.Changes))
	err := a.Apply(ctx, p.Changes, func(c record.Change) {
		t.change(c)
		if err := sink.Change(c); err != nil {
			stop(err)
		}
		done++
		sink.Progress(Progress{Stage: StageWrite, Done: done, Total: total})
	})
	return err
}

func now() time.Time { return time.Now().UTC() }

// cloudReader shows a graph client as apply wants to see the cloud.
type cloudReader struct{ *graph.Client }

// ETag asks for one person's metadata, not in a batch: what a batch says of a
// missing photo is not taken for certain.
func (c cloudReader) ETag(ctx context.Context, cloudID string) (string, error) {
	m, err := c.Metadata(ctx, cloudID)
	if err != nil || !m.Exists {
		return "", err
	}
	return m.ETag, nil
}

// Photo gives the largest size.
func (c cloudReader) Photo(ctx context.Context, cloudID string) ([]byte, error) {
	p, err := c.Client.Photo(ctx, cloudID, "")
	if err != nil || !p.Exists {
		return nil, err
	}
	return p.Bytes, nil
}
