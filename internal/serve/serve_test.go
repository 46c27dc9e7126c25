package serve_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"photosync/internal/lab"
	"photosync/internal/record"
)

func TestDriftOfTheScope(t *testing.T) {
	l := startLab(t, small())
	h := connect(t, environment(l, t.TempDir()))
	h.say(`{"v":1,"type":"request","id":1,"op":"drift.get","params":{}}`)
	end := h.until("end")
	rows := h.rows()
	if end.Status != "ok" || end.Exit != 0 || end.Counts.Result != len(rows) || end.Counts.Error != 0 || end.Summary.Outcome != record.OutcomeOk {
		t.Errorf("got %+v for %d rows", end, len(rows))
	}
	if len(rows) == 0 || end.Summary.People != len(small().People) {
		t.Errorf("%d rows, %d people", len(rows), end.Summary.People)
	}
	for _, r := range rows {
		if !r.Status.NeedsAttention() {
			t.Errorf("%s is %s, and needs no attention", r.UserPrincipalName, r.Status)
		}
	}
	if code := h.finish(); code != record.ExitOk {
		t.Errorf("exit code %d", code)
	}
}

func TestStatusesAreFilteredHere(t *testing.T) {
	l := startLab(t, small())
	h := connect(t, environment(l, t.TempDir()))
	h.say(`{"v":1,"type":"request","id":1,"op":"drift.get","params":{"statuses":["InSync","missingincloud"]}}`)
	h.until("end")
	seen := map[record.Status]bool{}
	for _, r := range h.rows() {
		seen[r.Status] = true
	}
	if len(seen) != 2 || !seen[record.InSync] || !seen[record.MissingInCloud] {
		t.Errorf("got rows with %v", seen)
	}
	h.finish()
}

// Two requests go one after another over one session, with secrets of their own.
func TestRequestsOneAfterAnother(t *testing.T) {
	l := startLab(t, small(), lab.WithTokens(true))
	env := environment(l, t.TempDir())
	token := env["PHOTOSYNC_ACCESS_TOKEN"]
	password := env["PHOTOSYNC_LDAP_PASSWORD"]
	delete(env, "PHOTOSYNC_ACCESS_TOKEN")
	delete(env, "PHOTOSYNC_LDAP_PASSWORD")
	who := small().Cases()[lab.CaseDrifted][0]
	h := connect(t, env)
	for id := 1; id <= 2; id++ { // the second is sent before the first has ended
		h.say(`{"v":1,"type":"request","id":%d,"op":"drift.get","params":{"people":true},"secrets":true}`, id)
		h.say(`{"v":1,"type":"secrets","id":%d,"items":{"ldapPassword":"%s","accessToken":"%s"}}`, id, b64(password), b64(token))
		h.say(`{"v":1,"type":"input","id":%d,"items":%s}`, id, quoted(who))
		h.say(`{"v":1,"type":"inputEnd","id":%d}`, id)
	}
	for id := int64(1); id <= 2; id++ {
		if end := h.until("end"); end.ID != id || end.Status != "ok" || end.Counts.Result != 1 {
			t.Errorf("got %+v", end)
		}
	}
	if rows := h.rows(); len(rows) != 2 || rows[0].Status != record.Drifted || rows[1].UserPrincipalName != who {
		t.Errorf("got %+v", rows)
	}
	if code := h.finish(); code != record.ExitOk {
		t.Errorf("exit code %d", code)
	}
}

func TestNobodyIsNotEverybody(t *testing.T) {
	h := connect(t, nil) // with nothing to connect to
	h.say(`{"v":1,"type":"request","id":1,"op":"photo.sync","params":{"people":true}}`)
	h.say(`{"v":1,"type":"inputEnd","id":1}`)
	if end := h.until("end"); end.Status != "ok" || end.Summary != nil || len(h.heard) != 2 {
		t.Errorf("got %+v", h.heard)
	}
	h.finish()
}

