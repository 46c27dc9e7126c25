package bridge

// refs are the questions of one kind that a request has asked, counted from 1.
// They outlive the request: the host may answer what it was asked before it has
// read the end line. They are used under conn.mu.
type refs[A any] struct {
	what     string // a question, as a breach names it
	answer   string // an answer, likewise
	issued   int64
	answered []uint64 // a bit each
	waiting  map[int64]func(A)
}

// issue gives the next question its number. deliver gets the answer, under
// conn.mu, so it must not wait; nil when nobody waits for it.
func (f *refs[A]) issue(deliver func(A)) int64 {
	f.issued++
	if f.issued/64 >= int64(len(f.answered)) {
		f.answered = append(f.answered, 0)
	}
	if deliver != nil {
		if f.waiting == nil {
			f.waiting = make(map[int64]func(A))
		}
		f.waiting[f.issued] = deliver
	}
	return f.issued
}

// settle takes the host's answer: one, to a question that was asked.
func (f *refs[A]) settle(ref, request int64, a A) error {
	if ref < 1 || ref > f.issued {
		return breach("a %s for %s %d of request %d, which there is not", f.answer, f.what, ref, request)
	}
	bit := uint64(1) << (ref % 64)
	if f.answered[ref/64]&bit != 0 {
		return breach("a second %s for %s %d of request %d", f.answer, f.what, ref, request)
	}
	f.answered[ref/64] |= bit
	if deliver := f.waiting[ref]; deliver != nil {
		delete(f.waiting, ref)
		deliver(a)
	}
	return nil
}
