package state

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"io"
)

const (
	boltMagic, boltVersion    = 0xED0CDAED, 2
	smallestPage, largestPage = 1 << 10, 1 << 24
)

// order is that of the machine, as bbolt has it.
var order = binary.NativeEndian

// meta is a page that says where everything begins. There are two, of which the
// newer valid one counts.
type meta struct {
	pageSize                   int64
	root, free, pages, written uint64
}

// readMeta reads the meta page at an offset. It gives false when it is not valid.
func readMeta(file io.ReaderAt, at int64) (meta, bool) {
	var b [pageHeader + 64]byte
	if n, _ := file.ReadAt(b[:], at); n < len(b) {
		return meta{}, false
	}
	v := b[pageHeader:]
	sum := fnv.New64a()
	_, _ = sum.Write(v[:56]) // a hash takes everything
	if order.Uint32(v) != boltMagic || order.Uint32(v[4:]) != boltVersion || order.Uint64(v[56:]) != sum.Sum64() {
		return meta{}, false
	}
	m := meta{pageSize: int64(order.Uint32(v[8:])), root: order.Uint64(v[16:]), free: order.Uint64(v[32:]), pages: order.Uint64(v[40:]), written: order.Uint64(v[48:])}
	return m, m.pageSize >= smallestPage && m.pageSize <= largestPage && m.pageSize&(m.pageSize-1) == 0
}

// newestMeta gives the meta page that counts.
func newestMeta(file io.ReaderAt) (meta, bool) {
	first, ok := readMeta(file, 0)
	if ok {
		if second, ok := readMeta(file, first.pageSize); ok && second.written > first.written {
			return second, true
		}
		return first, true
	}
	for at := int64(smallestPage); at <= largestPage; at *= 2 {
		if second, ok := readMeta(file, at); ok && second.pageSize == at {
			return second, true
		}
	}
	return meta{}, false
}

// page is a page with those that continue it.
type page struct {
	id    uint64
	kind  uint16
	count int
	body  []byte // with the header
}

func newPage(body []byte) page {
	return page{id: order.Uint64(body), kind: order.Uint16(body[8:]), count: int(order.Uint16(body[10:])), body: body}
}

// element gives the fixed part of an element. keys has seen that it is there.
func (p page) element(i int) []byte { return p.body[pageHeader+elementSize*i:][:elementSize] }

// keys gives the keys of a page, which have to be in their order: from is
// the first and all are before to, nil for no bound.
func (p page) keys(from, to []byte) ([][]byte, error) {
	first := pageHeader + elementSize*p.count
	if first > len(p.body) {
		return nil, damaged("page %d has more than fits", p.id)
	}
	keys := make([][]byte, p.count)
	for i := range keys {
		at, size := p.place(i)
		if size == 0 || at < int64(first) || at+size > int64(len(p.body)) {
			return nil, damaged("a key of page %d is not there", p.id)
		}
		keys[i] = p.body[at : at+size]
		if i > 0 && bytes.Compare(keys[i-1], keys[i]) >= 0 || to != nil && bytes.Compare(keys[i], to) >= 0 {
			return nil, damaged("the keys of page %d are out of order", p.id)
		}
	}
	if from != nil && (len(keys) == 0 || !bytes.Equal(from, keys[0])) { // else a write would leave a second way to this page
		return nil, damaged("page %d does not begin where it should", p.id)
	}
	return keys, nil
}

// place says where the key of an element begins and how long it is.
func (p page) place(i int) (at, size int64) {
	e, begins := p.element(i), int64(pageHeader+elementSize*i)
	if p.kind == branchPage {
		return begins + int64(order.Uint32(e)), int64(order.Uint32(e[4:]))
	}
	return begins + int64(order.Uint32(e[4:])), int64(order.Uint32(e[8:]))
}

// entry gives what is under a key of a leaf, and whether that is a bucket.
func (p page) entry(i int) (bucket bool, value []byte, ok bool) {
	e := p.element(i)
	at, size := p.place(i)
	at += size
	end := at + int64(order.Uint32(e[12:]))
	if kind := order.Uint32(e); kind > 1 || end > int64(len(p.body)) {
		return false, nil, false
	}
	return order.Uint32(e) == 1, p.body[at:end], true
}