// A name that names nobody is an error; the others get their rows.
func TestNamesOfNobody(t *testing.T) {
	l := startLab(t, small())
	who := small().Cases()[lab.CaseInSync][0]
	h := connect(t, environment(l, t.TempDir()))
	h.say(`{"v":1,"type":"request","id":1,"op":"drift.get","params":{"people":true}}`)
	h.say(`{"v":1,"type":"input","id":1,"items":%s}`, quoted("nobody@corp.example", who, `no\body`))
	h.say(`{"v":1,"type":"inputEnd","id":1}`)
	end := h.until("end")
	errs := h.heardOf("error")
	if end.Status != "partial" || end.Counts.Error != 2 || end.Counts.Result != 1 || len(errs) != 2 {
		t.Fatalf("got %+v", h.heard)
	}
	if e := errs[0]; e.Code != "UserNotFound" || e.Target != "nobody@corp.example" || e.Fatal || e.Remedy == "" {
		t.Errorf("got %+v", e)
	}
	if errs[1].Code != "IdentityInvalid" || len(h.heardOf("warning")) != 0 {
		t.Errorf("got %+v", h.heard)
	}
	h.finish()
}

// A person's trouble is a row and one warning at the end.
func TestTroubleIsARowAndAWarning(t *testing.T) {
	l := startLab(t, small())
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if strings.HasSuffix(r.Path, "$value") {
			return &lab.Fault{Status: 403, Code: "ErrorAccessDenied"}
		}
		return nil
	})
	h := connect(t, environment(l, t.TempDir()))
	h.say(`{"v":1,"type":"request","id":1,"op":"drift.get"}`)
	end := h.until("end")
	unknown := 0
	for _, r := range h.rows() {
		if r.Status == record.Unknown {
			unknown++
		}
	}
	if warnings := h.heardOf("warning"); unknown == 0 || len(warnings) != 1 || end.Status != "partial" || end.Counts.Error != 0 {
		t.Errorf("%d unknown, %+v, %+v", unknown, warnings, end)
	}
	h.finish()
}

// sync is a request that would write.
func sync1(h *host, more string) {
	h.t.Helper()
	h.say(`{"v":1,"type":"request","id":1,"op":"photo.sync","params":{"baseline":"OnPremises"}%s}`, more)
}

func TestProposalsAreAnsweredBeforeTheFirstWrite(t *testing.T) {
	l := startLab(t, small())
	h := connect(t, environment(l, t.TempDir()))
	sync1(h, `,"confirm":"ask"`)
	proposed, declined := 0, ""
	for {
		got := h.next()
		if got.Type == "end" {
			break
		}
		if got.Type != "propose" {
			continue
		}
		if proposed++; l.Graph().Writes() != 0 {
			t.Fatal("a write went out before every proposal was answered")
		}
		if declined == "" {
			declined = got.Target
		}
		h.say(`{"v":1,"type":"decision","id":1,"ref":%d,"proceed":%t}`, got.Ref, got.Target != declined)
	}
	end := h.heard[len(h.heard)-1]
	changes := h.changes()
	i := slices.IndexFunc(changes, func(c record.Change) bool { return c.UserPrincipalName == declined })
	if proposed < 2 || end.Counts.Proposed != proposed || end.Counts.Done != proposed-1 || end.Counts.Skipped != 1 || l.Graph().Writes() != proposed-1 {
		t.Errorf("%d proposed, %d writes, %+v", proposed, l.Graph().Writes(), end)
	}
	if i < 0 || changes[i].Status != record.Skipped || changes[i].Reason != record.Declined {
		t.Errorf("of %s: %+v", declined, changes)
	}
	h.finish()
}

func TestDryRunProposesAndCannotWrite(t *testing.T) {
	l := startLab(t, small())
	h := connect(t, environment(l, t.TempDir()))
	sync1(h, `,"dryRun":true,"confirm":"never"`)
	for {
		got := h.next()
		if got.Type == "end" {
			break
		}
		if got.Type == "propose" { // the answer changes nothing
			h.say(`{"v":1,"type":"decision","id":1,"ref":%d,"proceed":true}`, got.Ref)
		}
	}
	changes := h.changes()
	if len(changes) == 0 || len(h.heardOf("propose")) != len(changes) || l.Graph().Writes() != 0 {
		t.Errorf("%d changes, %d writes", len(changes), l.Graph().Writes())
	}
	for _, c := range changes {
		if c.Status != record.WouldChange {
			t.Errorf("got %+v", c)
		}
	}
	h.finish()
}

