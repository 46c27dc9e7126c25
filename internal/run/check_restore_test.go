package run_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// quickly checks with little patience.
func (p *prober) quickly(t *testing.T, ctx context.Context, restore, interrupted time.Duration) (record.Check, record.Summary, error) {
	t.Helper()
	s, err := run.CheckWithin(ctx, p.Options, &p.answers, restore, interrupted)
	return p.row(t, "WriteProbe"), s, err
}

// someoneElses gives a photo that the prober's person does not have.
func someoneElses(t *testing.T) []byte {
	t.Helper()
	company := small()
	u, _ := company.Person(company.Cases()[lab.CaseInSync][0])
	return u.Photo
}

func (p *prober) set(t *testing.T, photo []byte) {
	if err := p.Graph().SetPhoto(p.upn, photo); err != nil {
		t.Error(err)
	}
}

// ofPhoto reports whether a request is for the person's metadata, or bytes.
func (p *prober) ofPhoto(r lab.FaultRequest, bytes bool) bool {
	end := "/photo"
	if bytes {
		end += "/$value"
	}
	return r.Method == http.MethodGet && strings.HasSuffix(r.Path, p.id+end)
}

func is404() *lab.Fault { return &lab.Fault{Status: 404, Code: "ImageNotFound"} }

// What is taken for no photo is removed in the end: it must be certain.
func TestWriteProbeDoubtsThatThereIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		who      string
		metadata func(n int) bool // the n-th is answered with "none", or with one where there is none
		bytes    func(n int) bool
	}{
		"the metadata is always wrong":                 {lab.CaseDrifted, func(int) bool { return true }, func(int) bool { return false }},
		"the metadata is wrong once":                   {lab.CaseDrifted, func(n int) bool { return n == 2 }, func(int) bool { return false }},
		"both are wrong once":                          {lab.CaseDrifted, func(n int) bool { return n <= 3 }, func(n int) bool { return n == 1 }},
		"both are wrong twice, the bytes not later":    {lab.CaseDrifted, func(int) bool { return true }, func(n int) bool { return n <= 2 }},
		"both are wrong twice, the metadata not later": {lab.CaseDrifted, func(n int) bool { return n <= 4 }, func(int) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProber(t, c.who)
			var metadata, value int
			p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				switch {
				case p.ofPhoto(r, false): // the first is the canary's
					if metadata++; c.metadata(metadata) {
						return is404()
					}
				case p.ofPhoto(r, true):
					if value++; c.bytes(value) {
						return is404()
					}
				}
				return nil
			})
			row, _, _ := p.quickly(t, t.Context(), time.Second, time.Second)
			is{fail, record.CloudPhotoUnreadable, "nothing was written"}.of(t, row)
			p.untouched(t)
		})
	}
}

// Each try begins with a look: what somebody chose meanwhile is left.
func TestWriteProbeLooksBeforeEachTry(t *testing.T) {
	other := someoneElses(t)
	for name, c := range map[string]struct {
		before func(p *prober, r lab.FaultRequest) bool // at which somebody chooses another picture
		fault  *lab.Fault
		want   is
		writes int
	}{
		"of the test picture, the first": {
			func(p *prober, r lab.FaultRequest) bool { return p.ofPhoto(r, false) && r.Attempt == 4 }, nil,
			is{fail, record.CloudPhotoUnreadable, "ChangedMeanwhile"}, 0,
		},
		"of the test picture, the second": {
			func(_ *prober, r lab.FaultRequest) bool { return r.Method == http.MethodPut && r.Attempt == 1 }, &lab.Fault{Status: 429, Code: "TooManyRequests"},
			is{fail, record.PhotoVerifyMismatch, "may be somebody's choice and was left as it is"}, 0,
		},
		"of the photo": {
			func(_ *prober, r lab.FaultRequest) bool { return r.Method == http.MethodPut && r.Attempt == 2 }, &lab.Fault{Status: 429, Code: "TooManyRequests"},
			is{fail, record.PhotoVerifyMismatch, "may be somebody's choice and was left as it is"}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProber(t, lab.CaseDrifted)
			p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				if !c.before(p, r) {
					return nil
				}
				p.set(t, other)
				return c.fault
			})
			row, _, _ := p.quickly(t, t.Context(), 5*time.Second, time.Second)
			c.want.of(t, row)
			if now, _ := p.Graph().Photo(p.upn); !same(t, other, now) || p.Graph().Writes() != c.writes {
				t.Errorf("somebody's choice was overwritten; %d writes", p.Graph().Writes())
			}
			if _, _, ends := p.entries(t); c.writes == 0 && name == "of the test picture, the first" && (ends[0].Status != record.Skipped || ends[0].Reason != record.ChangedMeanwhile) {
				t.Errorf("%+v", ends)
			}
		})
	}
}

