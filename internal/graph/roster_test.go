package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/match"
	"photosync/internal/record"
)

func collect(c *fixture) ([]match.CloudUser, error) {
	var all []match.CloudUser
	err := c.Roster(context.Background(), func(us []match.CloudUser) error {
		all = append(all, us...)
		return nil
	})
	return all, err
}

func TestRoster(t *testing.T) {
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		link := func(n int) string {
			return fmt.Sprintf(`"@odata.nextLink":"http://%s/v1.0/users?$select=id&$skiptoken=m~%d+/=",`, r.Host, n)
		}
		body := map[string]string{
			"":       `{` + link(1) + `"value":[{"id":"a","userPrincipalName":"a@x","mail":null,"onPremisesImmutableId":"AAEC/+=","onPremisesSecurityIdentifier":"S-1-5-21-1","userType":"Member","extra":{"deep":[1,null]}}]}`,
			"m~1 /=": `{` + link(2) + `"value":[]}`,
			"m~2 /=": `{"value":[{"id":"g","userPrincipalName":"g_y#EXT#@x","mail":"g@y","userType":"Guest"},{"id":"n","userType":null}]}`,
		}[r.URL.Query().Get("$skiptoken")]
		reply{200, nil, body}.write(w)
	})
	got, err := collect(c)
	if err != nil {
		t.Fatal(err)
	}
	want := []match.CloudUser{
		{ID: "a", UserPrincipalName: "a@x", ImmutableID: "AAEC/+=", SID: "S-1-5-21-1"},
		{ID: "g", UserPrincipalName: "g_y#EXT#@x", Mail: "g@y", Guest: true},
		{ID: "n"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantAsked := []string{
		"/v1.0/users?$select=id,userPrincipalName,mail,onPremisesImmutableId,onPremisesSecurityIdentifier,userType&$top=999",
		"/v1.0/users?$select=id&$skiptoken=m~1+/=",
		"/v1.0/users?$select=id&$skiptoken=m~2+/=",
	}
	if diff := cmp.Diff(wantAsked, asked); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(record.Requests{Roster: 3}, c.Requests()); diff != "" {
		t.Error(diff)
	}
}

func TestRosterComesInGroups(t *testing.T) {
	users := make([]string, 2500)
	for i := range users {
		users[i] = fmt.Sprintf(`{"id":"u%d"}`, i)
	}
	c := serve(t, script(reply{200, nil, `{"value":[` + strings.Join(users, ",") + `]}`}))
	var sizes []int
	last := ""
	err := c.Roster(context.Background(), func(us []match.CloudUser) error {
		sizes, last = append(sizes, len(us)), us[len(us)-1].ID
		return nil
	})
	if err != nil || last != "u2499" {
		t.Fatal(last, err)
	}
	if diff := cmp.Diff([]int{999, 999, 502}, sizes); diff != "" {
		t.Error(diff)
	}
	stop := errors.New("enough")
	if err := c.Roster(context.Background(), func([]match.CloudUser) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want yield's own error", err)
	}
}

func TestRosterRefusesBadPages(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       record.Code
	}{
		{"foreign host", `{"value":[],"@odata.nextLink":"https://graph.evil.example/v1.0/users?$skiptoken=1"}`, record.GraphForeignHost},
		{"other port", `{"value":[],"@odata.nextLink":"http://127.0.0.1:1/v1.0/users"}`, record.GraphForeignHost},
		{"other scheme", `{"value":[],"@odata.nextLink":"https://HOST/v1.0/users"}`, record.GraphForeignHost},
		{"user name", `{"value":[],"@odata.nextLink":"http://me:pw@HOST/v1.0/users"}`, record.GraphForeignHost},
		{"relative", `{"value":[],"@odata.nextLink":"/v1.0/users?page=2"}`, record.GraphAnswerInvalid},
		{"the same page again", `{"value":[],"@odata.nextLink":"http://HOST/v1.0/users?again"}`, record.GraphAnswerInvalid},
		{"no value", `{"error":"x"}`, record.GraphAnswerInvalid},
		{"value is an object", `{"value":{}}`, record.GraphAnswerInvalid},
		{"user is null", `{"value":[null]}`, record.GraphAnswerInvalid},
		{"user without id", `{"value":[{"mail":"a@x"}]}`, record.GraphAnswerInvalid},
		{"id is a number", `{"value":[{"id":5}]}`, record.GraphAnswerInvalid},
		{"array", `[]`, record.GraphAnswerInvalid},
		{"null", `null`, record.GraphAnswerInvalid},
		{"empty", ` `, record.GraphAnswerInvalid},
		{"not JSON", `{"value":[`, record.GraphAnswerInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				reply{200, map[string]string{"request-id": "r1"}, strings.ReplaceAll(tt.body, "HOST", r.Host)}.write(w)
			})
			_, err := collect(c)
			if e := wantCode(t, err, tt.want); e.RequestID != "r1" {
				t.Errorf("request id %q", e.RequestID)
			}
			if n := c.Requests().Roster; n > 4 {
				t.Errorf("%d pages were read", n)
			}
		})
	}
}

func TestCandidates(t *testing.T) {
	var raw, filter string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, filter = r.URL.RawQuery, r.URL.Query().Get("$filter")
		reply{200, nil, `{"value":[{"id":"c1","userPrincipalName":"o'neil@x"}]}`}.write(w)
	})
	got, err := c.Candidates(context.Background(), match.Person{
		ConsistencyGUID: []byte{0xfb, 0xff, 0xbe, 1}, SID: "S-1-5-21-7", UserPrincipalName: "o'neil#1@x", Mail: "a&b+c=d/e@x",
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]match.CloudUser{{ID: "c1", UserPrincipalName: "o'neil@x"}}, got); diff != "" {
		t.Error(diff)
	}
	const want = "onPremisesImmutableId eq '+/++AQ==' or onPremisesSecurityIdentifier eq 'S-1-5-21-7' or userPrincipalName eq 'o''neil#1@x' or mail eq 'a&b+c=d/e@x'"
	if filter != want {
		t.Errorf("filter %s", filter)
	}
	if _, escaped, _ := strings.Cut(raw, "&$filter="); strings.ContainsAny(escaped, "+/=&# ") {
		t.Errorf("not escaped: %s", raw)
	}
	none, err := c.Candidates(context.Background(), match.Person{SamAccountName: "x"})
	if err != nil || none != nil {
		t.Errorf("without keys: %v, %v", none, err)
	}
	if got := c.Requests().Roster; got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
}
