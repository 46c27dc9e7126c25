package run

import (
	"context"
	"errors"
	"fmt"

	"photosync/internal/directory"
	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/record"
)

// drift is the use case of `photosync drift`.
func (t *tally) drift(ctx context.Context, sink Sink) error {
	set, err := t.options.check()
	if err != nil {
		return err
	}
	s, err := t.connect(ctx, set, sink)
	if err != nil {
		return err
	}
	defer s.close()
	p := newPast(set, t.options, sink)
	orphans := 0 // that no row tells of
	err = t.compare(ctx, s, p, sink, func(_ *candidate, r record.Row) error {
		if drift.IsOrphan(r) && !r.Status.NeedsAttention() && !t.options.All && !t.named() {
			orphans++
		}
		if t.options.All || t.named() || r.Status.NeedsAttention() {
			return sink.Row(r)
		}
		return nil
	})
	if orphans > 0 {
		sink.Warn(fmt.Sprintf("cloud photos of disabled accounts that are still shown: %d; --all has their rows, with the finding %s", orphans, record.Orphan))
	}
	return errors.Join(err, p.close())
}

// named reports whether the run is over people whom somebody named.
func (t *tally) named() bool { return len(t.options.People) > 0 }

// compare gives the row of everybody whom the options name, in the order of
// the directory or of the names, and then of those who left it.
func (t *tally) compare(ctx context.Context, s sides, past *past, sink Sink, yield func(*candidate, record.Row) error) error {
	past.of(s, t.options)
	c := newComparer(s, past, t.options)
	var source func(context.Context, func(window) error) error
	var total int64
	if t.named() {
		total = int64(len(t.options.People))
		l, err := t.lookup(ctx, s, sink)
		if err != nil {
			return err
		}
		source = l.windows
	} else {
		index, people, gone, err := t.settle(ctx, s, past, sink)
		if err != nil {
			return err
		}
		if t.options.Scope.Whole() {
			total = people
		}
		source = func(ctx context.Context, yield func(window) error) error {
			all := gatherer{yield: yield}
			err := s.directory.PeopleWithPhotos(ctx, t.options.Scope, func(page []directory.Entry) error {
				for _, e := range page {
					if err := all.add(&candidate{Facts: drift.Facts{Person: e.Person, Match: index.Match(e.Person)}, photo: e.Photo}); err != nil {
						return err
					}
				}
				return nil
			})
			for _, p := range gone {
				if err == nil {
					err = all.add(p)
				}
			}
			if err != nil {
				return err
			}
			return all.flush()
		}
	}
	var done int64
	var seen pictures
	policy := t.policy()
	err := c.rows(ctx, source, func(w window) error {
		for _, p := range w {
			seen.add(p)
			r := drift.Judge(p.Facts, policy)
			if err := past.judged(p, r); err != nil {
				return err
			}
			if p.Past.Gone && r.Status == record.NoPhoto { // nobody, and no photo
				continue
			}
			t.row(r)
			if err := yield(p, r); err != nil {
				return err
			}
		}
		done += int64(len(w))
		sink.Progress(Progress{Stage: StageCompare, Done: done, Total: total})
		return nil
	})
	sink.Verbose(paced(s.cloud.Pace()))
	if text := seen.warning(); err == nil && text != "" {
		sink.Warn(text)
	}
	return err
}

// paced says what the service was found to take.
func paced(requests int, rate float64) string {
	text := fmt.Sprintf("Microsoft Graph takes %d requests at once", requests)
	if rate > 0 {
		text += fmt.Sprintf(" and about %.3g a second", rate)
	}
	return text
}

// policy is what the rows are judged by.
func (t *tally) policy() drift.Policy {
	o := t.options
	return drift.Policy{
		Baseline: o.Baseline, OnConflict: o.OnConflict, AllowDowngrade: o.AllowDowngrade, RemoveOrphans: o.RemoveOrphans, Grace: o.Grace, Now: now(),
	}
}

// settle makes the first two passes: the cloud's roster, then everybody's keys
// in the directory. It reads the keys of the whole directory even when the
// scope is a part of it: whether somebody outside names the same cloud user
// decides whether a match inside is one. It gives the number of people, and
// those who left the directory since both sides agreed.
func (t *tally) settle(ctx context.Context, s sides, past *past, sink Sink) (*match.Index, int64, window, error) {
	index, err := roster(ctx, s, sink)
	if err != nil {
		return nil, 0, nil, err
	}
	left, err := past.everybody(ctx, t.options.Scope)
	if err != nil {
		return nil, 0, nil, err
	}
	var people int64
	claim := func(page []match.Person) error {
		for _, p := range page {
			index.Claim(p)
			delete(left, p.ObjectGUID)
		}
		people += int64(len(page))
		sink.Progress(Progress{Stage: StageKeys, Done: people})
		return nil
	}
	err = s.directory.Keys(ctx, directory.Scope{}, claim)
	if err == nil && s.directory.Outside(t.options.Scope) {
		err = s.directory.Keys(ctx, t.options.Scope, claim)
	}
	if err != nil {
		return nil, 0, nil, err
	}
	gone, err := past.gone(left, index)
	if err == nil {
		gone, err = vouched(ctx, s, gone, sink)
	}
	return index, people, gone, err
}

// roster reads the cloud's users into an index.
func roster(ctx context.Context, s sides, sink Sink) (*match.Index, error) {
	index := match.NewIndex()
	err := s.cloud.Roster(ctx, func(page []match.CloudUser) error {
		for _, u := range page {
			index.Add(u)
		}
		sink.Progress(Progress{Stage: StageRoster, Done: int64(index.Len())})
		return nil
	})
	if err == nil && index.Len() == 0 {
		sink.Warn("Microsoft 365 gave no users at all; check the tenant and the application's permissions")
	}
	return index, err
}
