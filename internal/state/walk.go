package state

import (
	"fmt"
	"io"
)

// bbolt maps a file and follows what is in it. In a damaged one it may panic,
// fault, take all memory or go round in circles until the stack is full, of
// which the last two end the program whatever is done about it. So the file is
// read once before: every page that bbolt would come to, as bbolt v1.4 and v1.5
// write it (its internal/common/page.go and meta.go).

const (
	branchPage, leafPage, freePages = 0x01, 0x02, 0x10
	pageHeader, elementSize         = 16, 16
	bucketHeader                    = 16
	noFreePages                     = ^uint64(0)
)

// walker goes through a file.
type walker struct {
	file  io.ReaderAt
	meta  meta
	taken []bool // by page: something refers to it, or it is free
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
}

// walkFile gives ErrDamaged for a file that bbolt must not be shown.
func walkFile(file io.ReaderAt, size int64) error {
	m, ok := newestMeta(file)
	switch {
	case !ok:
		return damaged("it does not begin as it should")
	case m.pages < 3 || m.pages > uint64(size/m.pageSize):
		return damaged("it has %d bytes, and %d pages of %d should be there", size, m.pages, m.pageSize)
	}
	w := &walker{file: file, meta: m, taken: make([]bool, m.pages)}
	w.taken[0], w.taken[1] = true, true
	if m.free != noFreePages {
		if err := w.freeList(); err != nil {
			return err
		}
	}
	return w.tree(m.root, nil, nil)
}

// take reads a page, to which nothing else may refer.
func (w *walker) take(id uint64) (page, error) {
	if id >= w.meta.pages {
		return page{}, damaged("page %d is not there", id)
	}
	var header [pageHeader]byte
	if _, err := w.file.ReadAt(header[:], int64(id)*w.meta.pageSize); err != nil {
		return page{}, damaged("page %d: %w", id, err)
	}
	more := uint64(order.Uint32(header[12:]))
	if order.Uint64(header[:]) != id || id+more >= w.meta.pages {
		return page{}, damaged("page %d is another, or too long", id)
	}
	for i := id; i <= id+more; i++ {
		if w.taken[i] {
			return page{}, damaged("page %d is in two places", i)
		}
		w.taken[i] = true
	}
	body := make([]byte, int64(more+1)*w.meta.pageSize)
	if _, err := w.file.ReadAt(body, int64(id)*w.meta.pageSize); err != nil {
		return page{}, damaged("page %d: %w", id, err)
	}
	return newPage(body), nil
}

// freeList takes the pages that are free.
func (w *walker) freeList() error {
	p, err := w.take(w.meta.free)
	if err != nil {
		return err
	}
	ids, count := p.body[pageHeader:], uint64(p.count)
	if count == 0xFFFF { // then the number of them comes first
		count, ids = order.Uint64(ids), ids[8:]
	}
	if p.kind != freePages || count > uint64(len(ids)/8) {
		return damaged("page %d is no list of free pages", p.id)
	}
	for last := uint64(1); count > 0; count, ids = count-1, ids[8:] {
		id := order.Uint64(ids)
		if id <= last || id >= w.meta.pages || w.taken[id] {
			return damaged("page %d cannot be free", id)
		}
		w.taken[id], last = true, id
	}
	return nil
}

// tree walks what is below a page. Its first key is from and the others are
// before to, nil for no bound.
func (w *walker) tree(id uint64, from, to []byte) error {
	p, err := w.take(id)
	if err != nil {
		return err
	}
	if p.kind == leafPage {
		return w.leaf(p, from, to)
	}
	if p.kind != branchPage || p.count == 0 {
		return damaged("page %d is neither branch nor leaf", id)
	}
	keys, err := p.keys(from, to)
	if err != nil {
		return err
	}
	for i, key := range keys {
		end := to
		if i+1 < len(keys) {
			end = keys[i+1]
		}
		if err := w.tree(order.Uint64(p.element(i)[8:]), key, end); err != nil {
			return err
		}
	}
	return nil
}

// leaf looks at a page of entries, and into the buckets in it.
func (w *walker) leaf(p page, from, to []byte) error {
	keys, err := p.keys(from, to)
	if err != nil {
		return err
	}
	for i := range keys {
		bucket, value, ok := p.entry(i)
		switch {
		case !ok:
			return damaged("an entry of page %d does not end", p.id)
		case !bucket:
			continue
		case len(value) < bucketHeader:
			return damaged("a bucket of page %d is cut", p.id)
		}
		if root := order.Uint64(value); root != 0 {
			err = w.tree(root, nil, nil)
		} else {
			err = w.inline(value[bucketHeader:])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inline looks at a small bucket, which is within its entry.
func (w *walker) inline(body []byte) error {
	if len(body) < pageHeader {
		return damaged("a bucket is cut")
	}
	p := newPage(body)
	if p.kind != leafPage {
		return damaged("a bucket is no leaf")
	}
	return w.leaf(p, nil, nil)
}
