package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"photosync/internal/graph"
	"photosync/internal/journal"
	"photosync/internal/match"
	"photosync/internal/pace"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// RestoreWhenInterrupted bounds what a write probe does after its context has
// ended: the putting back. Whoever ends the process earlier leaves a test picture.
const RestoreWhenInterrupted = 2 * time.Minute

// times are the waits and bounds of a write probe.
type times struct {
	restore     time.Duration   // for putting back, waits that the service asks for included
	interrupted time.Duration   // for all that is done after the check was cancelled
	glance      time.Duration   // for one look before a try to put back
	first, most time.Duration   // waits between these tries; they double
	say         time.Duration   // between warnings that it is still tried
	looks       []time.Duration // between looks at a write
}

var probeTimes = times{
	restore: 10 * time.Minute, interrupted: RestoreWhenInterrupted, glance: 30 * time.Second,
	first: time.Second, most: 30 * time.Second, say: time.Minute,
	looks: []time.Duration{300 * time.Millisecond, 700 * time.Millisecond, time.Second}, // as package apply has them
}

// probe is the write probe of one person: what was there, and what is written.
type probe struct {
	*checker
	client  *graph.Client
	cloud   cloudReader // the same, to read
	journal *journal.Journal
	user    match.CloudUser

	etag   string // of the photo that was there, "" when there was none
	old    []byte // its bytes
	backup string // its SHA-256, which names the backup
	test   []byte // the test picture

	shown    sight       // what the last look saw; unclear from a write or a look that failed on
	testETag string      // of the test picture, once it was seen
	hold     time.Time   // until when the service asked to wait
	quiet    func() bool // ends the warning of a cancelled check
}

// writeProbe writes a test picture for one person, looks until it is seen, and
// puts back what was there. Nothing is written before that is backed up.
func (c *checker) writeProbe(ctx context.Context) (answer record.Check) {
	lock, err := c.lock()
	if err != nil {
		return fail(err)
	}
	defer func() { _ = lock.Release() }() // the end of the process releases it too
	user, err := c.cloudUser(ctx, c.options.WriteProbe)
	if err != nil {
		return fail(err)
	}
	test, err := testPicture(c.summary.RunId)
	if err != nil {
		return fail(err)
	}
	j, err := c.newJournal(ctx, settings{root: c.root, credential: c.credential}, "")
	if err != nil {
		return fail(err)
	}
	defer func() { // every line that matters has been synced
		how := record.OutcomeOk
		if answer.Status == record.Fail {
			how = record.OutcomeFailed
		}
		_ = j.End(journal.End{At: now(), Outcome: how})
		_ = j.Close()
	}()
	p := &probe{checker: c, client: c.cloud, cloud: cloudReader{c.cloud}, journal: j, user: user, test: test}
	if err := p.keep(ctx); err != nil {
		return fail(err)
	}
	defer p.leave()
	return p.run(ctx)
}

// leave ends what the probe has for itself.
func (p *probe) leave() {
	if p.quiet != nil {
		p.quiet()
	}
	p.leaveClient()
}

func (p *probe) leaveClient() {
	if p.client != p.checker.cloud {
		p.client.Close()
	}
}

// keep reads and backs up what is there, until it holds still.
func (p *probe) keep(ctx context.Context) error {
	for range 3 {
		var err error
		p.old, p.backup = nil, "" // of an earlier round
		if p.etag, err = p.cloud.ETag(ctx, p.user.ID); err != nil {
			return err
		}
		if p.etag == "" {
			return p.nothing(ctx, 2)
		}
		if p.old, err = p.cloud.PhotoOf(ctx, p.user.ID, p.etag); err != nil {
			return err
		}
		if p.old == nil { // it moved
			continue
		}
		if err := p.restorable(); err != nil {
			return err
		}
		if p.backup, err = p.journal.Backup(p.old); err != nil {
			return err
		}
		etag, err := p.cloud.ETag(ctx, p.user.ID)
		if err != nil || etag == p.etag {
			return err
		}
	}
	return record.Errorf(record.CloudPhotoUnreadable, "the photo of %s changes again and again; nothing was written", p.user.UserPrincipalName).
		On(p.user.UserPrincipalName).Advise("Name a test user whose photo nobody else writes.")
}

// nothing gives an error unless metadata and bytes both say so many times that
// there is no photo: what is taken for none is removed in the end.
func (p *probe) nothing(ctx context.Context, times int) error {
	for range times {
		etag, err := p.cloud.ETag(ctx, p.user.ID)
		if err != nil {
			return err
		}
		shown, err := p.cloud.Photo(ctx, p.user.ID)
		if err != nil {
			return err
		}
		if etag != "" || shown != nil {
			so := ""
			if !p.wrote {
				so = "; nothing was written"
			}
			return record.Errorf(record.CloudPhotoUnreadable, "the cloud says that %s has no photo, and that there is one%s", p.user.UserPrincipalName, so).
				On(p.user.UserPrincipalName).Advise("Run it again later, or name another test user.")
		}
	}
	return nil
}

// restorable refuses a photo that could not be put back as it is: only JPEG is
// ever sent.
func (p *probe) restorable() error {
	refuse := func(format string, args ...any) error {
		return record.Errorf(record.CloudPhotoUnreadable, "the photo of %s could not be put back: %s; nothing was written", p.user.UserPrincipalName, fmt.Sprintf(format, args...)).
			On(p.user.UserPrincipalName).Advise("Name a test user whose photo is a JPEG under 4 MB, or who has none.")
	}
	if p.old == nil {
		return refuse("its metadata is there and its bytes are not")
	}
	facts, err := photo.Inspect(p.old)
	switch {
	case err != nil:
		return refuse("%v", err)
	case facts.Format != photo.JPEG || facts.Text:
		return refuse("it is of the format %s", facts.Format)
	case len(p.old) > photo.MaxUpload:
		return refuse("it has %d bytes", len(p.old))
	}
	return nil
}

