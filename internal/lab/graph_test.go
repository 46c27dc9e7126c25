package lab

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// client gives a client whose connections end with the test and which follows
// no redirect.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answered is an answer, read whole.
type answered struct {
	status int
	header http.Header
	body   []byte
}

func (a answered) json(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(a.body, &m); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return m
}

// code gives error.code and checks the envelope around it.
func (a answered) code(t *testing.T) string {
	t.Helper()
	e, ok := a.json(t)["error"].(map[string]any)
	if !ok {
		t.Fatalf("no error envelope: %s", a.body)
	}
	inner, _ := e["innerError"].(map[string]any)
	if e["message"] == "" || inner["request-id"] == "" || inner["client-request-id"] == "" || inner["date"] == "" {
		t.Errorf("incomplete envelope: %s", a.body)
	}
	code, _ := e["code"].(string)
	return code
}

// ask sends one request below /v1.0; headers are pairs.
func ask(t *testing.T, g *Graph, method, path string, body []byte, headers ...string) answered {
	t.Helper()
	a, err := tryAsk(t, g, method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func tryAsk(t *testing.T, g *Graph, method, path string, body []byte, headers ...string) (answered, error) {
	t.Helper()
	target := path
	if !strings.HasPrefix(path, "http") {
		target = g.URL() + "/v1.0" + path
	}
	r, err := http.NewRequest(method, target, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	answer, err := client(t).Do(r)
	if err != nil {
		return answered{}, err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{answer.StatusCode, answer.Header, read}, nil
}

func wantProblem(t *testing.T, a answered, status int, code string) {
	t.Helper()
	if got := a.code(t); a.status != status || got != code {
		t.Errorf("got %d %s, want %d %s", a.status, got, status, code)
	}
}

func cloudID(t *testing.T, upn string) string {
	t.Helper()
	u, ok := small().CloudUser(upn)
	if !ok {
		t.Fatalf("no cloud user %s", upn)
	}
	return u.ID
}

func TestListUsers(t *testing.T) {
	g := startLab(t).Graph()
	c := small()
	next := "/users?$select=id,onPremisesImmutableId&$top=7"
	var ids []string
	pages := 0
	for next != "" {
		body := ask(t, g, http.MethodGet, next, nil).json(t)
		for _, v := range body["value"].([]any) {
			u := v.(map[string]any)
			ids = append(ids, u["id"].(string))
			if _, anchored := u["onPremisesImmutableId"]; !anchored || len(u) != 2 {
				t.Fatalf("properties: %v", u)
			}
		}
		next, _ = body["@odata.nextLink"].(string)
		pages++
	}
	if len(ids) != len(c.CloudUsers) || pages != (len(ids)+6)/7 {
		t.Errorf("%d users on %d pages, want %d", len(ids), pages, len(c.CloudUsers))
	}
}

func TestDefaultProperties(t *testing.T) {
	g := startLab(t).Graph()
	u := ask(t, g, http.MethodGet, "/users/anna.mueller@corp.example", nil).json(t)
	for _, absent := range []string{"onPremisesImmutableId", "accountEnabled", "userType"} {
		if _, there := u[absent]; there {
			t.Errorf("%s was not selected", absent)
		}
	}
	if u["userPrincipalName"] != "anna.mueller@corp.example" || u["displayName"] != "Anna Müller" {
		t.Errorf("user: %v", u)
	}
}

func TestQueryOptionsAreChecked(t *testing.T) {
	g := startLab(t).Graph()
	q := url.QueryEscape
	tests := []struct{ path, code string }{
		{"/users?$top=1000", "Request_UnsupportedQuery"},
		{"/users?$top=0", "BadRequest"},
		{"/users?$select=id,noSuch", "BadRequest"},
		{"/users?$expand=photo", "Request_UnsupportedQuery"},
		{"/users?$orderby=displayName", "Request_UnsupportedQuery"},
		{"/users?$skiptoken=abc", "Directory_ExpiredPageToken"},
		{"/users?$filter=" + q("mail ne 'a'"), "Request_UnsupportedQuery"},
		{"/users?$filter=" + q("mail eq a"), "Request_UnsupportedQuery"},
		{"/users?$filter=" + q("mail eq 'a"), "Request_UnsupportedQuery"},
		{"/users?$filter=" + q("onPremisesDistinguishedName eq 'a'"), "Request_UnsupportedQuery"},
		{"/users?$filter=" + q("onPremisesSamAccountName eq 'a'"), "Request_UnsupportedQuery"},
		{"/users?$filter=" + q("mail eq 'a' and"), "Request_UnsupportedQuery"},
		{"/users?$filter=" + q("(mail eq 'a'"), "Request_UnsupportedQuery"},
		{"/users?$filter=" + q("mail eq 'a'"+strings.Repeat(" or mail eq 'b'", 15)), "Request_UnsupportedQuery"},
	}
	for _, tt := range tests {
		wantProblem(t, ask(t, g, http.MethodGet, tt.path, nil), http.StatusBadRequest, tt.code)
	}
	a := ask(t, g, http.MethodGet, "/users?$count=true&$filter="+q("onPremisesSamAccountName eq 'a'"), nil, "ConsistencyLevel", "eventual")
	if a.status != http.StatusOK {
		t.Errorf("advanced query: %d %s", a.status, a.body)
	}
}

func TestFilterUsers(t *testing.T) {
	c := *small()
	c.CloudUsers = append(slices.Clone(c.CloudUsers), CloudUser{ID: "00000000-0000-4000-8000-000000000001", UserPrincipalName: "o'hara@corp.example", UserType: "Member"})
	g := startWith(t, &c).Graph()
	anna, _ := c.CloudUser("anna.mueller@corp.example")
	tests := []struct {
		filter string
		want   int
	}{
		{"userPrincipalName eq 'ANNA.mueller@corp.example'", 1},
		{"userPrincipalName eq 'o''hara@corp.example'", 1},
		{"id eq '" + anna.ID + "'", 1},
		{"onPremisesImmutableId eq '" + anna.ImmutableID + "'", 1},
		{"onPremisesImmutableId eq '" + strings.ToLower(anna.ImmutableID) + "'", 0},
		{"onPremisesSecurityIdentifier eq '" + anna.SID + "'", 1},
		{"mail eq 'anna.mueller@corp.example' or mail eq 'na.li@corp.example'", 2},
		{"userPrincipalName in ('anna.mueller@corp.example', 'na.li@corp.example','x')", 2},
		{"userType eq 'Guest'", 1},
		{"accountEnabled eq false and (userType eq 'Member' or userType eq 'Guest')", 3},
		{"mail eq 'samuel.cohen@corp.example'", 2},
		{"onPremisesImmutableId eq null and userType eq 'Member'", 6},
	}
	for _, tt := range tests {
		a := ask(t, g, http.MethodGet, "/users?$filter="+url.QueryEscape(tt.filter), nil)
		if got := a.json(t)["value"].([]any); len(got) != tt.want {
			t.Errorf("%s: %d users, want %d", tt.filter, len(got), tt.want)
		}
	}
}

func TestNextLinkIsUsedWhole(t *testing.T) {
	g := startLab(t).Graph()
	body := ask(t, g, http.MethodGet, "/users?$select=id&$top=5", nil).json(t)
	next := body["@odata.nextLink"].(string)
	if !strings.HasPrefix(next, g.URL()+"/v1.0/users?") || !strings.Contains(next, "$select=id") {
		t.Errorf("nextLink %s", next)
	}
	wantProblem(t, ask(t, g, http.MethodGet, strings.Replace(next, "$select=id&", "", 1), nil), http.StatusBadRequest, "Directory_ExpiredPageToken")
}

func TestEmptyPages(t *testing.T) {
	g := startLab(t, WithEmptyPages(), WithPageSize(8)).Graph()
	next, sizes := "/users?$select=id&$top=999", []int{}
	for next != "" {
		body := ask(t, g, http.MethodGet, next, nil).json(t)
		sizes = append(sizes, len(body["value"].([]any)))
		next, _ = body["@odata.nextLink"].(string)
	}
	if total := len(small().CloudUsers); !slices.Equal(sizes, []int{8, 0, 8, 0, 8, 0, total - 24}) {
		t.Errorf("pages of %v", sizes)
	}
}

func TestUnknownThings(t *testing.T) {
	g := startLab(t).Graph()
	wantProblem(t, ask(t, g, http.MethodGet, "/users/nobody@corp.example", nil), http.StatusNotFound, "Request_ResourceNotFound")
	wantProblem(t, ask(t, g, http.MethodGet, "/users/nobody@corp.example/photo", nil), http.StatusNotFound, "Request_ResourceNotFound")
	wantProblem(t, ask(t, g, http.MethodGet, "/groups", nil), http.StatusBadRequest, "BadRequest")
	wantProblem(t, ask(t, g, http.MethodGet, "/users/na.li@corp.example/manager", nil), http.StatusBadRequest, "BadRequest")
	wantProblem(t, ask(t, g, http.MethodGet, g.URL()+"/v2.0/users", nil), http.StatusBadRequest, "BadRequest")
	for path, method := range map[string]string{
		"/users": http.MethodPost, "/users/na.li@corp.example": http.MethodDelete, "/users/na.li@corp.example/photo": http.MethodPut,
		"/users/na.li@corp.example/photos": http.MethodPost, "/users/na.li@corp.example/photo/$value": http.MethodPost, "/$batch": http.MethodGet,
	} {
		if a := ask(t, g, method, path, nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" {
			t.Errorf("%s %s: %d", method, path, a.status)
		}
	}
	guest := "/users/" + url.PathEscape("oliver.schmidt_corp.example#EXT#@contoso-partner.example")
	if a := ask(t, g, http.MethodGet, guest, nil); a.status != http.StatusOK {
		t.Errorf("guest by UPN: %d", a.status)
	}
}

func TestRequestIDs(t *testing.T) {
	g := startLab(t).Graph()
	a := ask(t, g, http.MethodGet, "/users/nobody", nil, "client-request-id", "run-17")
	inner := a.json(t)["error"].(map[string]any)["innerError"].(map[string]any)
	if a.header.Get("client-request-id") != "run-17" || a.header.Get("request-id") == "" || inner["client-request-id"] != "run-17" || inner["request-id"] != a.header.Get("request-id") {
		t.Errorf("headers %v, body %s", a.header, a.body)
	}
}

func TestTokens(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	g := startLab(t, WithTokens(true), WithClock(func() time.Time { return now })).Graph()
	photo, list := "/users/na.li@corp.example/photo", "/users?$select=id,onPremisesImmutableId"
	bearer := func(roles ...string) string { return "Bearer " + g.IssueToken(time.Hour, roles...) }
	tests := []struct {
		name, method, path, authorization string
		status                            int
		code, message                     string
	}{
		{"missing", "GET", photo, "", 401, "InvalidAuthenticationToken", "empty"},
		{"garbage", "GET", photo, "Bearer xyz", 401, "InvalidAuthenticationToken", "IDX14100"},
		{"other scheme", "GET", photo, "Basic eDp5", 401, "InvalidAuthenticationToken", ""},
		{"forged", "GET", photo, bearer("User.Read.All") + "x", 401, "InvalidAuthenticationToken", ""},
		{"expired", "GET", photo, "Bearer " + g.IssueToken(-time.Minute, "User.Read.All"), 401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."},
		{"no role, list", "GET", "/users", bearer(), 403, "Authorization_RequestDenied", ""},
		{"basic role, anchors", "GET", list, bearer("User.ReadBasic.All"), 403, "Authorization_RequestDenied", ""},
		{"photo role, list", "GET", list, bearer("ProfilePhoto.ReadWrite.All"), 403, "Authorization_RequestDenied", ""},
		{"no role, photo", "GET", photo, bearer("Mail.Read"), 403, "ErrorAccessDenied", ""},
		{"read role, write", "PUT", photo + "/$value", bearer("ProfilePhoto.Read.All", "User.Read.All"), 403, "ErrorAccessDenied", ""},
		{"read role, delete", "DELETE", photo + "/$value", bearer("ProfilePhoto.Read.All"), 403, "ErrorAccessDenied", ""},
		{"batch", "POST", "/$batch", "", 401, "InvalidAuthenticationToken", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var headers []string
			if tt.authorization != "" {
				headers = []string{"Authorization", tt.authorization}
			}
			a := ask(t, g, tt.method, tt.path, nil, headers...)
			wantProblem(t, a, tt.status, tt.code)
			if !strings.Contains(string(a.body), tt.message) {
				t.Errorf("message in %s", a.body)
			}
		})
	}
	for path, role := range map[string]string{photo: "ProfilePhoto.Read.All", list: "User.Read.All", "/users": "User.ReadBasic.All"} {
		if a := ask(t, g, "GET", path, nil, "Authorization", bearer(role)); a.status != 200 {
			t.Errorf("%s with %s: %d", path, role, a.status)
		}
	}
	token := bearer("ProfilePhoto.Read.All")
	now = now.Add(2 * time.Hour)
	wantProblem(t, ask(t, g, "GET", photo, nil, "Authorization", token), 401, "InvalidAuthenticationToken")
}