// The errors of single people come after the last change.
func TestErrorsFollowTheLastChange(t *testing.T) {
	l := startLab(t, small())
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if r.Method == "PUT" {
			return &lab.Fault{Status: 400, Code: "ErrorInvalidImage"}
		}
		return nil
	})
	h := connect(t, environment(l, t.TempDir()))
	sync1(h, `,"confirm":"never"`)
	for {
		got := h.next()
		if got.Type == "propose" {
			h.say(`{"v":1,"type":"decision","id":1,"ref":%d,"proceed":true}`, got.Ref)
		}
		if got.Type == "end" {
			break
		}
	}
	lastResult, firstError := 0, len(h.heard)
	for i, got := range h.heard {
		switch got.Type {
		case "result":
			lastResult = i
		case "error":
			firstError = min(firstError, i)
		}
	}
	end := h.heard[len(h.heard)-1]
	if lastResult > firstError || end.Counts.Error == 0 || end.Status != "partial" {
		t.Errorf("last change at %d, first error at %d, %+v", lastResult, firstError, end)
	}
	h.finish()
}

// Objects with photos need no directory: none is configured here.
func TestPhotosHandedOver(t *testing.T) {
	company := small()
	l := startLab(t, company)
	p, _ := company.Person(company.Cases()[lab.CaseDrifted][0])
	missing, _ := company.Person(company.Cases()[lab.CaseMissingInCloud][0])
	h := connect(t, map[string]string{"PHOTOSYNC_GRAPH_URL": l.Graph().URL(), "PHOTOSYNC_STATE_DIR": t.TempDir()})
	h.say(`{"v":1,"type":"request","id":1,"op":"photo.sync","confirm":"never","params":{"people":true,"baseline":"onpremises","auth":"token"},"secrets":true}`)
	h.say(`{"v":1,"type":"secrets","id":1,"items":{"accessToken":"%s"}}`, b64(l.Graph().IssueToken(3600e9)))
	for _, p := range []lab.Person{p, missing} {
		item := map[string]any{
			"person": map[string]any{"userPrincipalName": p.UserPrincipalName, "sid": p.SID, "distinguishedName": p.DN, "displayName": p.DisplayName},
			"photo":  p.Photo,
		}
		js, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		h.say(`{"v":1,"type":"input","id":1,"items":[%s]}`, js)
	}
	h.say(`{"v":1,"type":"inputEnd","id":1}`)
	for {
		got := h.next()
		if got.Type == "propose" {
			h.say(`{"v":1,"type":"decision","id":1,"ref":%d,"proceed":true}`, got.Ref)
		}
		if got.Type == "end" {
			break
		}
	}
	if end := h.heard[len(h.heard)-1]; end.Status != "ok" || end.Counts.Done != 2 || l.Graph().Writes() != 2 {
		t.Errorf("%d writes, heard %+v", l.Graph().Writes(), h.heard)
	}
	h.finish()
}

