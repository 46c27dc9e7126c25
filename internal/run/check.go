package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"photosync/internal/directory"
	"photosync/internal/graph"
	"photosync/internal/journal"
	"photosync/internal/record"
)

// ErrChecks is in the error of a check that went to its end although questions
// were answered with Fail.
var ErrChecks = errors.New("checks failed")

// StageCheck is the stage of [Check].
const StageCheck Stage = "Checking"

// CheckSink takes what [Check] gives, one call at a time.
type CheckSink interface {
	Check(record.Check) error
	Progress(Progress)
	Warn(text string)
	Verbose(text string)
}

// A check tells within minutes that a side does not answer, where a run would
// wait longer for it.
var checkLimits = limits{timeout: 20 * time.Second, patience: time.Minute}

// Check looks whether everything that runs need is there and hands the sink an
// answer to each question. It writes nothing but, with Options.WriteProbe, the
// photo of that one person, which it puts back.
//
// What makes a question impossible ends nothing: the answer says so. The error
// is that of the one answer that is Fail, ChecksFailed for several, or that of
// settings that no question can be asked with.
func Check(ctx context.Context, o Options, sink CheckSink) (record.Summary, error) {
	return check(ctx, o, sink, probeTimes)
}

func check(ctx context.Context, o Options, sink CheckSink, t times) (record.Summary, error) {
	c := &checker{tally: newTally("check", o), sink: &checksOneAtATime{sink: sink}, culprits: make(map[string]string), times: t}
	return c.settle(cancelled(ctx, c.all(ctx)))
}

// The questions, by their stable names.
const (
	qReached      = "DirectoryReached"
	qTrusted      = "DirectoryTrusted"
	qBound        = "DirectoryBound"
	qRead         = "DirectoryRead"
	qPhotos       = "DirectoryPhotos"
	qSignIn       = "SignIn"
	qTenant       = "TokenTenant"
	qCertificate  = "Certificate"
	qListUsers    = "RoleListUsers"
	qReadPhotos   = "RoleReadPhotos"
	qWritePhotos  = "RoleWritePhotos"
	qReadPolicy   = "RoleReadPolicy"
	qPolicy       = "PhotoPolicy"
	qOtherWriters = "OtherWriters"
	qClock        = "ClockSkew"
	qCanary       = "CanaryRead"
	qState        = "State"
	qWriteProbe   = "WriteProbe"
)

// question is one row of a check. It is not asked when one of those that it
// needs was answered with Fail, or was not asked itself.
type question struct {
	name  string
	needs []string
	ask   func(*checker, context.Context) record.Check
}

// questions are asked in this order. Those about the token need one, which may
// be there although it is refused. Those that need OtherWriters need a Microsoft
// Graph that answers at all: short of that, PhotoPolicy and OtherWriters are
// never answered with Fail.
var questions = []question{
	{qReached, nil, (*checker).directoryReached},
	{qTrusted, []string{qReached}, (*checker).directoryTrusted},
	{qBound, []string{qTrusted}, (*checker).directoryBound},
	{qRead, []string{qBound}, (*checker).directoryRead},
	{qPhotos, []string{qRead}, (*checker).directoryPhotos},
	{qSignIn, nil, (*checker).signIn},
	{qTenant, nil, (*checker).tokenTenant},
	{qCertificate, nil, (*checker).certificate},
	{qListUsers, nil, role(listUsers)},
	{qReadPhotos, nil, role(readPhotos)},
	{qWritePhotos, nil, role(writePhotos)},
	{qReadPolicy, nil, role(readPolicy)},
	{qPolicy, []string{qSignIn}, (*checker).photoPolicy},
	{qOtherWriters, []string{qPolicy}, (*checker).otherWriters},
	{qClock, []string{qOtherWriters}, (*checker).clockSkew},
	{qCanary, []string{qOtherWriters}, (*checker).canaryRead},
	{qState, nil, (*checker).state},
	{qWriteProbe, []string{qOtherWriters, qState}, (*checker).writeProbe},
}

// checker is one check: what earlier questions found out for later ones.
type checker struct {
	*tally
	sink     CheckSink
	culprits map[string]string // by question that failed or was not asked: the one that failed
	asked    int
	failures []failure
	wrote    bool  // the write probe began to write
	lost     error // of a photo that was not put back
	times    times // of the write probe

	reached    directory.Reached
	untrusted  error                         // why the server's certificate is not trusted
	directory  *directory.AD                 // nil unless it was bound
	pictured   []directory.Entry             // the first people with photos
	root       string                        // of Microsoft Graph
	credential azcore.TokenCredential        // nil where none is needed
	cloud      *graph.Client                 // nil unless the sign-in went well
	another    func() (*graph.Client, error) // gives another such client, with patience of its own
	token      token
	policy     *graph.PhotoPolicy // nil when it could not be read
	clock      clock
}