// run writes and puts back. Once the test picture may have reached the service,
// the photo is put back whatever happens then, a cancelled check included; unless
// the cloud shows a third picture: that is somebody's choice.
func (p *probe) run(ctx context.Context) record.Check {
	going, cancel := outliving(ctx, p.times.interrupted)
	defer cancel()
	sent := p.send(ctx, going)
	switch {
	case errors.Is(sent.err, errThird):
		return p.third(sent.err)
	case !sent.reached:
		return fail(sent.err)
	}
	within, cancel := context.WithTimeout(going, p.times.restore)
	defer cancel()
	restored := p.restore(ctx, within, sent)
	switch {
	case errors.Is(restored.err, errThird):
		return p.third(restored.err)
	case restored.err != nil:
		return p.notRestored(restored.err)
	case restored.untouched:
		row := fail(sent.err)
		row.Evidence += "; the cloud still shows what was there before"
		return row
	}
	return p.result(sent, restored)
}

// outliving gives a context that ends a while after ctx has.
func outliving(ctx context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	going, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		_ = pace.Sleep(going, after)
		cancel()
	})
	return going, func() { stop(); cancel() }
}

// result tells of a photo that was put back.
func (p *probe) result(sent, restored end) record.Check {
	who, back := p.user.UserPrincipalName, p.putBack(restored)
	switch {
	case sent.err != nil:
		row := fail(sent.err)
		row.Evidence += "; " + back
		return row
	case !restored.seen:
		return warn("Look at the photo of "+who+" in Microsoft 365 later. "+p.byHand(), "the test picture was written for %s; %s", who, back)
	case sent.cancelled:
		return unknown("Run it again.", "the check was cancelled when the test picture had been written for %s; %s", who, back)
	case !sent.seen:
		return warn("The service shows writes late: a sync will say Pending, and the next run settles it.",
			"the test picture was accepted for %s and not seen within %s; %s", who, short(sent.took), back)
	}
	return pass("the test picture was written for %s and seen after %s; %s", who, short(sent.took), back)
}

func short(d time.Duration) string {
	if d < 100*time.Millisecond {
		return "less than 100ms"
	}
	return d.Round(100 * time.Millisecond).String()
}

// putBack says what became of the photo that was there.
func (p *probe) putBack(restored end) string {
	was := "there was no photo before, and there is none again"
	switch {
	case !restored.seen:
		return fmt.Sprintf("putting back what was there was accepted, and not seen within %s", short(restored.took))
	case p.etag != "" && restored.exact:
		was = fmt.Sprintf("the photo that was there (%d bytes) is back, byte for byte", len(p.old))
	case p.etag != "":
		was = fmt.Sprintf("the photo that was there (%d bytes) is back, as the same picture in other bytes", len(p.old))
	}
	return fmt.Sprintf("%s, seen after %s", was, short(restored.took))
}

// third tells of a picture that is neither the test picture nor what was there.
func (p *probe) third(err error) record.Check {
	row := fail(err)
	row.Evidence += "; it may be somebody's choice and was left as it is; " + p.whatWas()
	row.Remedy = "Look at the photo of " + p.user.UserPrincipalName + " in Microsoft 365. " + p.byHand()
	return row
}

// notRestored tells of the worst that a probe can do.
func (p *probe) notRestored(err error) record.Check {
	e := record.From(err)
	shows := "what the cloud shows is not known, and may be a test picture"
	if p.shown == testPictureThere {
		shows = "the cloud shows a test picture"
	}
	text := fmt.Sprintf("THE PHOTO OF %s WAS NOT PUT BACK and %s: %s; %s", p.user.UserPrincipalName, shows, e.Message(), p.whatWas())
	loud := &record.Error{Code: e.Code, Text: text, Target: p.user.UserPrincipalName, Advice: p.byHand(), RequestID: e.RequestID, Cause: err}
	p.lost = loud
	p.sink.Warn(loud.Message())
	return fail(loud)
}

// whatWas says what was there before, and where it lies.
func (p *probe) whatWas() string {
	if p.etag == "" {
		return "before the test there was no photo"
	}
	return fmt.Sprintf("what was there lies in %s (SHA-256 %s, %d bytes)", p.backupFile(), p.backup, len(p.old))
}

func (p *probe) backupFile() string {
	return journal.BackupFile(p.options.StateDir, p.backup, p.options.BackupRecipient)
}

// byHand gives the command that puts back what was there.
func (p *probe) byHand() string {
	uri := "-Uri '" + p.root + "/v1.0/users/" + p.user.ID + "/photo/$value'"
	if p.options.BackupRecipient != "" {
		return "To put it back: photosync restore --run " + p.tally.summary.RunId + " --force --identity-file FILE"
	}
	if p.etag == "" {
		return "To remove it by hand: Invoke-MgGraphRequest -Method DELETE " + uri
	}
	return "To put it back by hand: Invoke-MgGraphRequest -Method PUT " + uri + " -ContentType image/jpeg -InputFilePath '" + strings.ReplaceAll(p.backupFile(), "'", "''") + "'"
}
