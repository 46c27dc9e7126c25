package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/drift"
	"photosync/internal/graph"
	"photosync/internal/match"
	"photosync/internal/record"
	"photosync/internal/state"
)

// past is what earlier runs left behind: what they compared, what both sides
// agreed on, which writes are not seen yet, who was an orphan. This run adds to
// it what it compares, and, when it keeps agreements, all the rest.
//
// It is opened when the cloud has answered for the first time: by then there is a
// token, which says what tenant this is, and a report that comes to nothing
// touches no folder. A report that cannot read it goes on without, and says so; a
// run that writes does not.
type past struct {
	dir   string // "": nothing is known, and nothing kept
	scope func(context.Context) state.Scope
	sink  Sink
	keeps bool // agreements: the run writes, and holds the lock
	at    func(string)

	domain string // of the directory, "" when none is asked
	key    string // of the scope, "" for named people

	accepted  map[match.GUID]state.Agreement // of this run, which has not passed its brakes
	sightings []match.GUID                   // of new orphans, likewise
	over      map[string]map[string]bool     // by run and write: what became of it is known

	once   sync.Once
	err    error
	store  *state.Store // nil: nothing is known
	warned atomic.Bool

	known, added atomic.Int64
}

// newPast gives what earlier runs left behind, for a report.
func newPast(set settings, o Options, sink Sink) *past {
	return &past{dir: o.StateDir, sink: sink, at: o.At, accepted: make(map[match.GUID]state.Agreement), over: make(map[string]map[string]bool), scope: func(ctx context.Context) state.Scope {
		return state.Scope{Graph: strings.ToLower(set.root), Tenant: set.tenant(ctx, o.Auth)}
	}}
}

// tenant gives the id of the tenant from the token, whatever way somebody signs
// in, and what the settings say where there is none that can be read.
func (s settings) tenant(ctx context.Context, given auth.Settings) string {
	tenant := given.Tenant
	if s.credential != nil {
		got, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{auth.Scope(given.Environment)}})
		if facts, ok := auth.Read(got.Token); err == nil && ok && facts.Tenant != "" {
			tenant = facts.Tenant
		}
	}
	return strings.ToLower(tenant)
}

// of says whom the run is over.
func (p *past) of(s sides, o Options) {
	if s.directory != nil {
		p.domain = s.directory.Domain()
	}
	if len(o.People) == 0 {
		p.key = o.Scope.Key()
	}
}

// open opens the state. Only for a run that keeps agreements is a failure an error.
func (p *past) open(ctx context.Context) error {
	if p.dir == "" {
		return nil
	}
	p.once.Do(func() { p.err = p.openStore(p.scope(ctx)) })
	return p.err
}

// keepsPatience is how long a run that writes waits for a look at the state.
const keepsPatience = 10 * time.Second

// openStore opens the state. One that was damaged is begun anew.
func (p *past) openStore(scope state.Scope) error {
	how := state.Options{At: p.at}
	if p.keeps { // what another process does with the file for a moment must not end a run
		how.Patience = keepsPatience
	}
	store, err := state.Open(p.dir, scope, how)
	if errors.Is(err, state.ErrDamaged) {
		p.sink.Warn("what earlier runs compared and agreed on is lost, and the run starts without: " + err.Error())
		if store, err = state.Open(p.dir, scope, how); errors.Is(err, state.ErrDamaged) && !p.keeps {
			return nil // it could not be set aside, as was said
		}
	}
	switch {
	case err == nil:
		p.store = store
		return nil
	case !p.keeps:
		p.without(err)
		return nil
	case errors.Is(err, state.ErrNewer):
		return record.Errorf(record.StateNewer, "%w", err).On(p.dir)
	}
	return record.Errorf(record.StateDirUnusable, "%w", err).On(p.dir)
}

// without says, once, that a report does without what earlier runs left. Where
// they cannot have left anything it is no warning.
func (p *past) without(err error) {
	if p.warned.Swap(true) {
		return
	}
	say := p.sink.Warn
	if _, none := os.Stat(filepath.Join(p.dir, "state.db")); none != nil {
		say = p.sink.Verbose
	}
	say("what earlier runs compared and agreed on is not known, and photos are judged without: " + err.Error())
}

// kept gives an error when something that was to be kept could not be written:
// a run that cannot keep what it agrees on must not go on writing.
func (p *past) kept() error {
	if !p.keeps || p.store == nil {
		return nil
	}
	return p.unkept(p.store.Err())
}

// flush keeps everything so far, and gives an error when that fails.
func (p *past) flush() error {
	if !p.keeps || p.store == nil {
		return nil
	}
	return p.unkept(p.store.Flush())
}

func (p *past) unkept(err error) error {
	if err == nil {
		return nil
	}
	return record.Errorf(record.StateDirUnusable, "keep what was agreed: %w", err).On(p.dir).
		Advise("What was written is in the journal. Make room, check the rights on the state folder, and run it again; a state that is damaged is set aside then.")
}

// close keeps what was added. Nobody may ask or add any more. That a report's
// comparisons could not be kept is no error.
func (p *past) close() error {
	if p.store == nil {
		return nil
	}
	err := p.store.Close()
	p.store = nil
	p.sink.Verbose(fmt.Sprintf("comparisons known from earlier runs: %d, new: %d", p.known.Load(), p.added.Load()))
	switch {
	case err == nil:
		return nil
	case p.keeps:
		return p.unkept(err)
	}
	p.sink.Verbose("not everything that was compared could be kept: " + err.Error())
	return nil
}