// failure is a question that was answered with Fail.
type failure struct {
	name string
	err  *record.Error
}

// all asks the questions.
func (c *checker) all(ctx context.Context) error {
	if err := c.prepare(); err != nil {
		return err
	}
	defer func() { sides{c.directory, c.cloud}.close() }()
	list := questions
	if c.options.WriteProbe == "" {
		list = questions[:len(questions)-1]
	}
	for i, q := range list {
		row := c.answer(ctx, q)
		if ctx.Err() != nil && !c.wrote {
			return ctx.Err() // the answer may be the cancelling's
		}
		if err := c.give(row); err != nil {
			return err
		}
		c.sink.Progress(Progress{Stage: StageCheck, Done: int64(i + 1), Total: int64(len(list))})
	}
	return ctx.Err()
}

// prepare refuses settings that no question could be asked with.
func (c *checker) prepare() error {
	o := &c.options
	if err := errors.Join(o.Scope.Check(), journal.CheckRecipient(o.BackupRecipient)); err != nil {
		return err
	}
	root, err := graph.RootOf(o.Auth.Environment)
	if err != nil {
		return err
	}
	c.root = cmp.Or(o.GraphRoot, root)
	if err := graph.CheckRoot(c.root, o.Auth.Environment); err != nil {
		return err
	}
	o.Auth.Loopback, err = graph.Loopback(c.root)
	return err
}

// answer asks one question, unless an earlier one failed that it needs.
func (c *checker) answer(ctx context.Context, q question) record.Check {
	row := c.notAsked(q.needs...)
	if row.Status == "" {
		row = q.ask(c, ctx)
	}
	row.Check = q.name
	if row.Status == record.Fail {
		c.culprits[q.name] = q.name
	} else if culprit := c.culprit(q.needs...); culprit != "" {
		c.culprits[q.name] = culprit
	}
	return row
}

// culprit gives the question that failed and that one of the named ones needs
// or is, "" if none did.
func (c *checker) culprit(needs ...string) string {
	for _, n := range needs {
		if name := c.culprits[n]; name != "" {
			return name
		}
	}
	return ""
}

// notAsked gives the answer to a question that cannot be asked, with no status
// when it can be.
func (c *checker) notAsked(needs ...string) record.Check {
	culprit := c.culprit(needs...)
	if culprit == "" {
		return record.Check{}
	}
	return unknown("Mend "+culprit+" first.", "not asked, because %s failed", culprit)
}

// give counts an answer and hands it on.
func (c *checker) give(row record.Check) error {
	row.Evidence, row.Remedy = record.OneLine(row.Evidence), record.OneLine(row.Remedy)
	c.asked++
	if row.Status == record.Fail {
		e := &record.Error{Code: cmp.Or(row.ErrorCode, record.ChecksFailed), Text: row.Evidence, Target: row.Check, Advice: row.Remedy, RequestID: row.RequestId}
		c.failures = append(c.failures, failure{row.Check, e})
	}
	return c.sink.Check(row)
}

// settle completes the summary. The exit code is the worst of those of the
// failures, whatever the error that speaks for them.
func (c *checker) settle(err error) (record.Summary, error) {
	exits := make([]record.ExitCode, 0, len(c.failures)+2)
	for _, f := range c.failures {
		exits = append(exits, f.err.Code.Entry().Exit)
	}
	switch {
	case c.lost != nil: // it speaks for everything else, a cancelled run included
		if err != nil {
			exits = append(exits, record.CodeOf(err).Entry().Exit)
		}
		err = fmt.Errorf("%w: %w", ErrChecks, c.lost)
	case err == nil:
		err = c.verdict()
	}
	s, err := c.finish(err)
	if err != nil {
		exit := record.Worst(append(exits, record.ExitCode(s.ExitCode))...)
		s.ExitCode, s.Outcome = int(exit), outcome(exit)
	}
	return s, err
}

// verdict gives the error of a check that went to its end, nil if nothing failed.
func (c *checker) verdict() error {
	switch len(c.failures) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%w: %w", ErrChecks, c.failures[0].err)
	}
	names := make([]string, 0, len(c.failures))
	for _, f := range c.failures {
		names = append(names, f.name)
	}
	return fmt.Errorf("%w: %w", ErrChecks,
		record.Errorf(record.ChecksFailed, "%d of %d checks failed: %s", len(names), c.asked, strings.Join(names, ", ")))
}
