package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"photosync/internal/journal"
	"photosync/internal/lab"
	"photosync/internal/photo"
	"photosync/internal/record"
	"photosync/internal/run"
)

// prober is a check with a write probe of one person.
type prober struct {
	*lab.Lab
	run.Options
	upn, id string
	before  []byte
	etag    string
	answers
}

func newProber(t *testing.T, who string, o ...lab.Option) *prober {
	t.Helper()
	l, options := ready(t, o...)
	p := &prober{Lab: l, Options: options, upn: someone(t, who)}
	p.WriteProbe, p.Canary = p.upn, p.upn
	u, _ := l.Graph().User(p.upn)
	p.id = u.ID
	p.before, p.etag = l.Graph().Photo(p.upn)
	return p
}

// check runs the check and gives the answer to WriteProbe.
func (p *prober) check(t *testing.T, ctx context.Context) (record.Check, record.Summary, error) {
	t.Helper()
	s, err := run.Check(ctx, p.Options, &p.answers)
	return p.row(t, "WriteProbe"), s, err
}

// writes fails the i-th write of the person's photo, and those after it, by fault.
func (p *prober) failing(method string, from int, fault lab.Fault) {
	p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if r.Method != method || !strings.HasSuffix(r.Path, "/photo/$value") || r.Attempt < from {
			return nil
		}
		f := fault
		return &f
	})
}

// wantBack finds the photo that was there before, as the service gives it back:
// the lab encodes what it is sent, so that the bytes are others.
func (p *prober) wantBack(t *testing.T) {
	t.Helper()
	after, etag := p.Graph().Photo(p.upn)
	if p.before == nil {
		if after != nil {
			t.Error("there is a photo where there was none")
		}
		return
	}
	if etag == p.etag {
		t.Error("the etag did not move: nothing was written")
	}
	if !same(t, p.before, after) {
		t.Error("another picture is there")
	}
}

func same(t *testing.T, a, b []byte) bool {
	t.Helper()
	one, err := photo.Decode(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := photo.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return photo.Compare(one, other).Verdict == photo.Same
}

// untouched finds the photo as it was.
func (p *prober) untouched(t *testing.T) {
	t.Helper()
	after, etag := p.Graph().Photo(p.upn)
	if !bytes.Equal(p.before, after) || etag != p.etag || p.Graph().Writes() != 0 {
		t.Errorf("the photo was touched: %d writes, etag %s", p.Graph().Writes(), etag)
	}
}

// entries gives the lines of the journal.
func (p *prober) entries(t *testing.T) (runs []journal.Run, intents []journal.Intent, ends []journal.Outcome) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.StateDir, "journal", "*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("journals %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var l struct {
			Run     *journal.Run
			Intent  *journal.Intent
			Outcome *journal.Outcome
		}
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		switch {
		case l.Run != nil:
			runs = append(runs, *l.Run)
		case l.Intent != nil:
			intents = append(intents, *l.Intent)
		case l.Outcome != nil:
			ends = append(ends, *l.Outcome)
		}
	}
	return runs, intents, ends
}

func TestWriteProbe(t *testing.T) {
	for name, c := range map[string]struct {
		who   string
		shape []record.Action
		says  string
	}{
		"with a photo":    {lab.CaseDrifted, []record.Action{record.Upload, record.Upload}, "is back, byte for byte"},
		"without a photo": {lab.CaseNoPhoto, []record.Action{record.Upload, record.Remove}, "there is none again"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProber(t, c.who)
			row, s, err := p.check(t, t.Context())
			if err != nil || s.ExitCode != 0 {
				t.Fatalf("%v, summary %+v", err, s)
			}
			is{pass, "", c.says}.of(t, row)
			is{pass, "", "seen after "}.of(t, row)
			p.wantBack(t)
			if n := p.Graph().Writes(); n != 2 || s.Requests.Put+s.Requests.Delete != 2 {
				t.Errorf("%d writes, summary %+v", n, s.Requests)
			}
			runs, intents, ends := p.entries(t)
			if len(runs) != 1 || runs[0].Command != "check" || runs[0].RunID != s.RunId || len(intents) != 2 || len(ends) != 2 {
				t.Fatalf("journal: %+v %+v %+v", runs, intents, ends)
			}
			var sent []string
			for _, r := range p.Graph().Requests() {
				if r.Method != http.MethodGet {
					sent = append(sent, r.Header.Get("client-request-id"))
				}
			}
			if !slices.Equal(sent, []string{intents[0].ID, intents[1].ID}) {
				t.Errorf("client-request-ids %v, journal %+v", sent, intents)
			}
			for i, action := range c.shape {
				if intents[i].Action != action || intents[i].CloudID != p.id || ends[i].ID != intents[i].ID || ends[i].Status != record.Done {
					t.Errorf("%+v, %+v", intents[i], ends[i])
				}
			}
			if intents[0].ETagBefore != p.etag || intents[1].ETagBefore == p.etag || (intents[0].BackupSHA256 == "") != (p.before == nil) {
				t.Errorf("%+v", intents)
			}
			p.backedUp(t, intents[0].BackupSHA256)
		})
	}
}