// recall fills in what is known of the people of a window.
func (p *past) recall(w window) error {
	if p.store == nil {
		return nil
	}
	var ids []match.GUID
	for _, c := range w {
		if !c.Person.ObjectGUID.IsZero() && c.Match.Found() {
			ids = append(ids, c.Person.ObjectGUID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	all, err := p.store.Recall(ids)
	if err != nil {
		return p.unread(err)
	}
	for _, c := range w {
		if known, ok := all[c.Person.ObjectGUID]; ok && c.Match.Found() {
			c.known = known
			c.Past = p.pastOf(c, known)
		}
	}
	return nil
}

// pastOf gives what package drift decides by. An agreement that was made in
// another directory is none.
func (p *past) pastOf(c *candidate, known state.Known) drift.Past {
	last := drift.Past{OrphanSince: known.OrphanSince, Gone: c.Past.Gone}
	if a := known.Agreement; a != nil && (a.Directory == "" || p.domainOf(c) == "" || a.Directory == p.domainOf(c)) {
		last.Agreement = &drift.Agreement{Kind: drift.AgreementKind(a.Kind), OnPremisesSHA256: a.OnPremisesSHA256, CloudID: a.CloudID, CloudETag: a.CloudETag}
	}
	if w := known.Pending; w != nil && !w.Restore { // what a restore put back is not what a run would write
		last.Pending = &drift.Pending{Action: w.Action, OnPremisesSHA256: w.OnPremisesSHA256, CloudID: w.CloudID, ETagBefore: w.ETagBefore, At: w.At}
	}
	return last
}

// domainOf names the directory that a person is in.
func (p *past) domainOf(c *candidate) string {
	if domain := directory.DomainOf(c.Person.DN); domain != "" {
		return domain
	}
	return p.domain
}

// pair names the two photos of a person.
func (c *candidate) pair() state.Pair {
	return state.Pair{OnPremisesSHA256: c.OnPremises.SHA256, CloudID: c.Match.CloudID, CloudETag: c.Cloud.ETag}
}

// compared gives what came of it when the very photos of a person were compared,
// if that is confirmed.
func (p *past) compared(c *candidate) (state.Compared, bool) {
	was := c.known.Compared
	if was == nil || !c.Cloud.Present || !was.Confirmed || was.Of != c.pair() {
		return state.Compared{}, false
	}
	p.known.Add(1)
	return *was, true
}

// take gives a person what came of the comparison of the same photos.
func (c *candidate) take(was state.Compared) {
	c.confirmed = true
	c.Comparison = &was.Comparison
	c.OnPremises.Kind, c.OnPremises.Detail = was.OnPremisesKind, was.OnPremisesDetail
	c.Cloud.Kind, c.Cloud.Detail = was.CloudKind, was.CloudDetail
	if was.CloudBytes > 0 {
		c.Cloud.Bytes, c.Cloud.Format, c.Cloud.Width, c.Cloud.Height = was.CloudBytes, was.CloudFormat, was.CloudWidth, was.CloudHeight
	}
}

// note remembers what came of a comparison. What was not found out, because a
// read failed, is left to the next run. What is in doubt counts from the second
// run on that comes to it: then it is not what a server that was behind gave.
func (p *past) note(c *candidate) {
	is := state.Compared{
		Of: c.pair(), Comparison: *c.Comparison,
		OnPremisesKind: c.OnPremises.Kind, OnPremisesDetail: c.OnPremises.Detail, CloudKind: c.Cloud.Kind, CloudDetail: c.Cloud.Detail,
	}
	if c.Cloud.Bytes > 0 {
		is.CloudBytes, is.CloudFormat, is.CloudWidth, is.CloudHeight = c.Cloud.Bytes, c.Cloud.Format, c.Cloud.Width, c.Cloud.Height
	}
	was := c.known.Compared
	is.Confirmed = !c.doubtful || was != nil && agree(*was, is)
	c.confirmed = is.Confirmed
	if p.store != nil {
		p.store.Note(c.Person.ObjectGUID, is)
		p.added.Add(1)
	}
}

// agree reports whether two runs came to the same about the same pair.
func agree(was, is state.Compared) bool {
	near := math.Abs(was.Comparison.Distance-is.Comparison.Distance) <= 1e-9
	was.Comparison.Distance, was.Confirmed = is.Comparison.Distance, is.Confirmed
	return near && was == is
}

// check looks whether a download is surely of the photo whose etag is known. The
// photo may have moved in between, and one of the service's servers may be
// behind, so that it gives old bytes where another tells the new etag already. By
// OData's rules the largest size has the etag that the metadata names; that a
// rendition has it too, or any, is UNCONFIRMED.
func (c *candidate) check(got graph.Photo) {
	c.doubtful = c.doubtful || got.ETag == "" || opaque(got.ETag) != opaque(c.Cloud.ETag)
}

// opaque gives an etag without what only says how strong it is, and without its
// quotation marks, which JSON and header may have or not.
func opaque(etag string) string {
	return strings.Trim(strings.TrimPrefix(strings.TrimSpace(etag), "W/"), `"`)
}
