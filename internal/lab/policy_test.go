package lab

import (
	"net/http"
	"reflect"
	"testing"
	"time"
)

func askPolicy(t *testing.T, g *Graph, method string, headers ...string) answered {
	t.Helper()
	return ask(t, g, method, g.URL()+"/beta"+policyPath, nil, headers...)
}

func TestPhotoPolicy(t *testing.T) {
	g := startLab(t).Graph()
	const context = "https://graph.microsoft.com/beta/$metadata#admin/people/photoUpdateSettings/$entity"
	for _, tt := range []struct {
		policy PhotoPolicy
		want   map[string]any
	}{
		{PhotoPolicy{}, map[string]any{"@odata.context": context, "allowedRoles": []any{}}},
		{PhotoPolicy{Source: "cloud", AllowedRoles: []string{"r-1"}}, map[string]any{"@odata.context": context, "source": "cloud", "allowedRoles": []any{"r-1"}}},
		{PhotoPolicy{RolesAsObject: true}, map[string]any{"@odata.context": context, "allowedRoles": map[string]any{}}},
		{PhotoPolicy{Source: "onPremises", Wrapped: true}, map[string]any{"value": map[string]any{"@odata.context": context, "source": "onPremises", "allowedRoles": []any{}}}},
	} {
		g.SetPhotoPolicy(tt.policy)
		if got := askPolicy(t, g, http.MethodGet).json(t); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%+v: got %v", tt.policy, got)
		}
	}
	wantProblem(t, askPolicy(t, g, http.MethodPatch), 405, "Request_BadRequest")
	g.SetPhotoPolicy(PhotoPolicy{Missing: true})
	wantProblem(t, askPolicy(t, g, http.MethodGet), 404, "ResourceNotFound")
	for _, path := range []string{"/v1.0" + policyPath, "/beta/users", "/beta/admin/people", "/beta/$batch"} {
		wantProblem(t, ask(t, g, http.MethodGet, g.URL()+path, nil), 400, "BadRequest")
	}
}

func TestPhotoPolicyNeedsARole(t *testing.T) {
	g := startLab(t, WithTokens(true)).Graph()
	wantProblem(t, askPolicy(t, g, http.MethodGet), 401, "InvalidAuthenticationToken")
	wantProblem(t, askPolicy(t, g, http.MethodGet, bearer(g.IssueToken(time.Hour, "User.Read.All"))...), 403, "AccessDenied")
	for _, role := range readPolicyRoles {
		if a := askPolicy(t, g, http.MethodGet, bearer(g.IssueToken(time.Hour, role))...); a.status != 200 {
			t.Errorf("%s: %d", role, a.status)
		}
	}
}

func TestPolicyRefusesWrites(t *testing.T) {
	g := startLab(t, WithPhotoPolicy(PhotoPolicy{RefuseWrites: true})).Graph()
	upload := portraitOf("upload", shortHair, 1).jpegOf(96, 85, 0)
	jpegType := []string{"Content-Type", "image/jpeg"}
	wantProblem(t, ask(t, g, http.MethodPut, annaPhoto+"/$value", upload, jpegType...), 403, "ForbiddenByPolicy")
	wantProblem(t, ask(t, g, http.MethodDelete, annaPhoto+"/$value", nil), 403, "ForbiddenByPolicy")
	if got := statuses(t, g, 1, annaPhoto); got[0] != 200 || g.Writes() != 0 {
		t.Errorf("a read: %v", got)
	}
	g.SetPhotoPolicy(PhotoPolicy{Source: "onPremises"})
	if a := ask(t, g, http.MethodPut, annaPhoto+"/$value", upload, jpegType...); a.status != 200 {
		t.Errorf("the source alone: %d", a.status)
	}
}

func TestOrganization(t *testing.T) {
	c := newClock()
	g := startLab(t, WithClock(c.now), WithTokens(true)).Graph()
	read := bearer(g.IssueToken(time.Hour, "Organization.Read.All"))
	a := ask(t, g, http.MethodGet, "/organization?$select=id,onPremisesSyncEnabled,onPremisesLastSyncDateTime,displayName", nil, read...)
	want := map[string]any{"id": g.Tenant(), "onPremisesSyncEnabled": true, "onPremisesLastSyncDateTime": "2026-11-22T11:50:00Z", "displayName": "Corp Example"}
	if got := a.json(t)["value"]; !reflect.DeepEqual(got, []any{want}) {
		t.Errorf("got %v", got)
	}
	if got := ask(t, g, http.MethodGet, "/organization?$select=id", nil, read...).json(t)["value"].([]any)[0]; !reflect.DeepEqual(got, map[string]any{"id": g.Tenant()}) {
		t.Errorf("$select: %v", got)
	}
	if got := statuses(t, g, 1, "/organization", bearer(g.IssueToken(time.Hour, "Directory.Read.All"))...); got[0] != 200 {
		t.Error(got)
	}
	wantProblem(t, ask(t, g, http.MethodGet, "/organization?$select=noSuch", nil, read...), 400, "BadRequest")
	wantProblem(t, ask(t, g, http.MethodGet, "/organization?$top=1", nil, read...), 400, "Request_UnsupportedQuery")
	wantProblem(t, ask(t, g, http.MethodGet, "/organization", nil, bearer(g.IssueToken(time.Hour, "User.Read.All"))...), 403, "Authorization_RequestDenied")
}