// backedUp finds the photo that was there in the backups.
func (p *prober) backedUp(t *testing.T, sha string) string {
	t.Helper()
	if sha == "" {
		return ""
	}
	file := filepath.Join(p.StateDir, "backups", sha[:2], sha)
	kept, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(kept, p.before) {
		t.Errorf("the backup is not what was there: %v", err)
	}
	return file
}

// Nothing is written for somebody who cannot be named or put back.
func TestWriteProbeRefuses(t *testing.T) {
	t.Run("nobody", func(t *testing.T) {
		p := newProber(t, lab.CaseDrifted)
		p.WriteProbe = "nobody@corp.example"
		row, s, err := p.check(t, t.Context())
		is{fail, record.CloudUserNotFound, "nobody@corp.example"}.of(t, row)
		if record.CodeOf(err) != record.CloudUserNotFound || s.ExitCode != 1 {
			t.Errorf("%v, %+v", err, s)
		}
		p.untouched(t)
	})
	t.Run("two", func(t *testing.T) {
		p := newProber(t, lab.CaseDrifted)
		p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
			if r.Path != "/users" {
				return nil
			}
			return &lab.Fault{RawBody: `{"value":[{"id":"1","userPrincipalName":"` + p.upn + `"},{"id":"2","userPrincipalName":"` + strings.ToUpper(p.upn) + `"}]}`}
		})
		row, _, _ := p.check(t, t.Context())
		is{fail, record.IdentityAmbiguous, p.upn}.of(t, row)
		p.untouched(t)
	})
	t.Run("a PNG", func(t *testing.T) {
		var drawn bytes.Buffer
		if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 240, 240))); err != nil {
			t.Fatal(err)
		}
		company := *small()
		company.CloudUsers = slices.Clone(company.CloudUsers)
		i := slices.IndexFunc(company.CloudUsers, func(u lab.CloudUser) bool { return u.UserPrincipalName == someone(t, lab.CaseDrifted) })
		company.CloudUsers[i].Photo = drawn.Bytes()
		l, o := start(t, &company)
		p := &prober{Lab: l, Options: o, upn: company.CloudUsers[i].UserPrincipalName}
		p.WriteProbe = p.upn
		p.before, p.etag = l.Graph().Photo(p.upn)
		row, _, _ := p.check(t, t.Context())
		is{fail, record.CloudPhotoUnreadable, "it is of the format PNG; nothing was written"}.of(t, row)
		p.untouched(t)
	})
	t.Run("a write that the policy refuses", func(t *testing.T) {
		p := newProber(t, lab.CaseDrifted, lab.WithPhotoPolicy(lab.PhotoPolicy{Source: "onPremises", RefuseWrites: true}))
		row, s, err := p.check(t, t.Context())
		is{fail, record.CodeOf(err), "ForbiddenByPolicy"}.of(t, row)
		if s.ExitCode != int(record.ExitGraph) || row.RequestId == "" {
			t.Errorf("%v, %+v, %+v", err, s, row)
		}
		p.untouched(t)
		if _, _, ends := p.entries(t); len(ends) != 1 || ends[0].Status != record.Failed {
			t.Errorf("%+v", ends)
		}
	})
	t.Run("a state folder that cannot be written", func(t *testing.T) {
		p := newProber(t, lab.CaseDrifted)
		p.StateDir = filepath.Join(p.Lab.Directory().CAFile(), "state")
		row, s, _ := p.check(t, t.Context())
		is{unknown, "", "not asked, because State failed"}.of(t, row)
		if s.ExitCode != int(record.ExitState) {
			t.Errorf("%+v", s)
		}
		p.untouched(t)
	})
}

// The loudest failure there is: the test picture stays.
func TestWriteProbeCannotPutBack(t *testing.T) {
	for name, c := range map[string]struct{ who, method, byHand string }{
		"with a photo":    {lab.CaseDrifted, http.MethodPut, "-Method PUT -Uri '"},
		"without a photo": {lab.CaseNoPhoto, http.MethodDelete, "-Method DELETE -Uri '"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProber(t, c.who)
			from := 2
			if c.method == http.MethodDelete {
				from = 1
			}
			p.failing(c.method, from, lab.Fault{Status: 403, Code: "ErrorAccessDenied"})
			row, s, err := p.check(t, t.Context())
			is{fail, record.PhotoWriteForbidden, "THE PHOTO OF " + p.upn + " WAS NOT PUT BACK"}.of(t, row)
			is{fail, record.PhotoWriteForbidden, c.byHand + p.GraphRoot + "/v1.0/users/" + p.id + "/photo/$value'"}.of(t, row)
			if record.CodeOf(err) != record.PhotoWriteForbidden || !strings.Contains(s.ErrorMessage, "NOT PUT BACK") || s.ExitCode != int(record.ExitGraph) || row.RequestId == "" {
				t.Errorf("%v, %+v", err, s)
			}
			if len(p.warnings) != 1 || !strings.Contains(p.warnings[0], "NOT PUT BACK") {
				t.Errorf("warnings %q", p.warnings)
			}
			if p.before != nil {
				_, intents, ends := p.entries(t)
				file := p.backedUp(t, intents[0].BackupSHA256)
				if !strings.Contains(row.Evidence, file+" (SHA-256 "+intents[0].BackupSHA256) || !strings.Contains(row.Remedy, "-InputFilePath '"+file+"'") {
					t.Errorf("it does not say where the backup is: %+v", row)
				}
				if ends[1].Status != record.Failed {
					t.Errorf("%+v", ends)
				}
			}
		})
	}
}

