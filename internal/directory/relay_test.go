package directory

import (
	"io"
	"net"
	"sync"
	"testing"
)

// relay passes bytes between clients and a server, and cuts them off at will.
type relay struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	conns []net.Conn
	wait  sync.WaitGroup
	total int
}

func newRelay(t testing.TB, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, to: to}
	r.wait.Add(1)
	go r.accept()
	return r
}

func (r *relay) addr() string { return r.listener.Addr().String() }

func (r *relay) accept() {
	defer r.wait.Done()
	for {
		in, err := r.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", r.to)
		if err != nil {
			_ = in.Close()
			continue
		}
		r.mu.Lock()
		r.conns = append(r.conns, in, out)
		r.total++
		r.mu.Unlock()
		r.wait.Add(2)
		go r.pass(in, out)
		go r.pass(out, in)
	}
}

func (r *relay) pass(from, to net.Conn) {
	defer r.wait.Done()
	_, _ = io.Copy(to, from)
	_ = from.Close()
	_ = to.Close()
}

// cut closes every connection; new ones may come.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.conns = nil
}

// connections gives how many there have been.
func (r *relay) connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// refuse closes the port as well.
func (r *relay) refuse() {
	_ = r.listener.Close()
	r.cut()
}

func (r *relay) close() {
	r.refuse()
	r.wait.Wait()
	r.cut()
}