// The test picture under another etag is the test picture all the same.
func TestWriteProbeKnowsItsPicture(t *testing.T) {
	p := newProber(t, lab.CaseDrifted)
	again := false
	p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if p.Graph().Writes() == 1 && r.Method == http.MethodPut && !again {
			again = true
			shown, _ := p.Graph().Photo(p.upn)
			p.set(t, shown)
			return &lab.Fault{Drop: true}
		}
		return nil
	})
	row, _, _ := p.quickly(t, t.Context(), 5*time.Second, time.Second)
	is{pass, "", "is back"}.of(t, row)
	p.wantBack(t)
}

// An outage of any kind between the two writes is waited for, and said.
func TestWriteProbeOutlastsAnOutage(t *testing.T) {
	for name, f := range map[string]lab.Fault{
		"no answer":                 {Drop: true},
		"no answer, done":           {Drop: true, After: true},
		"a fault":                   {Status: 500, Code: "InternalServerError"},
		"a bad gateway":             {Status: 502, Code: "BadGateway"},
		"a token that is not taken": {Status: 401, Code: "InvalidAuthenticationToken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProber(t, lab.CaseDrifted)
			p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				if r.Method == http.MethodPut && r.Attempt >= 2 && r.Attempt < 10 {
					f := f
					return &f
				}
				return nil
			})
			row, _, _ := p.quickly(t, t.Context(), 10*time.Second, time.Second)
			is{pass, "", "is back"}.of(t, row)
			p.wantBack(t)
			if !f.After && (len(p.warnings) < 5 || !strings.Contains(p.warnings[0], "is not put back yet, and that is still tried")) {
				t.Errorf("warnings %q", p.warnings)
			}
		})
	}
}

// When time is up it is said what the last look saw, or that nobody knows.
func TestWriteProbeRunsOutOfTime(t *testing.T) {
	for name, c := range map[string]struct {
		looks bool // that fail too
		says  string
	}{
		"seen":     {false, "WAS NOT PUT BACK and the cloud shows a test picture"},
		"not seen": {true, "WAS NOT PUT BACK and what the cloud shows is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProber(t, lab.CaseDrifted)
			p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				switch {
				case r.Method == http.MethodPut && r.Attempt >= 2 && !c.looks:
					return &lab.Fault{Status: 401, Code: "InvalidAuthenticationToken"}
				case p.Graph().Writes() == 1 && c.looks:
					return &lab.Fault{Status: 403, Code: "ErrorAccessDenied"}
				}
				return nil
			})
			row, s, _ := p.quickly(t, t.Context(), 300*time.Millisecond, time.Second)
			if row.Status != fail || !strings.Contains(row.Evidence, c.says) || !strings.Contains(s.ErrorMessage, "NOT PUT BACK") {
				t.Errorf("%+v", row)
			}
		})
	}
}

// A write can be carried out and answered with a wish to wait, however long.
func TestWriteProbeLandsUnsaid(t *testing.T) {
	for name, c := range map[string]struct {
		after  string
		landed bool
		want   is
		back   bool
	}{
		"to come again":     {"1", true, is{pass, "", "is back"}, true},
		"to stay away":      {"3600", true, is{fail, record.GraphThrottled, "is back"}, true},
		"and it was not so": {"3600", false, is{fail, record.GraphThrottled, "the cloud still shows what was there before"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, who := range []string{lab.CaseDrifted, lab.CaseNoPhoto} {
				t.Run(who, func(t *testing.T) {
					t.Parallel()
					p := newProber(t, who)
					p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
						if r.Method == http.MethodPut && r.Attempt == 1 {
							return &lab.Fault{Status: 503, Code: "ServiceUnavailable", RetryAfter: c.after, After: c.landed}
						}
						return nil
					})
					row, s, _ := p.quickly(t, t.Context(), 10*time.Second, time.Second)
					want := c.want
					if p.before == nil {
						want.says = strings.Replace(want.says, "is back", "there is none again", 1)
					}
					want.of(t, row)
					if c.back {
						p.wantBack(t)
						if n := s.Requests.Put + s.Requests.Delete; n != 2 {
							t.Errorf("%+v", s.Requests)
						}
					} else {
						p.untouched(t)
					}
				})
			}
		})
	}
}

