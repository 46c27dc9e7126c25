package lab

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

func TestOverload(t *testing.T) {
	g := startLab(t, WithOverload(Overload{Every: 4, Burst: 2, Status: 504})).Graph()
	if got := statuses(t, g, 10, annaPhoto); !slices.Equal(got, []int{200, 200, 200, 504, 504, 200, 200, 504, 504, 200}) {
		t.Errorf("%v", got)
	}
	for _, status := range []int{500, 502, 503, 504} {
		g.SetOverload(Overload{Every: 1, Status: status})
		a := ask(t, g, http.MethodGet, annaPhoto, nil)
		if a.code(t) == "" || a.status != status || len(a.header.Values("Retry-After")) != 0 {
			t.Errorf("%d %v", a.status, a.header)
		}
	}
	g.SetOverload(Overload{})
	if got := statuses(t, g, 3, annaPhoto); !slices.Equal(got, []int{200, 200, 200}) {
		t.Errorf("off: %v", got)
	}
}

func TestOverloadInABatch(t *testing.T) {
	g := startLab(t, WithOverload(Overload{Every: 2, Burst: 1, Status: 503})).Graph()
	var items []one
	for i := range 4 {
		items = append(items, get(fmt.Sprint(i), annaPhoto))
	}
	refused := func() (n int) {
		_, got := responses(t, send(t, g, items...))
		for _, r := range got {
			if r.Status == http.StatusServiceUnavailable {
				n++
			}
		}
		return n
	}
	if n := refused(); n != 0 {
		t.Errorf("%d items, without InBatch", n)
	}
	g.SetOverload(Overload{Every: 2, Burst: 1, Status: 503, InBatch: true})
	if n := refused(); n != 2 { // the batch is the first of five
		t.Errorf("%d items", n)
	}
}
