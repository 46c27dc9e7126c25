package serve_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"photosync/internal/lab"
	"photosync/internal/record"
)

// synced gives a host that has written the whole company's photos, the photos
// that were there before, and the changes.
func synced(t *testing.T, l *lab.Lab) (*host, map[string][]byte, []record.Change) {
	t.Helper()
	before := l.Graph().Photos()
	h := connect(t, environment(l, t.TempDir()))
	sync1(h, `,"confirm":"never"`)
	h.answerAll(func(line) bool { return true })
	changes := h.changes()
	if len(changes) < 3 || l.Graph().Writes() != len(changes) {
		t.Fatalf("%d writes, heard %+v", l.Graph().Writes(), h.heard)
	}
	h.heard = nil
	return h, before, changes
}

// answerAll answers every proposal of a request, and gives its end.
func (h *host) answerAll(proceed func(line) bool) line {
	h.t.Helper()
	for {
		got := h.next()
		switch got.Type {
		case "propose":
			h.say(`{"v":1,"type":"decision","id":%d,"ref":%d,"proceed":%t}`, got.ID, got.Ref, proceed(got))
		case "end":
			return got
		}
	}
}

// A run is listed, and put back by its id; each change is proposed first.
func TestRestoreOfARun(t *testing.T) {
	l := startLab(t, small())
	h, before, changes := synced(t, l)
	id := changes[0].RunId
	h.say(`{"v":1,"type":"request","id":2,"op":"runs.list","params":{"runId":%q}}`, id)
	end := h.until("end")
	runs := itemsOf[record.Run](h, "run")
	if end.Status != "ok" || end.Exit != 0 || len(runs) != 1 || runs[0].RunId != id || runs[0].Done != int64(len(changes)) {
		t.Errorf("got %+v of %+v", runs, h.heard)
	}

	writes := l.Graph().Writes()
	h.heard = nil
	h.say(`{"v":1,"type":"request","id":3,"op":"photo.restore","dryRun":true,"params":{"runId":%q}}`, id)
	end = h.answerAll(func(line) bool { return true })
	if would := h.changes(); len(would) != len(changes) || end.Counts.Proposed != len(changes) || l.Graph().Writes() != writes || would[0].Status != record.WouldChange {
		t.Errorf("%d writes, got %+v", l.Graph().Writes()-writes, would)
	}

	h.heard = nil
	declined := ""
	h.say(`{"v":1,"type":"request","id":4,"op":"photo.restore","confirm":"ask","params":{"runId":%q}}`, id)
	end = h.answerAll(func(p line) bool {
		if p.Reason != string(record.Restored) || l.Graph().Writes() != writes {
			t.Errorf("%d writes by the time of %+v", l.Graph().Writes()-writes, p)
		}
		if declined == "" {
			declined = p.Target
		}
		return p.Target != declined
	})
	restored := h.changes()
	i := slices.IndexFunc(restored, func(c record.Change) bool { return c.UserPrincipalName == declined })
	if end.Status != "ok" || end.Counts.Done != len(changes)-1 || end.Counts.Skipped != 1 || i < 0 || restored[i].Reason != record.Declined {
		t.Errorf("of %s: %+v", declined, h.heard)
	}

	h.heard = nil // and the one who was left, by name
	h.say(`{"v":1,"type":"request","id":5,"op":"photo.restore","confirm":"never","params":{"people":true}}`)
	h.say(`{"v":1,"type":"input","id":5,"items":[{"cloudId":%q}]}`, restored[i].CloudId)
	h.say(`{"v":1,"type":"inputEnd","id":5}`)
	if end := h.answerAll(func(line) bool { return true }); end.Counts.Done != 1 || !maps.EqualFunc(before, l.Graph().Photos(), bytes.Equal) {
		t.Errorf("heard %+v", h.heard)
	}

	h.heard = nil
	h.say(`{"v":1,"type":"request","id":6,"op":"runs.list"}`)
	h.until("end")
	if runs := itemsOf[record.Run](h, "run"); len(runs) != 3 || runs[0].Command != "restore" || runs[2].RunId != id || runs[1].Restores != id {
		t.Errorf("got %+v", runs)
	}
	h.finish()
}

// A restore that fails for somebody is an error after the last change.
func TestRestoreThatFails(t *testing.T) {
	l := startLab(t, small())
	h, _, changes := synced(t, l)
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if r.Method == "PUT" {
			return &lab.Fault{Status: 400, Code: "ErrorInvalidImage"}
		}
		return nil
	})
	h.say(`{"v":1,"type":"request","id":2,"op":"photo.restore","confirm":"never","params":{"runId":%q},"client":{"ps":"7.6.9"}}`, changes[0].RunId)
	end := h.answerAll(func(line) bool { return true })
	last := slices.IndexFunc(h.heard, func(l line) bool { return l.Type == "error" })
	if end.Status != "partial" || end.Exit != 3 || end.Counts.Error == 0 || slices.ContainsFunc(h.heard[last:], func(l line) bool { return l.Type == "result" }) {
		t.Errorf("heard %+v", h.heard)
	}
	h.finish()
}

// Runs and people that the journal does not have end the request.
func TestNothingToRestore(t *testing.T) {
	l := startLab(t, small())
	for params, code := range map[string]string{`{"runId":"01990a2b-5c1e-7d0f-8a44-2f6f0f6f3a11"}`: "RunNotFound", `{"people":true}`: "WriteNotFound"} {
		h := connect(t, environment(l, t.TempDir()))
		h.say(`{"v":1,"type":"request","id":1,"op":"photo.restore","params":%s}`, params)
		if code == "WriteNotFound" {
			h.say(`{"v":1,"type":"input","id":1,"items":["anna@corp.example"]}`)
			h.say(`{"v":1,"type":"inputEnd","id":1}`)
		}
		end := h.until("end")
		if e := h.heardOf("error"); end.Status != "failed" || len(e) != 1 || e[0].Code != code || !e[0].Fatal {
			t.Errorf("heard %+v", h.heard)
		}
		h.finish()
	}
}

// A plan that a dry run wrote is carried out.
func TestPlanOfAHost(t *testing.T) {
	l := startLab(t, small())
	file := t.TempDir() + "/p.jsonl"
	h := connect(t, environment(l, t.TempDir()))
	h.say(`{"v":1,"type":"request","id":1,"op":"photo.sync","dryRun":true,"params":{"planPath":%q,"baseline":"OnPremises","first":2}}`, file)
	h.answerAll(func(line) bool { return true })
	h.heard = nil
	h.say(`{"v":1,"type":"request","id":2,"op":"photo.sync","confirm":"never","params":{"planPath":%q}}`, file)
	end := h.answerAll(func(line) bool { return true })
	if end.Status != "ok" || end.Counts.Done != 2 || l.Graph().Writes() != 2 {
		t.Errorf("%d writes, heard %+v", l.Graph().Writes(), h.heard)
	}
	h.finish()
}
