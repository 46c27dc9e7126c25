package graph

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/record"
)

const policyContext = `"@odata.context":"https://graph.microsoft.com/beta/$metadata#admin/people/photoUpdateSettings/$entity"`

func TestPhotoPolicyForms(t *testing.T) {
	const admin, user = "62e90394-69f5-4237-9190-012177145e10", "fe930be7-5e62-47db-91af-98c3a49a38b1"
	for name, c := range map[string]struct {
		body string
		want PhotoPolicy
		code record.Code
	}{
		"as a tenant has it that set nothing": {body: `{` + policyContext + `,"allowedRoles":[]}`, want: PhotoPolicy{AllowedRoles: []string{}}},
		"no roles at all":                     {body: `{` + policyContext + `}`},
		"flat":                                {body: `{"source":"cloud","allowedRoles":["` + admin + `","` + user + `"]}`, want: PhotoPolicy{SourceCloud, []string{admin, user}}},
		"null roles":                          {body: `{"id":"1","source":"onPremises","allowedRoles":null}`, want: PhotoPolicy{Source: SourceOnPremises}},
		"roles as an object":                  {body: `{"source":"onPremises","allowedRoles":{}}`, want: PhotoPolicy{Source: SourceOnPremises}},
		"null source":                         {body: `{"source":null,"allowedRoles":{}}`},
		"wrapped":                             {body: `{"value":{"source":"cloud","allowedRoles":["` + user + `"]}}`, want: PhotoPolicy{SourceCloud, []string{user}}},
		"wrapped in a list":                   {body: `{` + policyContext + `,"value":[{"source":"cloud"}]}`, want: PhotoPolicy{Source: SourceCloud}},
		"wrapped in an empty list":            {body: `{"value":[]}`},
		"value is null":                       {body: `{"value":null,"source":"cloud"}`, want: PhotoPolicy{Source: SourceCloud}},
		"a source of tomorrow":                {body: `{"source":"hybrid","allowedRoles":[]}`, want: PhotoPolicy{Source: "hybrid", AllowedRoles: []string{}}},

		"something else":         {body: `{"hello":"world"}`, code: record.GraphAnswerInvalid},
		"something else wrapped": {body: `{"value":"world"}`, code: record.GraphAnswerInvalid},
		"a list":                 {body: `[]`, code: record.GraphAnswerInvalid},
		"not JSON":               {body: `<html>`, code: record.GraphAnswerInvalid},
		"a source that is none":  {body: `{"source":1}`, code: record.GraphAnswerInvalid},
		"roles that are none":    {body: `{"source":"cloud","allowedRoles":"all"}`, code: record.GraphAnswerInvalid},
		"roles in an object":     {body: `{"source":"cloud","allowedRoles":{"a":1}}`, code: record.GraphAnswerInvalid},
		"roles without names":    {body: `{"source":"cloud","allowedRoles":[1]}`, code: record.GraphAnswerInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, script(reply{status: 200, body: c.body}))
			got, err := f.PhotoPolicy(t.Context())
			if c.code != "" {
				wantCode(t, err, c.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The policy is below /beta, and nothing else of the path changes.
func TestPhotoPolicyRequest(t *testing.T) {
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Method + " " + r.RequestURI; got != "GET /beta/admin/people/photoUpdateSettings" {
			t.Errorf("it asks %s", got)
		}
		reply{status: 200, body: `{"source":"cloud"}`}.write(w)
	})
	if _, err := f.PhotoPolicy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestPhotoPolicyRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		reply  reply
		code   record.Code
		served bool
	}{
		"no role":           {reply{status: 403, body: failure("AccessDenied")}, record.GraphForbidden, true},
		"not in this cloud": {reply{status: 404, body: failure("ResourceNotFound")}, record.GraphRefused, false},
		"404 with a page":   {reply{status: 404, body: "<html>", header: map[string]string{"Content-Type": "text/html"}}, record.GraphAnswerInvalid, false},
		"a page":            {reply{status: 200, body: "<html>", header: map[string]string{"Content-Type": "text/html"}}, record.GraphAnswerInvalid, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, script(c.reply)).PhotoPolicy(t.Context())
			wantCode(t, err, c.code)
			if got := !errors.Is(err, ErrNotServed); got != c.served {
				t.Errorf("served is %v: %v", got, err)
			}
		})
	}
}

func TestOrganization(t *testing.T) {
	date := time.Date(2026, 11, 22, 12, 3, 4, 0, time.UTC)
	header := map[string]string{"Date": date.Format(http.TimeFormat)}
	last := time.Date(2026, 11, 22, 11, 50, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		reply reply
		want  Organization
		code  record.Code
	}{
		"in step with a directory": {reply: reply{200, header, `{"value":[{"id":"t1","displayName":"Corp","onPremisesSyncEnabled":true,"onPremisesLastSyncDateTime":"2026-11-22T11:50:00Z"}]}`},
			want: Organization{"t1", "Corp", true, last}},
		"never":        {reply: reply{200, header, `{"value":[{"id":"t1","displayName":"Corp","onPremisesSyncEnabled":null,"onPremisesLastSyncDateTime":null}]}`}, want: Organization{ID: "t1", DisplayName: "Corp"}},
		"no more":      {reply: reply{200, header, `{"value":[{"id":"t1","onPremisesSyncEnabled":false}]}`}, want: Organization{ID: "t1"}},
		"no role":      {reply: reply{403, header, failure("Authorization_RequestDenied")}, code: record.GraphForbidden},
		"nobody":       {reply: reply{200, header, `{"value":[]}`}, code: record.GraphAnswerInvalid},
		"not JSON":     {reply: reply{200, header, `{`}, code: record.GraphAnswerInvalid},
		"a wrong time": {reply: reply{200, header, `{"value":[{"id":"t1","onPremisesLastSyncDateTime":"yesterday"}]}`}, code: record.GraphAnswerInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			got, when, err := serve(t, script(c.reply)).Organization(t.Context())
			if c.code != "" {
				wantCode(t, err, c.code)
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if !when.Equal(date) { // a refusal has a date too
				t.Errorf("the service's time is %v, want %v", when, date)
			}
		})
	}
}

// Without an answer, or with one that has no usable date, there is no time.
func TestOrganizationWithoutDate(t *testing.T) {
	_, when, err := serve(t, script(reply{200, map[string]string{"Date": "yesterday"}, `{"value":[{"id":"t1"}]}`})).Organization(t.Context())
	if err != nil || !when.IsZero() {
		t.Errorf("got %v, %v", when, err)
	}
	_, when, err = connect(t, "http://127.0.0.1:1").Organization(t.Context())
	wantCode(t, err, record.GraphUnreachable)
	if !when.IsZero() {
		t.Errorf("got %v", when)
	}
}
