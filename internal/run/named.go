package run

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"photosync/internal/directory"
	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/record"
)

// lookup finds named people on both sides directly. People who were handed over
// are matched against each other, and, when there are many, in the cloud's roster.
type lookup struct {
	sides
	people []Named
	handed directory.Handed
	roster *match.Index // nil: each person is looked up in the cloud
	seen   map[match.GUID]bool
	again  map[string][]Seen // by objectGUID: what was decided on people who were named before
}

const (
	// namesInWindow is the number of people who are looked up together.
	namesInWindow = 20
	// rosterFrom is the number of people handed over from which the roster is
	// read: it costs a request for 999 users, a look-up one for each person.
	rosterFrom = 100
)

// lookup takes in the people who were handed over, and the roster if they are many.
func (t *tally) lookup(ctx context.Context, s sides, sink Sink) (*lookup, error) {
	l := &lookup{sides: s, people: t.options.People, seen: make(map[match.GUID]bool), again: make(map[string][]Seen)}
	t.again = l.again
	handed := 0
	for _, n := range l.people {
		if n.Handed != nil {
			handed++
		}
	}
	if handed < rosterFrom || s.directory != nil { // a directory is asked who else names a cloud user
		return l, nil
	}
	var err error
	if l.roster, err = roster(ctx, s, sink); err != nil {
		return nil, err
	}
	return l, nil
}

// arrive gives the people as far as that takes no request: those handed over,
// each once, and the names of the others.
func (l *lookup) arrive() []*arrival {
	var all []*arrival
	for _, n := range l.people {
		a := &arrival{Named: n}
		if n.Handed != nil {
			entry, again, err := l.handed.Add(*n.Handed)
			if again {
				continue
			}
			a.entry, a.err = entry, err
			n.Handed.Photo = nil // it is the entry's now, and can be forgotten with it
			if l.roster != nil && err == nil {
				l.roster.Claim(entry.Person)
			}
		}
		all = append(all, a)
	}
	l.people = nil
	return all
}

// arrival is a named person before the look-up.
type arrival struct {
	Named
	entry directory.Entry // of a person who was handed over
	err   error
}

