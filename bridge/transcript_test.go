package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/bridge"
)

// The transcripts in testdata are for other languages too: NAME.jsonl has what
// the binary writes, NAME.transcript both sides in their order, > from the host.
func TestTranscripts(t *testing.T) {
	const cancel = `{"v":1,"type":"cancel","id":1}`
	sync := func(id int, more string) string {
		return fmt.Sprintf(`{"v":1,"type":"request","id":%d,"op":"photo.sync","params":{"server":"dc1.corp.example"}%s,"client":{"ps":"5.1.20348.1","edition":"Desktop","module":"0.1.0","pid":42}}`, id, more)
	}
	drift := func(id int, more string) string {
		return fmt.Sprintf(`{"v":1,"type":"request","id":%d,"op":"drift.get","params":{"server":"dc1.corp.example","people":true}%s}`, id, more)
	}
	check := func(params string) string {
		return fmt.Sprintf(`{"v":1,"type":"request","id":1,"op":"readiness.check","params":%s}`, params)
	}
	for name, lines := range map[string][]string{
		"drift": {
			drift(1, `,"log":"verbose","progress":true,"secrets":true`),
			`{"v":1,"type":"secrets","id":1,"items":{"ldapPassword":"czNjcmV0"}}`,
			input(1, `"anna@corp.example"`, `{"name":"CN=Jörg Müller,OU=Köln,DC=corp,DC=example","seen":{"status":"Drifted","onPremisesSha256":null,"cloudETag":null}}`),
			input(1, `"nobody@corp.example"`),
			inputEnd,
		},
		"sync":   {sync(1, `,"confirm":"ask"`), decision(1, true), decision(2, false), decision(3, true)},
		"whatif": {sync(1, `,"dryRun":true,"confirm":"never"`), decision(1, false), decision(2, false), decision(3, false)},
		"nobody": {drift(1, ""), inputEnd},
		"cancel": {sync(1, ""), decision(1, true), cancel},
		"fault":  {sync(1, ""), decision(2, true)},
		"sign":   {check(`{"certificate":"MIIB"}`), signature(1, "data", "c2lnbmVk")},
		"unsigned": {
			check(`{"certificate":"MIIB"}`),
			`{"v":1,"type":"signature","id":1,"ref":1,"error":"Der Schlüssel ist nicht verfügbar."}`,
		},
		"prompt":  {check(`{"auth":"device-code"}`)},
		"waiting": {drift(1, ""), drift(2, ""), inputEnd, input(2, `"anna@corp.example"`), `{"v":1,"type":"inputEnd","id":2}`},
	} {
		t.Run(name, func(t *testing.T) {
			ours, both := helloText+"\n", "< "+helloText+"\n"
			inSession(t, bridge.Options{}, func(h *host) {
				served := make(chan struct{})
				go func() {
					defer close(served)
					serve(h)
				}()
				note := func() {
					for _, l := range h.lines() {
						ours += l + "\n"
						both += "< " + l + "\n"
						if same := sameButForCase(l); len(same) > 0 {
							t.Errorf("keys differ by case only: %v in %s", same, l)
						}
					}
				}
				for _, l := range lines {
					both += "> " + l + "\n"
					h.say(l)
					note()
					time.Sleep(150 * time.Millisecond)
					note()
				}
				h.must(h.in.Close())
				<-served
				note()
			})
			golden(t, name+".jsonl", ours)
			golden(t, name+".transcript", both)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; run: go test ./bridge -run Transcripts -update (-want +got):\n%s", file, diff)
	}
}

// serve answers as the binary would, without a directory or a cloud.
func serve(h *host) {
	for {
		r, err := h.conn.Next()
		if err != nil {
			return
		}
		e := bridge.End{Status: "ok"}
		switch r.Op {
		case "drift.get":
			err = compare(h.conn.Context(), r, &e)
		case "photo.sync":
			err = write(h.conn.Context(), r, &e)
		case "readiness.check":
			err = check(h.conn.Context(), r, &e)
		}
		fatal := bridge.Error{Code: "Cancelled", Category: "resource", Message: "the run was cancelled", Fatal: true, Remedy: "Run it again; it goes on where the two sides still differ."}
		switch _, fault := errors.AsType[*bridge.ProtocolError](err); {
		case errors.Is(err, errUnsigned):
			fatal = bridge.Error{Code: "SignatureUnavailable", Category: "auth", Message: err.Error(), Fatal: true, Remedy: "Give this account the right to use the key."}
			e.Status, e.ExitCode = "failed", 11
		case fault:
			fatal = bridge.Error{Code: "BridgeProtocol", Category: "protocol", Message: err.Error(), Fatal: true, Remedy: "Run it again; when it happens again, install the module anew and report it with the verbose output."}
			e.Status, e.ExitCode = "failed", 1
		case err != nil:
			e.Status, e.ExitCode = "cancelled", 130
		}
		if err != nil {
			h.must(r.Error(fatal))
		}
		h.must(r.End(e))
	}
}

// compare gives a row for each person, but for those called nobody.
func compare(ctx context.Context, r *bridge.Request, e *bridge.End) error {
	s, err := r.Secrets(ctx)
	if err != nil {
		return err
	}
	r.Verbose(fmt.Sprintf("bound with a password of %d characters", len(s.LdapPassword.Reveal())))
	people, err := r.People(ctx)
	if err != nil || len(people) == 0 {
		return err
	}
	var missing []string
	for i, p := range people {
		r.Progress(bridge.Progress{Activity: "Compare", Done: int64(i + 1), Total: int64(len(people))})
		if strings.HasPrefix(p.Name, "nobody") {
			missing = append(missing, p.Name)
			continue
		}
		row := rowOf("Row", map[string]any{
			"UserPrincipalName": "jörg@corp.example", "DisplayName": "Jörg 😀 Müller", "DistinguishedName": p.Name, "Status": "Drifted", "Action": "Review",
			"Findings": []string{"DisabledAccount"}, "OnPremisesBytes": 4096, "OnPremisesChangedAt": "2026-01-02T03:04:05.678Z",
		})
		if err := r.Result(bridge.KindDrift, row); err != nil {
			return err
		}
	}
	for _, name := range missing {
		e.Status, e.ExitCode = "partial", 3
		if err := r.Error(bridge.Error{Code: "UserNotFound", Category: "notFound", Message: "nobody in the directory has this name", Target: name, Remedy: "Check the name."}); err != nil {
			return err
		}
	}
	e.Summary = rowOf("Summary", map[string]any{"Command": "drift", "Outcome": "Ok", "ExitCode": e.ExitCode, "People": len(people)})
	return nil
}

var errUnsigned = errors.New("nothing was signed")

// check signs in and gives a row for it.
func check(ctx context.Context, r *bridge.Request, e *bridge.End) error {
	row := map[string]any{"Check": "SignIn", "Status": "Pass", "Evidence": "signed in"}
	var failed error
	if strings.Contains(string(r.Params), "device-code") {
		r.Prompt("To sign in, open https://microsoft.com/devicelogin and enter the code ABC123.")
	} else if _, err := r.Sign(ctx, []byte("header.claims")); err != nil {
		if ctx.Err() != nil {
			return err
		}
		failed = fmt.Errorf("%w: %w", errUnsigned, err)
		row = map[string]any{"Check": "SignIn", "Status": "Fail", "Evidence": failed.Error(), "Remedy": "Give this account the right to use the key.", "ErrorCode": "SignatureUnavailable"}
	}
	summary := map[string]any{"Command": "check", "Outcome": "Ok", "ExitCode": 0}
	if failed != nil {
		summary = map[string]any{"Command": "check", "Outcome": "Failed", "ExitCode": 11, "ErrorCode": "SignatureUnavailable", "ErrorMessage": failed.Error(), "Remedy": row["Remedy"]}
	}
	e.Summary = rowOf("Summary", summary)
	if err := r.Result(bridge.KindCheck, rowOf("Check", row)); err != nil {
		return err
	}
	return failed
}

// write proposes three changes and reports what the host wants.
func write(ctx context.Context, r *bridge.Request, e *bridge.End) error {
	proposals := []bridge.Proposal{
		{Action: "Upload", Target: "anna@corp.example", DisplayName: "Anna", Reason: "MissingInCloud"},
		{Action: "Upload", Target: "bert@corp.example", DisplayName: "Bert", Reason: "Drifted", Replaces: true},
		{Action: "Remove", Target: "jörg@corp.example", DisplayName: "Jörg", Reason: "MissingOnPremises", Replaces: true},
	}
	change := func(p bridge.Proposal, status string, reason any) error {
		return r.Result(bridge.KindChange, rowOf("Change", map[string]any{
			"UserPrincipalName": p.Target, "DisplayName": p.DisplayName, "Action": p.Action, "Status": status, "Reason": reason,
		}))
	}
	if r.DryRun {
		for _, p := range proposals {
			if err := r.Announce(p); err != nil {
				return err
			}
			if err := change(p, "WouldChange", nil); err != nil {
				return err
			}
		}
		return nil
	}
	answers, err := r.Ask(ctx, proposals, 1)
	if err != nil {
		return err
	}
	for i, yes := range answers {
		status, reason := "Done", any(nil)
		if !yes {
			status, reason = "Skipped", "Declined"
			e.Skipped++
		} else {
			e.Done++
		}
		if err := change(proposals[i], status, reason); err != nil {
			return err
		}
	}
	e.Summary = rowOf("Summary", map[string]any{"Command": "sync", "Outcome": "Ok", "ExitCode": 0, "People": 3})
	return nil
}

// rowOf gives an object with all properties of a type of the contract, null
// but for the given ones.
func rowOf(kind string, values map[string]any) []byte {
	var b strings.Builder
	for i, p := range readContract().Types[kind] {
		value, err := json.Marshal(values[p.Name])
		if err != nil {
			panic(err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", p.Name, value)
	}
	return []byte("{" + b.String() + "}")
}
