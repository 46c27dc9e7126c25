package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/auth"
	"photosync/internal/graph"
	"photosync/internal/state"
)

// remembered is what earlier runs compared, and what this one adds to it. It is
// opened when the cloud has answered for the first time: by then there is a
// token, which says what tenant this is, and a run that comes to nothing touches
// no folder. Without it everything is downloaded, and the rows are the same.
type remembered struct {
	dir   string // "": nothing is remembered
	scope func(context.Context) state.Scope
	sink  Sink

	once  sync.Once
	store *state.Store // nil: nothing is remembered

	known, added atomic.Int64
}

func newRemembered(set settings, o Options, sink Sink) *remembered {
	return &remembered{dir: o.StateDir, sink: sink, scope: func(ctx context.Context) state.Scope {
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

// open opens the memory. One that was damaged is begun anew; any other trouble
// leaves the run without it.
func (r *remembered) open(ctx context.Context) {
	if r.dir != "" {
		r.once.Do(func() { r.openStore(r.scope(ctx)) })
	}
}

func (r *remembered) openStore(scope state.Scope) {
	store, err := state.Open(r.dir, scope)
	if errors.Is(err, state.ErrDamaged) {
		r.sink.Warn("what earlier runs compared is lost, and photos are downloaded again: " + err.Error())
		if store, err = state.Open(r.dir, scope); errors.Is(err, state.ErrDamaged) {
			return // it could not be set aside, as was said
		}
	}
	switch {
	case err == nil:
		r.store = store
	case errors.Is(err, state.ErrNewer):
		r.sink.Warn("what earlier runs compared is not used: " + err.Error())
	default:
		r.sink.Verbose("what earlier runs compared is not used: " + err.Error())
	}
}

// close keeps what was added. Nobody may ask or add any more.
func (r *remembered) close() {
	if r.store == nil {
		return
	}
	if err := r.store.Close(); err != nil {
		r.sink.Verbose("not everything that was compared could be kept: " + err.Error())
	}
	r.sink.Verbose(fmt.Sprintf("comparisons known from earlier runs: %d, new: %d", r.known.Load(), r.added.Load()))
}

// pair names the two photos of a person.
func (p *candidate) pair() state.Pair {
	return state.Pair{OnPremisesSHA256: p.OnPremises.SHA256, CloudID: p.Match.CloudID, CloudETag: p.Cloud.ETag}
}

// recall gives what came of it when the very photos of a person were compared,
// if that is confirmed.
func (r *remembered) recall(p *candidate) (state.Compared, bool) {
	if !p.Cloud.Present || r.store == nil {
		return state.Compared{}, false
	}
	c, ok := r.store.Compared(p.Person.ObjectGUID)
	if !ok || !c.Confirmed || c.Of != p.pair() {
		return state.Compared{}, false
	}
	r.known.Add(1)
	return c, true
}

// take gives a person what came of the comparison of the same photos.
func (p *candidate) take(c state.Compared) {
	p.Comparison = &c.Comparison
	p.OnPremises.Kind, p.OnPremises.Detail = c.OnPremisesKind, c.OnPremisesDetail
	p.Cloud.Kind, p.Cloud.Detail = c.CloudKind, c.CloudDetail
	if c.CloudBytes > 0 {
		p.Cloud.Bytes, p.Cloud.Format, p.Cloud.Width, p.Cloud.Height = c.CloudBytes, c.CloudFormat, c.CloudWidth, c.CloudHeight
	}
}

// note remembers what came of a comparison. What was not found out, because a
// read failed, is left to the next run. What is in doubt counts from the second
// run on that comes to it: then it is not what a server that was behind gave.
func (r *remembered) note(p *candidate) {
	if r.store == nil {
		return
	}
	c := state.Compared{
		Of: p.pair(), Comparison: *p.Comparison,
		OnPremisesKind: p.OnPremises.Kind, OnPremisesDetail: p.OnPremises.Detail, CloudKind: p.Cloud.Kind, CloudDetail: p.Cloud.Detail,
	}
	if p.Cloud.Bytes > 0 {
		c.CloudBytes, c.CloudFormat, c.CloudWidth, c.CloudHeight = p.Cloud.Bytes, p.Cloud.Format, p.Cloud.Width, p.Cloud.Height
	}
	was, again := r.store.Compared(p.Person.ObjectGUID)
	c.Confirmed = !p.doubtful || again && agree(was, c)
	r.store.Note(p.Person.ObjectGUID, c)
	r.added.Add(1)
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
func (p *candidate) check(got graph.Photo) {
	p.doubtful = p.doubtful || got.ETag == "" || opaque(got.ETag) != opaque(p.Cloud.ETag)
}

// opaque gives an etag without what only says how strong it is, and without its
// quotation marks, which JSON and header may have or not.
func opaque(etag string) string {
	return strings.Trim(strings.TrimPrefix(strings.TrimSpace(etag), "W/"), `"`)
}