// Ctrl+C between the two writes: the photo is put back all the same, and what
// became of it is said.
func TestWriteProbeIsCancelled(t *testing.T) {
	for _, restores := range []bool{true, false} {
		p := newProber(t, lab.CaseDrifted, lab.WithVisibilityReads(1))
		ctx, cancel := context.WithCancel(t.Context())
		p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
			if p.Graph().Writes() == 0 || !strings.HasPrefix(r.Path, "/users/"+p.id+"/photo") {
				return nil
			}
			cancel() // at the first look after the write
			if r.Method == http.MethodPut && !restores {
				return &lab.Fault{Status: 403, Code: "ErrorAccessDenied"}
			}
			return nil
		})
		row, s, err := p.check(t, ctx)
		if s.ExitCode != int(record.ExitCancelled) || s.Outcome != record.OutcomeCancelled {
			t.Errorf("%v, %+v", err, s)
		}
		if restores {
			is{unknown, "", "was cancelled when the test picture had been written"}.of(t, row)
			if record.CodeOf(err) != record.Cancelled {
				t.Error(err)
			}
			p.wantBack(t)
		} else {
			is{fail, record.PhotoWriteForbidden, "NOT PUT BACK"}.of(t, row)
			if record.CodeOf(err) != record.PhotoWriteForbidden { // which is not to be buried
				t.Error(err)
			}
		}
		cancel()
	}
}

func TestWriteProbeIsNotSeen(t *testing.T) {
	for name, c := range map[string]struct {
		who   string
		reads int
		says  string
	}{
		"neither write":   {lab.CaseDrifted, 100, "putting back what was there was accepted, and not seen within"},
		"neither removal": {lab.CaseNoPhoto, 100, "accepted for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it waits for what does not come
			p := newProber(t, c.who, lab.WithVisibilityReads(c.reads))
			row, s, err := p.quickly(t, t.Context(), 10*time.Second, time.Second)
			if err != nil || s.ExitCode != 0 {
				t.Errorf("%v, %+v", err, s)
			}
			is{warn, "", c.says}.of(t, row)
			p.wantBack(t)
			if _, _, ends := p.entries(t); ends[0].Status != record.Pending {
				t.Errorf("%+v", ends)
			}
		})
	}
}

// An answer that is lost says nothing; a look does, and a photo is put back
// again until it is.
func TestWriteProbeLosesAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		first, second *lab.Fault
		want          is
	}{
		"of the test picture, which came through": {first: &lab.Fault{Drop: true, After: true}, want: is{pass, "", "is back"}},
		"of the test picture, which did not":      {first: &lab.Fault{Drop: true}, want: is{fail, record.PhotoOutcomeUncertain, "is back"}},
		"of the photo, which did not":             {second: &lab.Fault{Drop: true}, want: is{pass, "", "is back"}},
		"of the photo, which came through":        {second: &lab.Fault{Drop: true, After: true}, want: is{pass, "", "is back"}},
		"the service asks to wait":                {first: &lab.Fault{Status: 429, Code: "TooManyRequests"}, second: nil, want: is{pass, "", "is back"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProber(t, lab.CaseDrifted)
			p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				switch {
				case r.Method == http.MethodPut && r.Attempt == 1:
					return c.first
				case r.Method == http.MethodPut && r.Attempt == 2:
					return c.second
				}
				return nil
			})
			row, _, _ := p.quickly(t, t.Context(), 10*time.Second, time.Second)
			c.want.of(t, row)
			p.wantBack(t)
		})
	}
}

// A third picture is somebody's choice, whenever it comes.
func TestWriteProbeMeetsAnother(t *testing.T) {
	other, _ := newProber(t, lab.CaseInSync).Graph().Photo(someone(t, lab.CaseInSync))
	for writes, at := range []string{"", "after the test picture", "after the photo"} {
		if at == "" {
			continue
		}
		t.Run(at, func(t *testing.T) {
			p := newProber(t, lab.CaseDrifted)
			changed := false
			p.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				if r.Method == http.MethodGet && p.Graph().Writes() == writes && !changed {
					changed = true
					if err := p.Graph().SetPhoto(p.upn, other); err != nil {
						t.Error(err)
					}
				}
				return nil
			})
			row, _, _ := p.check(t, t.Context())
			is{fail, record.PhotoVerifyMismatch, "it may be somebody's choice and was left as it is; what was there lies in "}.of(t, row)
			if now, _ := p.Graph().Photo(p.upn); !same(t, other, now) {
				t.Error("somebody's choice was overwritten")
			}
		})
	}
}
