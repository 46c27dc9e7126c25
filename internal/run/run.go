// Package run holds the use cases: what `photosync drift`, `sync` and `restore`
// do, whoever asks for it. It alone joins the directory, Microsoft Graph, the
// comparison and the writes.
//
// Start with [Drift], [Sync] and [Restore]. A run goes over a scope in three passes, so
// that memory stays bounded and an ambiguity is seen before its first row: the
// cloud's roster goes into an index of packed keys; the directory's keys settle
// who is who; then people come with their photos, a window at a time. Named
// people are looked up on both sides directly.
package run

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"photosync/internal/apply"
	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/graph"
	"photosync/internal/pace"
	"photosync/internal/plan"
	"photosync/internal/record"
)

// Options say whom to look at and how to reach both sides.
type Options struct {
	Directory directory.Settings
	Scope     directory.Scope // whom to look at, when People is empty
	People    []Named

	GraphRoot string // without version; "" means the root of Auth.Environment
	Auth      auth.Settings
	RootCAs   *x509.CertPool // for Microsoft Graph; nil means the system's
	Version   string         // of the product

	Concurrency int // no more requests to Microsoft Graph at once; 0 means what it finds by itself, at most [pace.Most]

	All           bool // also rows that need no attention; for Sync also people without a change
	DriftExitCode bool // Drift ends with ExitDrift when there is drift

	// StateDir is the folder of what earlier runs compared, which Drift and Sync
	// read and add to, in a dry run too: "" means that nothing is remembered. A
	// Sync that writes needs it, for journal and backups.
	StateDir string

	// For Sync, and, as far as they fit, for Restore.
	Baseline        record.Baseline   // "" means BaselineReview
	OnConflict      record.OnConflict // "" means ConflictSkip
	AllowDowngrade  bool              // also replace the same picture with more detail
	RemoveOrphans   bool              // remove cloud photos that were ours and whose person has none any more
	Grace           time.Duration     // how long somebody must have been seen as an orphan before; 0 means at once
	Limits          plan.Limits
	IgnorePolicy    bool     // write although the tenant's photo update settings leave photos to somebody else
	First           int      // carry out this many changes, the first of the plan; 0 means all
	ExcludeGroups   []string // DNs of groups whose members are left out
	DryRun          bool
	PlanFile        string        // in a dry run the file to write the plan to, else the plan to carry out; "" means none
	MaxPlanAge      time.Duration // how old a plan that is carried out may be; 0 means DefaultMaxPlanAge
	VerifyTimeout   time.Duration // how long a write is looked for before it counts as pending; 0 means DefaultVerifyTimeout
	Retention       time.Duration // how long backups are kept, from the start of their run; 0 means for ever
	BackupRecipient string        // age public key to encrypt backups for; "" means that they are not encrypted

	// For Restore.
	RestoreRun   string // the run to undo; "" means the last write of each of People
	Force        bool   // also where the cloud photo changed since
	IdentityFile string // file with the age identity that opens encrypted backups

	// For Sync and Check. Of a Sync, the person who must be in sync before anything
	// is written; of a Check, who is read as a trial, "" for the first whom the
	// directory gives. By any name.
	Canary string

	WriteProbe string // for Check: UPN of the test user who is written and put back; "" means that nothing is written

	// At is called at each named point of a write (see [apply.Point],
	// [journal.Point] and [state.Point]), for tests that end the process there;
	// nil for none.
	At func(point string)
}

// Sink takes what a run gives, one call at a time, though not from one
// goroutine. An error of Row or Change ends the run.
type Sink interface {
	Row(record.Row) error
	Change(record.Change) error
	Progress(Progress)
	Warn(text string)
	Verbose(text string)
}

// Progress says how far a run is.
type Progress struct {
	Stage Stage
	Done  int64
	Total int64 // 0 when it is not known
}

// Stage names a part of a run, as people read it.
type Stage string

