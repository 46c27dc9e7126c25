package run

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"

	"photosync/internal/directory"
	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/record"
)

// lookup finds named people on both sides directly, without a roster.
type lookup struct {
	sides
	names []string
}

// namesInWindow is the number of people who are looked up together.
const namesInWindow = 20

// windows gives the people in the order of their names, each once, however
// often and by whatever name.
func (l *lookup) windows(ctx context.Context, yield func(window) error) error {
	seen := make(map[match.GUID]bool)
	for rest := l.names; len(rest) > 0; {
		n := min(namesInWindow, len(rest))
		found := make(window, n)
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(4)
		for i, name := range rest[:n] {
			g.Go(func() (err error) {
				found[i], err = l.person(gctx, name)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		rest = rest[n:]
		var w window
		for _, p := range found {
			id := p.Person.ObjectGUID
			if !id.IsZero() && seen[id] {
				continue
			}
			seen[id] = true
			w = append(w, p)
		}
		if err := yield(w); err != nil {
			return err
		}
	}
	return nil
}

// person finds one person and the cloud user who belongs to him or her. A name
// that fits nobody is that person's trouble, not the run's.
func (l *lookup) person(ctx context.Context, name string) (*candidate, error) {
	e, err := l.directory.Find(ctx, name)
	if err != nil {
		if record.CodeOf(err).EndsRun() || ctx.Err() != nil {
			return nil, err
		}
		return &candidate{Facts: drift.Facts{Person: called(name), Err: err}}, nil
	}
	c := &candidate{Facts: drift.Facts{Person: e.Person}, photo: e.Photo}
	c.Match, err = l.match(ctx, e)
	if err != nil {
		if record.CodeOf(err).EndsRun() || record.CodeOf(err) == record.GraphForbidden || ctx.Err() != nil {
			return nil, err
		}
		c.Err = err
	}
	return c, nil
}

// match settles who is who among the cloud users whom the person's keys name
// and the people who name any of them.
func (l *lookup) match(ctx context.Context, e directory.Entry) (match.Match, error) {
	users, err := l.cloud.Candidates(ctx, e.Person)
	if err != nil {
		return match.Match{}, err
	}
	index := match.NewIndex()
	claimants := map[match.GUID]match.Person{e.ObjectGUID: e.Person}
	for _, u := range users {
		index.Add(u)
		people, err := l.directory.Claimants(ctx, u)
		if err != nil {
			return match.Match{}, err
		}
		for _, p := range people {
			claimants[p.ObjectGUID] = p
		}
	}
	for _, p := range claimants {
		index.Claim(p)
	}
	return index.Match(e.Person), nil
}

// called gives a person of whom only the given name is known, in the property
// that a name of that form belongs to.
func called(name string) match.Person {
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
