package run_test

import (
	"testing"

	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// Connections are few and used again: with HTTP/2 one is enough, with HTTP/1.1
// there are about as many as requests under way; net/http may open one more while
// it takes another back.
func TestFaultFreeConnections(t *testing.T) {
	t.Parallel()
	company := lab.Crowd(500, 0.06)
	type fault struct {
		lab         []lab.Option
		concurrency int
		most        int64
	}
	atOnce(t, map[string]fault{
		"HTTP/2":                         {[]lab.Option{lab.WithTLS()}, 0, 2},
		"HTTP/2, streams that break off": {[]lab.Option{lab.WithTLS(), lab.WithBrokenBodies(15)}, 0, 2},
		"HTTP/1.1":                       {nil, 0, 64},
		"HTTP/1.1, 8 at a time":          {nil, 8, 12},
	}, func(t *testing.T, c fault) {
		r := plight{company: company, lab: c.lab, change: func(_ *testing.T, _ *lab.Graph, o *run.Options) { o.Concurrency = c.concurrency }}.play(t)
		r.ends(t, "", record.ExitOk)
		if len(r.rows) != 500 || r.summary.Statuses[record.InSync] != 30 {
			t.Errorf("%d rows, %v", len(r.rows), r.summary.Statuses)
		}
		t.Logf("%d requests over %d connections", len(r.asked(single)), r.graph.Connections())
		if n := r.graph.Connections(); n > c.most {
			t.Errorf("%d connections for %d requests, want at most %d", n, len(r.asked(single)), c.most)
		}
	})
}