// The stages of a run, in their order.
const (
	StageRoster  Stage = "Reading cloud users"
	StageKeys    Stage = "Reading the directory"
	StageCompare Stage = "Comparing photos"
	StageWrite   Stage = "Writing photos"
)

// Named is a person whom somebody named. One of Name, CloudID and Handed is set.
// A run takes over the photo of Handed, and forgets it when it is compared.
type Named struct {
	Name    string            // in any of the forms that name a person in the directory
	CloudID string            // the object id of the person's cloud user
	Handed  *directory.Object // the person, with the photo: the directory is not asked
	Seen    *Seen             // the row that somebody decided on, nil when there is none
}

// Seen is what both sides showed when somebody decided on a row. Nothing is
// written when either of them has moved since.
type Seen struct {
	Status           record.Status
	CloudID          string
	OnPremisesSHA256 string // "" when there was no photo
	CloudETag        string // "" when there was no photo
}

// The defaults of options that have one.
const (
	DefaultGrace         = 7 * 24 * time.Hour
	DefaultMaxPlanAge    = 7 * 24 * time.Hour
	DefaultVerifyTimeout = apply.DefaultVerifyTimeout
	DefaultRetention     = 90 * 24 * time.Hour
)

// Names gives people by their names.
func Names(names ...string) []Named {
	var people []Named
	for _, n := range names {
		people = append(people, Named{Name: n})
	}
	return people
}

// Approver is asked once, when the whole plan is known and has passed the
// brakes, and before the first write. It gives an answer for each change of the
// plan, or nil when the plan as a whole was declined.
type Approver interface {
	Approve(ctx context.Context, p *plan.Plan) ([]bool, error)
}

// Drift compares and hands the sink a row for everybody who needs attention
// (everybody, with All or for named people). The summary is always filled in;
// the error, if any, is the one that the summary tells of.
func Drift(ctx context.Context, o Options, sink Sink) (record.Summary, error) {
	t := newTally("drift", o)
	return t.finish(cancelled(ctx, t.drift(ctx, &oneAtATime{sink: sink})))
}

// Sync compares, plans, asks and writes, and hands the sink a change for
// everybody who was to be changed, and for everybody whose photos could not be
// read. In a dry run there is no writer, no journal and nobody is asked.
func Sync(ctx context.Context, o Options, approver Approver, sink Sink) (record.Summary, error) {
	t := newTally("sync", o)
	return t.finish(cancelled(ctx, t.sync(ctx, approver, &oneAtATime{sink: sink})))
}

// Refused gives the summary of a run that could not begin, because its options
// cannot be used.
func Refused(command string, err error) record.Summary {
	s, _ := newTally(command, Options{}).finish(err)
	return s
}

// cancelled gives the error of a run that was cancelled its right name,
// whatever broke first when it was.
func cancelled(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return record.Errorf(record.Cancelled, "the run was cancelled")
	}
	return err
}

// sides are the open connections of a run.
type sides struct {
	directory *directory.AD // nil when everybody was handed over
	cloud     *graph.Client
}

func (s sides) close() {
	if s.directory != nil {
		_ = s.directory.Close() // everything was read; there is nothing left to lose
	}
	if s.cloud != nil {
		s.cloud.Close()
	}
}

// settings are the options of both sides, checked before either is connected.
type settings struct {
	root       string // of Microsoft Graph
	credential azcore.TokenCredential
}

// asksDirectory reports whether the run needs a domain controller.
func (o Options) asksDirectory() bool {
	for _, n := range o.People {
		if n.Handed == nil {
			return true
		}
	}
	return len(o.People) == 0 || o.Canary != "" || len(o.ExcludeGroups) > 0
}

func (o Options) check() (s settings, err error) {
	if err := o.Scope.Check(); err != nil {
		return s, err
	}
	if o.asksDirectory() && o.Directory.Server == "" {
		return s, record.Errorf(record.ServerMissing, "no domain controller was named")
	}
	return o.reachCloud()
}