// Ctrl+C while the test picture is being sent: that is finished, and put back.
func TestWriteProbeIsCancelledInTheWrite(t *testing.T) {
	p := newProber(t, lab.CaseDrifted)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if r.Method == http.MethodPut && r.Attempt == 1 {
			cancel()
			return &lab.Fault{Delay: 100 * time.Millisecond, After: true}
		}
		return nil
	})
	row, s, _ := p.quickly(t, ctx, 5*time.Second, 5*time.Second)
	is{unknown, "", "was cancelled when the test picture had been written"}.of(t, row)
	p.wantBack(t)
	if s.ExitCode != int(record.ExitCancelled) || len(p.warnings) == 0 || !strings.Contains(p.warnings[0], "is being put back; interrupted again") {
		t.Errorf("%+v, warnings %q", s, p.warnings)
	}
}

// After Ctrl+C putting back is bounded by what hosts wait for.
func TestWriteProbeEndsWhenInterrupted(t *testing.T) {
	p := newProber(t, lab.CaseDrifted)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.failing(http.MethodPut, 2, lab.Fault{Status: 401, Code: "InvalidAuthenticationToken"})
	var once atomic.Bool
	p.onWarn = func(string) { // at the first that says it is tried
		if !once.Swap(true) {
			cancel()
		}
	}
	begun := time.Now()
	row, _, _ := p.quickly(t, ctx, time.Minute, 200*time.Millisecond)
	is{fail, record.GraphTokenRejected, "NOT PUT BACK"}.of(t, row)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it went on for %s", took)
	}
}

// The cloud may show the old picture under the new etag for a while.
func TestWriteProbeMeetsALateRendition(t *testing.T) {
	p := newProber(t, lab.CaseDrifted)
	late := 0
	p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if p.ofPhoto(r, true) && p.Graph().Writes() == 1 && late < 2 {
			late++
			return &lab.Fault{RawBody: string(p.before), ContentType: "image/jpeg"}
		}
		return nil
	})
	row, _, _ := p.quickly(t, t.Context(), 5*time.Second, time.Second)
	is{pass, "", "is back"}.of(t, row)
	p.wantBack(t)
	if late != 2 {
		t.Errorf("%d late renditions", late)
	}
}

// A photo that changes while it is backed up is backed up again, and one that
// goes leaves nothing of itself.
func TestWriteProbeKeepsWhatHoldsStill(t *testing.T) {
	t.Run("another comes", func(t *testing.T) {
		p := newProber(t, lab.CaseDrifted)
		other, seen := someoneElses(t), 0
		p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
			if p.ofPhoto(r, false) {
				if seen++; seen == 3 { // after the canary's and the first of the probe
					p.set(t, other)
				}
			}
			return nil
		})
		row, _, _ := p.quickly(t, t.Context(), 5*time.Second, time.Second)
		is{pass, "", "is back"}.of(t, row)
		if now, _ := p.Graph().Photo(p.upn); !same(t, other, now) {
			t.Error("another picture is there")
		}
		_, intents, _ := p.entries(t)
		kept, err := os.ReadFile(filepath.Join(p.StateDir, "backups", intents[0].BackupSHA256[:2], intents[0].BackupSHA256))
		if err != nil || !same(t, other, kept) || bytes.Equal(kept, p.before) {
			t.Errorf("the backup is another picture, %v", err)
		}
	})
	t.Run("it goes", func(t *testing.T) {
		p := newProber(t, lab.CaseDrifted)
		gone := false
		seen := 0
		p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
			if p.ofPhoto(r, false) {
				if seen++; seen == 3 {
					p.set(t, someoneElses(t))
				}
				gone = gone || seen == 4
			}
			if gone && p.Graph().Writes() == 0 && r.Method == http.MethodGet && strings.Contains(r.Path, "/photo") {
				return is404()
			}
			return nil
		})
		p.quickly(t, t.Context(), 5*time.Second, time.Second)
		if _, intents, _ := p.entries(t); intents[0].BackupSHA256 != "" || intents[0].ETagBefore != "" {
			t.Errorf("%+v", intents[0])
		}
	})
}
