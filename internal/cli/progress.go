package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"photosync/internal/run"
)

// progress shows how far a run is: a bar on a terminal, a line now and then
// elsewhere, nothing when people want quiet.
type progress interface {
	show(run.Progress)
	hide() // before something else is written
}

// lineEvery is the time between progress lines where there is no terminal:
// often enough for a log, rare enough for a run of hours.
const lineEvery = 10 * time.Second

func newProgress(out io.Writer, quiet bool) progress {
	switch {
	case quiet:
		return noProgress{}
	case isTerminal(out) && os.Getenv("TERM") != "dumb" && width(out) >= barWidth:
		return &bar{out: out, now: time.Now}
	}
	return &lines{out: out, now: time.Now}
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// barWidth is the number of columns that a bar needs; a narrower terminal would
// wrap it and keep the remains.
const barWidth = 70

func width(w any) int {
	columns, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return columns
}

type noProgress struct{}

func (noProgress) show(run.Progress) {}
func (noProgress) hide()             {}

// bar draws a bar with rate and time left; without a known total, a spinner.
type bar struct {
	out   io.Writer
	now   func() time.Time
	stage run.Stage
	began time.Time
	bar   *progressbar.ProgressBar
}

// barAfter is how long a stage has to last for a bar: a shorter one has no rate
// worth showing.
const barAfter = 300 * time.Millisecond

func (b *bar) show(p run.Progress) {
	if b.stage != p.Stage {
		b.hide()
		b.stage, b.began = p.Stage, b.now()
		total := p.Total
		if total == 0 {
			total = -1
		}
		b.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(b.out),
			progressbar.OptionSetDescription(string(p.Stage)),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("people"),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine draws on for ever, over rows too
			progressbar.OptionClearOnFinish(),
		)
		b.bar.StartWithoutRender() // its clock is the stage's, or the first rate is absurd
	}
	if b.now().Sub(b.began) < barAfter {
		return
	}
	_ = b.bar.Set64(p.Done) // it fails past the total, where there is nothing left to show
}

func (b *bar) hide() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}

// lines writes a line now and then.
type lines struct {
	out   io.Writer
	now   func() time.Time
	stage run.Stage
	began time.Time
	first int64
	last  time.Time
}

func (l *lines) show(p run.Progress) {
	now := l.now()
	if l.stage != p.Stage {
		l.stage, l.began, l.first = p.Stage, now, p.Done
		if l.last.IsZero() {
			l.last = now
		}
	}
	if now.Sub(l.last) < lineEvery {
		return
	}
	l.last = now
	text := fmt.Sprintf("%s: %d", p.Stage, p.Done)
	if p.Total > 0 {
		text += fmt.Sprintf(" of %d", p.Total)
	}
	if took := now.Sub(l.began).Seconds(); took > 0 && p.Done > l.first {
		rate := float64(p.Done-l.first) / took
		decimals := 0
		if rate < 10 {
			decimals = 1 // writes are slow; they would go at 0 a second
		}
		text += fmt.Sprintf(", %.*f a second", decimals, rate)
		if p.Total > p.Done {
			left := time.Duration(float64(p.Total-p.Done) / rate * float64(time.Second))
			text += fmt.Sprintf(", %s left", left.Round(time.Second))
		}
	}
	_, _ = fmt.Fprintln(l.out, text) // progress that cannot be shown is no failure
}

func (*lines) hide() {}