// reachCloud checks how the cloud is to be reached.
func (o Options) reachCloud() (s settings, err error) {
	s.root = o.GraphRoot
	if s.root == "" {
		if s.root, err = graph.RootOf(o.Auth.Environment); err != nil {
			return s, err
		}
	}
	if err := graph.CheckRoot(s.root, o.Auth.Environment); err != nil {
		return s, err
	}
	if o.Auth.Loopback, err = graph.Loopback(s.root); err != nil {
		return s, err
	}
	s.credential, err = auth.Credential(o.Auth)
	return s, err
}

// connect opens the connections to both sides.
func (t *tally) connect(ctx context.Context, set settings, sink Sink) (sides, error) {
	on, err := t.connectDirectory(ctx, sink)
	if err != nil {
		return sides{}, err
	}
	s, err := t.connectCloud(ctx, set, sink)
	s.directory = on
	if err != nil {
		s.close()
		return sides{}, err
	}
	return s, nil
}

// connectCloud signs in to the cloud alone.
func (t *tally) connectCloud(ctx context.Context, set settings, sink Sink) (s sides, err error) {
	s.cloud, err = t.options.client(set.root, set.credential, limits{}, sink.Warn)
	if err != nil {
		return sides{}, err
	}
	t.requests = s.cloud.Requests
	sink.Verbose("Microsoft Graph: " + set.root)
	if err := set.signIn(ctx); err != nil {
		s.close()
		return sides{}, err
	}
	return s, nil
}

// limits bound a request, and all tries of it; 0 for what package graph has.
type limits struct{ timeout, patience time.Duration }

// client makes the client of Microsoft Graph. warn is told of each wait that the
// service asks for.
func (o Options) client(root string, credential azcore.TokenCredential, l limits, warn func(string)) (*graph.Client, error) {
	return graph.New(graph.Settings{
		Root: root, Credential: credential, RootCAs: o.RootCAs, Version: o.Version, Concurrency: o.Concurrency,
		Timeout: l.timeout, Patience: l.patience, Throttled: func(w pace.Wait) { warn(throttled(w)) }, Explain: explain,
	})
}

// connectDirectory gives nil where the directory is not to be asked.
func (t *tally) connectDirectory(ctx context.Context, sink Sink) (*directory.AD, error) {
	if !t.options.asksDirectory() {
		sink.Verbose("directory: not asked, the people were handed over")
		return nil, nil
	}
	on := t.options.Directory
	on.Verbose = sink.Verbose
	d, err := directory.Connect(ctx, on)
	if err != nil {
		return nil, err
	}
	sink.Verbose("directory: " + on.Server + ", base " + d.Base())
	return d, nil
}

// signIn gets the first token, which the credential keeps: where a person has
// to sign in it may take minutes, longer than a request may.
func (s settings) signIn(ctx context.Context) error {
	if s.credential == nil {
		return nil
	}
	_, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{s.root + "/.default"}})
	return err
}

// again says why a call is made again and again.
var again = map[pace.Ask]string{
	pace.Fewer: "keeps asking for fewer requests and does not say for how long", pace.Busy: "is busy and does not say for how long",
	pace.Fault: "fails", pace.Reach: "cannot be reached", pace.Broken: "does not answer, or breaks off",
}

// throttled says that the service asks for fewer requests, for how long nothing
// is sent, and how it goes on.
func throttled(w pace.Wait) string {
	if why := again[w.Why]; why != "" {
		return "Microsoft Graph " + why + "; it is asked again after " + max(w.For, time.Second).Round(time.Second).String()
	}
	text := "Microsoft Graph asks for fewer requests"
	if w.For >= time.Second {
		text += ", and to wait " + w.For.Round(time.Second).String()
	}
	if w.Rate > 0 {
		text += fmt.Sprintf("; then about %.3g requests a second", w.Rate)
	}
	return text
}

// newID gives an id that sorts by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