// windows gives the people in the order of their names, each once, however
// often and by whatever name.
func (l *lookup) windows(ctx context.Context, yield func(window) error) error {
	for rest := l.arrive(); len(rest) > 0; {
		n := min(namesInWindow, len(rest))
		found := make(window, n)
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(4)
		for i, a := range rest[:n] {
			g.Go(func() (err error) {
				found[i], err = l.candidate(gctx, a)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		clear(rest[:n]) // the photos are the window's now
		rest = rest[n:]
		var w window
		for _, p := range found {
			id := p.Person.ObjectGUID
			if !id.IsZero() && l.seen[id] {
				if p.decided != nil {
					l.again[id.String()] = append(l.again[id.String()], *p.decided)
				}
				continue
			}
			l.seen[id] = true
			w = append(w, p)
		}
		if err := yield(w); err != nil {
			return err
		}
	}
	return nil
}

// candidate finds one person and the cloud user who belongs to him or her. A
// name that fits nobody is that person's trouble, not the run's.
func (l *lookup) candidate(ctx context.Context, a *arrival) (*candidate, error) {
	e, err := a.entry, a.err
	if a.Handed == nil {
		e, err = l.find(ctx, a.Named)
	}
	if err != nil {
		if record.CodeOf(err).EndsRun() || ctx.Err() != nil {
			return nil, err
		}
		return &candidate{Facts: drift.Facts{Person: called(a.Named), Match: match.Match{CloudID: a.CloudID}, Err: err}}, nil
	}
	c := &candidate{Facts: drift.Facts{Person: e.Person, Handed: a.Handed != nil}, photo: e.Photo, handed: a.Handed != nil, decided: a.Seen}
	if c.handed && l.roster != nil {
		c.Match = l.roster.Match(e.Person)
		return c, nil
	}
	c.Match, err = l.match(ctx, e)
	if err != nil {
		if record.CodeOf(err).EndsRun() || record.CodeOf(err) == record.GraphForbidden || ctx.Err() != nil {
			return nil, err
		}
		c.Err = err
	}
	if a.Name == "" && a.CloudID != "" && c.Match.Found() && c.Match.CloudID != a.CloudID {
		c.Err = record.Errorf(record.UserNotFound, "the cloud user %s belongs to nobody in the directory; %s has another", a.CloudID, e.Name()).On(a.CloudID)
		c.photo, c.Person, c.Match = nil, match.Person{}, match.Match{CloudID: a.CloudID}
	}
	return c, nil
}

// find finds a person in the directory by name, or by the cloud user.
func (l *lookup) find(ctx context.Context, n Named) (directory.Entry, error) {
	if n.Name != "" || n.CloudID == "" {
		return l.directory.Find(ctx, n.Name)
	}
	if _, err := match.ParseGUID(n.CloudID); err != nil {
		return directory.Entry{}, record.Errorf(record.IdentityInvalid, "the object id of a cloud user is not one: %w", err).On(n.CloudID)
	}
	u, err := l.cloud.User(ctx, n.CloudID)
	if err != nil {
		return directory.Entry{}, err
	}
	people, err := l.directory.Claimants(ctx, u)
	if err != nil {
		return directory.Entry{}, err
	}
	// Claimants are by any key; the strongest that somebody carries says whose the user is.
	index := match.NewIndex()
	index.Add(u)
	slices.SortStableFunc(people, func(a, b match.Person) int {
		return cmp.Compare(first(index.Match(a)), first(index.Match(b)))
	})
	if len(people) > 0 {
		return l.directory.Find(ctx, people[0].ObjectGUID.String())
	}
	return directory.Entry{}, record.Errorf(record.UserNotFound, "the cloud user %s (%s) belongs to nobody in the directory", u.UserPrincipalName, u.ID).On(u.UserPrincipalName)
}

// first sorts a match that is one before those that contradict.
func first(m match.Match) int {
	if m.Found() {
		return 0
	}
	return 1
}

// match settles who is who among the cloud users whom the person's keys name
// and the people who name any of them.
func (l *lookup) match(ctx context.Context, e directory.Entry) (match.Match, error) {
	users, err := l.cloud.Candidates(ctx, e.Person)
	if err != nil {
		return match.Match{}, err
	}
	index := match.NewIndex()
	for _, u := range users {
		index.Add(u)
	}
	index.Claim(e.Person)
	if l.roster == nil {
		for _, p := range l.handed.People() {
			if p.ObjectGUID != e.ObjectGUID || p.ObjectGUID.IsZero() && p.Name() != e.Name() {
				index.Claim(p)
			}
		}
	}
	if l.directory == nil {
		return index.Match(e.Person), nil
	}
	claimants := make(map[match.GUID]match.Person)
	for _, u := range users {
		people, err := l.directory.Claimants(ctx, u)
		if err != nil {
			return match.Match{}, err
		}
		for _, p := range people {
			claimants[p.ObjectGUID] = p
		}
	}
	for id, p := range claimants {
		if id != e.ObjectGUID {
			index.Claim(p)
		}
	}
	return index.Match(e.Person), nil
}

// called gives a person of whom only the given name is known, in the property
// that a name of that form belongs to.
func called(n Named) match.Person {
	name := n.Name
	if n.Handed != nil {
		return match.Person{UserPrincipalName: n.Handed.UserPrincipalName, SamAccountName: n.Handed.SamAccountName, DN: n.Handed.DN}
	}
	if id, err := match.ParseGUID(name); err == nil {
		return match.Person{ObjectGUID: id}
	}
	switch {
	case strings.Contains(name, "@"):
		return match.Person{UserPrincipalName: name}
	case strings.Contains(name, "="):
		return match.Person{DN: name}
	}
	return match.Person{SamAccountName: name}
}