// What is wrong with a request ends it, and not the session.
func TestRequestsThatCannotBe(t *testing.T) {
	l := startLab(t, small())
	for name, c := range map[string]struct{ request, code, says string }{
		"unknown op":           {`"op":"photo.paint"`, "BridgeProtocol", "photo.paint"},
		"empty filter":         {`"op":"drift.get","params":{"ldapFilter":""}`, "SettingInvalid", "ldapFilter"},
		"null people":          {`"op":"drift.get","params":{"people":null}`, "SettingInvalid", "people"},
		"another case":         {`"op":"drift.get","params":{"People":true}`, "SettingInvalid", "People"},
		"misspelt parameter":   {`"op":"drift.get","params":{"searchbase2":"OU=x,DC=y"}`, "SettingInvalid", "searchbase2"},
		"wrong type":           {`"op":"drift.get","params":{"all":"yes"}`, "SettingInvalid", "all"},
		"people and scope":     {`"op":"drift.get","params":{"people":true,"ldapFilter":"(a=b)"}`, "SettingInvalid", "scope"},
		"a sync's parameter":   {`"op":"drift.get","params":{"baseline":"Cloud"}`, "SettingInvalid", "baseline"},
		"a drift's parameter":  {`"op":"photo.sync","params":{"all":true}`, "SettingInvalid", "all"},
		"no such baseline":     {`"op":"photo.sync","params":{"baseline":"Mine"}`, "SettingInvalid", "Mine"},
		"no such status":       {`"op":"drift.get","params":{"statuses":["Fine"]}`, "SettingInvalid", "Fine"},
		"negative brake":       {`"op":"photo.sync","params":{"maxChange":-1}`, "SettingInvalid", "negative"},
		"a negative first":     {`"op":"photo.sync","params":{"first":-1}`, "SettingInvalid", "first cannot be negative"},
		"a negative grace":     {`"op":"photo.sync","params":{"graceSeconds":-1}`, "SettingInvalid", "graceSeconds cannot be negative"},
		"negative removals":    {`"op":"photo.sync","params":{"maxRemove":-1}`, "SettingInvalid", "maxRemove cannot be negative"},
		"a negative retention": {`"op":"photo.sync","params":{"retentionDays":-90}`, "SettingInvalid", "retentionDays cannot be negative"},
		"a plan of no age":     {`"op":"photo.sync","params":{"maxAgeSeconds":0}`, "SettingInvalid", "maxAgeSeconds cannot be 0"},
		"for longer than ever": {`"op":"photo.sync","params":{"retentionDays":106752}`, "SettingInvalid", "retentionDays cannot be 106752"},
		"no time to look":      {`"op":"photo.restore","params":{"runId":"r","verifySeconds":0}`, "SettingInvalid", "verifySeconds cannot be 0"},
		"no such answer":       {`"op":"photo.sync","params":{"onConflict":"Mine"}`, "SettingInvalid", `no answer "Mine" to a conflict`},
		"no group":             {`"op":"photo.sync","params":{"excludeGroups":["CN=a",""]}`, "SettingInvalid", "excludeGroups names no group"},
		"no groups":            {`"op":"photo.sync","params":{"excludeGroups":[]}`, "SettingInvalid", "excludeGroups is empty"},
		"no plan":              {`"op":"photo.sync","params":{"planPath":""}`, "SettingInvalid", "planPath is empty"},
		"a plan and people":    {`"op":"photo.sync","params":{"planPath":"/p","people":true}`, "SettingInvalid", "does not go with --user"},
		"a plan, in a cmdlet": {`"op":"photo.sync","params":{"planPath":"/p","ldapFilter":"(a=b)","baseline":"Cloud","onConflict":"Skip","first":0},"client":{"ps":"7.6.9"}`,
			"SettingInvalid", "-PlanPath without -WhatIf carries out that plan and nothing else, and does not go with -LDAPFilter, -Baseline, -OnConflict, -First"},
		"a plan and a scope":   {`"op":"photo.sync","params":{"planPath":"/p","searchBase":"DC=a","searchScope":"sub"}`, "SettingInvalid", "does not go with --search-base, --search-scope"},
		"a plan and the rest":  {`"op":"photo.sync","params":{"planPath":"/p","removeOrphans":true,"allowDowngrade":true,"excludeGroups":["CN=a"]}`, "SettingInvalid", "does not go with --remove-orphans, --allow-downgrade, --exclude-group"},
		"a restore of nothing": {`"op":"photo.restore","params":{"force":true}`, "SettingInvalid", "neither a run nor people"},
		"an empty run":         {`"op":"photo.restore","params":{"runId":"","people":true}`, "SettingInvalid", "runId is empty"},
		"a restore of a scope": {`"op":"photo.restore","params":{"runId":"r","ldapFilter":"(a=b)"}`, "SettingInvalid", "no parameter \"ldapFilter\""},
		"runs of people":       {`"op":"runs.list","params":{"people":true}`, "SettingInvalid", "people"},
		"runs of a server":     {`"op":"runs.list","params":{"server":"dc1"}`, "SettingInvalid", "server"},
		"a brake":              {`"op":"photo.sync","params":{"maxChange":0}`, "TooManyChanges", "--max-change"},
		"a brake, in a cmdlet": {`"op":"photo.sync","params":{"maxChange":0},"client":{"ps":"7.6.9"}`, "TooManyChanges", "-MaxChange"},
		"no requests at once":  {`"op":"drift.get","params":{"concurrency":0}`, "SettingInvalid", "concurrency is 0"},
		"half a request":       {`"op":"photo.sync","params":{"concurrency":1.5}`, "SettingInvalid", "concurrency"},
		"requests as text":     {`"op":"readiness.check","params":{"concurrency":"4"}`, "SettingInvalid", "concurrency"},
		"no base64":            {`"op":"drift.get","params":{"certificate":"MIIB!"}`, "SettingInvalid", "certificate is not base64"},
		"a number, no text":    {`"op":"drift.get","params":{"certificate":5}`, "SettingInvalid", "certificate"},
		"two certificates":     {`"op":"readiness.check","params":{"certificate":"MIIB","certificateFile":"/c.pem"}`, "SettingInvalid", "certificateFile"},
		"a check's parameter":  {`"op":"photo.sync","params":{"writeProbe":"a@b"}`, "SettingInvalid", "writeProbe"},
		"a check of people":    {`"op":"readiness.check","params":{"people":true}`, "SettingInvalid", "people"},
		"no probe":             {`"op":"readiness.check","params":{"writeProbe":"anna"},"client":{"ps":"7.6.9"}`, "SettingInvalid", "-WriteProbe takes the UPN"},
		"no canary":            {`"op":"readiness.check","params":{"canary":""}`, "SettingInvalid", "canary"},
		"bad filter":           {`"op":"drift.get","params":{"ldapFilter":"(a=b"}`, "LdapFilterInvalid", "(a=b"},
	} {
		t.Run(name, func(t *testing.T) {
			h := connect(t, environment(l, t.TempDir()))
			h.say(`{"v":1,"type":"request","id":1,%s}`, c.request)
			if strings.Contains(c.request, `"people":true`) {
				h.say(`{"v":1,"type":"input","id":1,"items":["a"]}`)
				h.say(`{"v":1,"type":"inputEnd","id":1}`)
			}
			e := h.until("error")
			if e.Code != c.code || !e.Fatal || !strings.Contains(e.Message, c.says) {
				t.Errorf("got %+v", e)
			}
			if end := h.until("end"); end.Status != "failed" || end.Exit == 0 || end.Counts.Error != 1 {
				t.Errorf("got %+v", end)
			}
			h.say(`{"v":1,"type":"request","id":2,"op":"drift.get","params":{"searchBase":"OU=Nowhere,DC=corp,DC=example"}}`)
			if end := h.until("end"); end.ID != 2 {
				t.Errorf("got %+v", end)
			}
			h.finish()
		})
	}
	if l.Graph().Writes() != 0 {
		t.Errorf("%d writes", l.Graph().Writes())
	}
}

// A sync of somebody who does not exist is an error, and no change: there is
// nobody who was to be changed.
func TestSyncOfNobody(t *testing.T) {
	l := startLab(t, small())
	h := connect(t, environment(l, t.TempDir()))
	h.say(`{"v":1,"type":"request","id":1,"op":"photo.sync","params":{"people":true}}`)
	h.say(`{"v":1,"type":"input","id":1,"items":["nobody@corp.example",{"cloudId":"11111111-2222-3333-4444-555555555555"},{"cloudId":"no id"},{}]}`)
	h.say(`{"v":1,"type":"inputEnd","id":1}`)
	end := h.until("end")
	var codes []string
	for _, e := range h.heardOf("error") {
		codes = append(codes, e.Code)
	}
	want := []string{"UserNotFound", "CloudUserNotFound", "IdentityInvalid", "IdentityInvalid"}
	if !slices.Equal(codes, want) || end.Counts.Result != 0 || end.Status != "partial" {
		t.Errorf("got %v, %+v", codes, end)
	}
	h.finish()
}
