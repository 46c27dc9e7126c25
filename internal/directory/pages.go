package directory

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"photosync/internal/match"
	"photosync/internal/record"
)

const (
	keyPage   = 1000 // AD gives no more in one page (MaxPageSize)
	photoPage = 100
	leastPage = 20
	// pageBytes is what the photos of a page may take: the page after one of
	// larger photos is smaller, down to leastPage.
	pageBytes = 2 << 20
)

// Keys hands everybody in scope to yield, without photos, a page of at most 1000
// at a time and each page as soon as it is read. yield may keep the slice. An
// error of yield ends the search and is returned as it is.
//
// Besides the codes of [Scope.Check] it gives SearchBaseNotFound,
// DirectoryRefused, DirectoryTimeout, DirectoryConnectionLost or Cancelled. A
// broken connection is opened again once, as long as nothing has been yielded:
// a paged search cannot go on over another connection.
func (d *AD) Keys(ctx context.Context, scope Scope, yield func([]match.Person) error) error {
	return d.walk(ctx, scope, keyAttributes, keyPage, func(page []Entry) error {
		people := make([]match.Person, len(page))
		for i := range page {
			people[i] = page[i].Person
		}
		return yield(people)
	})
}

// PeopleWithPhotos hands everybody in scope to yield with their photos, a page of
// 20 to 100 at a time, fewer where the photos are large; the next page is asked for after yield has returned, so
// that one page of photos is in memory. Errors are as for [AD.Keys].
func (d *AD) PeopleWithPhotos(ctx context.Context, scope Scope, yield func([]Entry) error) error {
	return d.walk(ctx, scope, photoAttributes, photoPage, yield)
}

// walk reads a whole scope by pages.
func (d *AD) walk(ctx context.Context, scope Scope, attributes []string, size uint32, yield func([]Entry) error) error {
	if err := scope.Check(); err != nil {
		return err
	}
	req := scope.request(d.base, attributes)
	if req.BaseDN == "" {
		return record.Errorf(record.SearchBaseInvalid, "%s names no default naming context, and no search base was given", d.at).On(d.at.String())
	}
	step := "search people in " + clip(req.BaseDN)
	untouched := true
	return d.attempt(ctx, step, d.at.String(), func() bool { return untouched }, func(s *session) error {
		return d.pages(ctx, s, req, size, func(page []Entry) error {
			untouched = false
			return yield(page)
		})
	})
}

// pages reads page after page on one connection.
func (d *AD) pages(ctx context.Context, s *session, req *ldap.SearchRequest, size uint32, yield func([]Entry) error) error {
	control := ldap.NewControlPaging(size)
	if size == photoPage {
		control.PagingSize = leastPage // the photos may be large
	}
	req.Controls = []ldap.Control{control}
	for {
		page, cookie, err := d.page(ctx, s, req, int(control.PagingSize))
		if err != nil {
			return err
		}
		if size == photoPage {
			control.PagingSize = nextPage(page)
		}
		if len(page) > 0 {
			if err := yield(page); err != nil {
				return stopped{err}
			}
		}
		if len(cookie) == 0 {
			return nil
		}
		control.SetCookie(cookie)
	}
}

// nextPage gives the size of the page after this one: as many people as have
// pageBytes of photos of the same size.
func nextPage(page []Entry) uint32 {
	bytes := 0
	for _, e := range page {
		bytes += len(e.Photo)
	}
	fits := pageBytes * len(page) / max(bytes, 1)
	return uint32(min(max(fits, leastPage), photoPage))
}

// page reads one page. Entries are turned into people one by one: go-ldap keeps
// every value twice.
func (d *AD) page(ctx context.Context, s *session, req *ldap.SearchRequest, size int) ([]Entry, []byte, error) {
	page := make([]Entry, 0, size)
	cookie, err := s.search(ctx, d.set.Timeout, req, func(e *ldap.Entry) bool {
		if entry, ok := entryOf(e); ok {
			page = append(page, entry)
		} else {
			d.set.Verbose("skipped, for want of a usable objectGUID: " + clip(e.DN))
		}
		return true
	})
	return page, cookie, err
}
