package cli

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/run"
)

// at is one call of show, so many seconds after the first.
type at struct {
	second      int
	stage       run.Stage
	done, total int64
}

func TestProgressLines(t *testing.T) {
	for name, c := range map[string]struct {
		calls []at
		want  string
	}{
		"a short run is silent": {[]at{{0, run.StageRoster, 100, 0}, {9, run.StageWrite, 5, 5}}, ""},
		"a total that is not known": {[]at{{0, run.StageRoster, 100, 0}, {9, run.StageRoster, 550, 0}, {10, run.StageRoster, 600, 0}, {19, run.StageRoster, 900, 0}},
			"Reading cloud users: 600, 50 a second\n"},
		"rate and time left": {[]at{{0, run.StageCompare, 10, 1000}, {10, run.StageCompare, 110, 1000}, {20, run.StageCompare, 410, 1000}, {30, run.StageCompare, 1000, 1000}},
			"Comparing photos: 110 of 1000, 10 a second, 1m29s left\n" +
				"Comparing photos: 410 of 1000, 20 a second, 30s left\n" +
				"Comparing photos: 1000 of 1000, 33 a second\n"},
		"less than ten a second": {[]at{{0, run.StageWrite, 0, 100}, {10, run.StageWrite, 4, 100}, {20, run.StageWrite, 150, 100}},
			"Writing photos: 4 of 100, 0.4 a second, 4m0s left\n" +
				"Writing photos: 150 of 100, 7.5 a second\n"},
		"nothing was done": {[]at{{0, run.StageWrite, 0, 10}, {10, run.StageWrite, 0, 10}},
			"Writing photos: 0 of 10\n"},
		"a change of stage starts the rate anew, and waits for its turn": {[]at{
			{0, run.StageRoster, 100, 0}, {10, run.StageRoster, 1100, 0},
			{12, run.StageKeys, 10, 0}, {19, run.StageKeys, 300, 0}, {20, run.StageKeys, 410, 0},
			{40, run.StageCompare, 1, 500}, {45, run.StageCompare, 51, 500}, {50, run.StageCompare, 101, 500}},
			"Reading cloud users: 1100, 100 a second\n" +
				"Reading the directory: 410, 50 a second\n" +
				"Comparing photos: 1 of 500\n" +
				"Comparing photos: 101 of 500, 10 a second, 40s left\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out words
			l, ok := newProgress(&out, false).(*lines)
			if !ok {
				t.Fatal("there is a bar where there is no terminal")
			}
			began := time.Now()
			for _, call := range c.calls {
				l.now = func() time.Time { return began.Add(time.Duration(call.second) * time.Second) }
				l.show(run.Progress{Stage: call.stage, Done: call.done, Total: call.total})
				l.hide()
			}
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestQuietHasNoProgress(t *testing.T) {
	if p := newProgress(&words{}, true); p != (noProgress{}) {
		t.Errorf("got a %T", p)
	}
}

// Rows are handed on when the run moves on, not only at its end.
func TestProgressHandsOnRows(t *testing.T) {
	for _, format := range []string{"text", "json", "csv"} {
		var out words
		v := newView(Stdio{Out: &out, Err: &words{}}, format, true, false)
		if err := v.Row(anna); err != nil {
			t.Fatal(err)
		}
		if out.String() != "" {
			t.Errorf("%s: a row was not buffered", format)
		}
		v.Progress(run.Progress{Stage: run.StageCompare, Done: 1})
		if out.String() == "" {
			t.Errorf("%s: the row is still in the buffer", format)
		}
	}
}
