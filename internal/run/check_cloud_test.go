package run_test

import (
	"slices"
	"testing"
	"time"

	"photosync/internal/auth"
	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// holding gives a change that replaces the token.
func holding(spec lab.TokenSpec) func(*testing.T, *lab.Lab, *run.Options) {
	return func(_ *testing.T, l *lab.Lab, o *run.Options) {
		if spec.TTL == 0 {
			spec.TTL = 24 * time.Hour
		}
		o.Auth.AccessToken = auth.Secret(l.Graph().IssueTokenFor(spec))
	}
}

func roles(names ...string) func(*testing.T, *lab.Lab, *run.Options) {
	return holding(lab.TokenSpec{Roles: names})
}

const grantUsers = `Connect-MgGraph -Scopes AppRoleAssignment.ReadWrite.All,Application.Read.All; ` +
	`$graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"; ` +
	`$app = Get-MgServicePrincipal -Filter "appId eq '3f2a7b0e-8f7d-4f53-9c28-d0a6f1f5b7aa'"; ` +
	`New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId df021288-bdef-4463-88db-98f22de89214`

func TestCheckRoles(t *testing.T) {
	for name, s := range map[string]scene{
		"Exchange alone": {
			change: roles("Exchange.ManageAsApp"),
			want: map[string]is{
				"RoleListUsers":   {fail, record.GraphForbidden, grantUsers},
				"RoleReadPhotos":  {fail, record.GraphForbidden, "Exchange.ManageAsApp alone, which is for Exchange Online PowerShell and gives nothing in Microsoft Graph"},
				"RoleWritePhotos": {warn, "", "drift works, sync will not"},
				"RoleReadPolicy":  {warn, "", "ef02f2e7-e22d-4c77-8614-8f765683b86e"},
				"PhotoPolicy":     {unknown, record.GraphForbidden, "PeopleSettings.Read.All"},
				"OtherWriters":    {unknown, record.GraphForbidden, "498476ce-e0fe-48b0-b801-37ba7e2685c6"},
				"CanaryRead":      {fail, record.GraphForbidden, "Exchange.ManageAsApp"},
			},
			exit: record.ExitGraph, code: record.ChecksFailed,
		},
		"none": {
			change: roles(),
			want: map[string]is{
				"RoleListUsers":   {fail, record.GraphForbidden, "it has no roles"},
				"RoleReadPhotos":  {fail, record.GraphForbidden, "e24d31aa-e1ab-4c80-85fe-23018690335d"},
				"RoleWritePhotos": {warn, "", "27baa7f6-5dfb-4ba8-b1d3-1e812c143013"},
				"RoleReadPolicy":  {warn, "", "it is optional"},
				"PhotoPolicy":     {unknown, record.GraphForbidden, ""},
				"OtherWriters":    {unknown, record.GraphForbidden, ""},
				"CanaryRead":      {fail, record.GraphForbidden, ""},
			},
			exit: record.ExitGraph, code: record.ChecksFailed,
		},
		"enough for drift": {
			change: roles("User.Read.All"),
			want: map[string]is{
				"RoleWritePhotos": {warn, "", "it has User.Read.All"},
				"RoleReadPolicy":  {warn, "", ""},
				"PhotoPolicy":     {unknown, record.GraphForbidden, ""},
				"OtherWriters":    {unknown, record.GraphForbidden, ""},
			},
		},
		"everything wide": {change: roles("Directory.ReadWrite.All", "User.ReadWrite.All", "PeopleSettings.ReadWrite.All")},
		"a person's": {
			change: holding(lab.TokenSpec{Scopes: []string{"User.Read.All", "User.ReadWrite.All", "PeopleSettings.Read.All", "Organization.Read.All"}}),
			want: map[string]is{
				"TokenTenant":     {pass, "", "delegated permissions of a person"},
				"RoleWritePhotos": {warn, "", "Add the delegated permission ProfilePhoto.ReadWrite.All"},
			},
		},
		"a person's who may write": {
			change: holding(lab.TokenSpec{Scopes: []string{"User.Read.All", "ProfilePhoto.ReadWrite.All", "PeopleSettings.Read.All", "Organization.Read.All"}}),
			want:   map[string]is{"RoleWritePhotos": {pass, "", "needs a directory role besides"}},
		},
		"opaque": {
			change: func(_ *testing.T, l *lab.Lab, o *run.Options) { o.Auth.AccessToken = "opaque" },
			lab:    []lab.Option{lab.WithTokens(false)},
			want: map[string]is{
				"TokenTenant":     {unknown, "", "the token is opaque"},
				"RoleListUsers":   {unknown, "", "Look at CanaryRead"},
				"RoleReadPhotos":  {unknown, "", "Look at CanaryRead"},
				"RoleWritePhotos": {unknown, "", "Look at CanaryRead"},
				"RoleReadPolicy":  {unknown, "", "Look at CanaryRead"},
			},
		},
		"no token": {
			change: func(_ *testing.T, l *lab.Lab, o *run.Options) { o.Auth.AccessToken = "" },
			lab:    []lab.Option{lab.WithTokens(false)},
			want: map[string]is{
				"SignIn":          {pass, "", "no credentials are set"},
				"TokenTenant":     {unknown, "", "no token is sent"},
				"RoleListUsers":   {unknown, "", "no token is sent"},
				"RoleReadPhotos":  {unknown, "", "no token is sent"},
				"RoleWritePhotos": {unknown, "", "no token is sent"},
				"RoleReadPolicy":  {unknown, "", "no token is sent"},
			},
		},
	} {
		t.Run(name, s.play)
	}
}

// In another cloud than the global one, the commands say so and grant what that
// cloud is sure to have.
func TestCheckRolesInNationalClouds(t *testing.T) {
	l, o := ready(t)
	o.Auth.Environment = "usgov"
	o.Auth.AccessToken = auth.Secret(l.Graph().IssueTokenFor(lab.TokenSpec{TTL: 24 * time.Hour, Audience: "https://graph.microsoft.us"}))
	out := &answers{}
	_, _ = run.Check(t.Context(), o, out)
	is{pass, "", "cloud usgov"}.of(t, out.row(t, "TokenTenant"))
	is{fail, record.GraphForbidden, "Connect-MgGraph -Environment USGov -Scopes"}.of(t, out.row(t, "RoleReadPhotos"))
	is{fail, record.GraphForbidden, "Grant User.Read.All and get a new token"}.of(t, out.row(t, "RoleReadPhotos"))
	is{warn, "", "741f803b-c850-494e-b5df-cde7c675a1ca"}.of(t, out.row(t, "RoleWritePhotos"))
}

var afterSignIn = []string{
	"TokenTenant", "RoleListUsers", "RoleReadPhotos", "RoleWritePhotos", "RoleReadPolicy", "PhotoPolicy", "OtherWriters", "ClockSkew", "CanaryRead",
}

func TestCheckSignIn(t *testing.T) {
	for name, s := range map[string]scene{
		"no token at all": {
			change: func(_ *testing.T, _ *lab.Lab, o *run.Options) { o.Auth.Method, o.Auth.AccessToken = auth.Token, "" },
			want: with(with(after("SignIn", afterSignIn...), "SignIn", is{fail, record.CredentialsIncomplete, "PHOTOSYNC_ACCESS_TOKEN"}),
				"Certificate", is{unknown, "", "SignIn"}),
			exit: record.ExitCredentials, code: record.CredentialsIncomplete,
		},
		"expired": {
			change: holding(lab.TokenSpec{TTL: -time.Hour, Roles: enough}),
			want: with(with(after("SignIn", "PhotoPolicy", "OtherWriters", "ClockSkew", "CanaryRead"), "SignIn", is{fail, record.TokenExpired, "expired"}),
				"TokenTenant", is{warn, "", "expired since"}),
			exit: record.ExitCredentials, code: record.TokenExpired,
		},
		"for another resource": {
			change: holding(lab.TokenSpec{Audience: "https://outlook.office365.com", Roles: enough}),
			want:   with(after("SignIn", "PhotoPolicy", "OtherWriters", "ClockSkew", "CanaryRead"), "SignIn", is{fail, record.TokenAudienceWrong, "outlook.office365.com"}),
			exit:   record.ExitCredentials, code: record.TokenAudienceWrong,
		},
		"expires soon": {
			change: holding(lab.TokenSpec{TTL: 50 * time.Minute, Roles: enough}),
			want:   map[string]is{"TokenTenant": {warn, "", "Nobody renews a ready token"}},
		},
		"refused": {
			change: func(_ *testing.T, l *lab.Lab, _ *run.Options) { l.Graph().ExpireTokens() },
			want:   with(after("PhotoPolicy", "OtherWriters", "ClockSkew", "CanaryRead"), "PhotoPolicy", is{fail, record.GraphTokenRejected, "401"}),
			exit:   record.ExitCredentials, code: record.GraphTokenRejected,
		},
		"no such certificate": {
			change: func(t *testing.T, _ *lab.Lab, o *run.Options) {
				o.Auth = auth.Settings{Method: auth.Certificate, Tenant: "t", ClientID: "c", CertificateFile: t.TempDir() + "/none.pem", Env: func(string) string { return "" }}
			},
			want: with(with(after("SignIn", afterSignIn...), "SignIn", is{fail, record.CertificateUnusable, "none.pem"}), "Certificate", is{fail, record.CertificateUnusable, "none.pem"}),
			exit: record.ExitCredentials, code: record.ChecksFailed,
		},
	} {
		t.Run(name, s.play)
	}
}

func TestCheckPolicy(t *testing.T) {
	policy := func(p lab.PhotoPolicy) []lab.Option { return []lab.Option{lab.WithPhotoPolicy(p)} }
	open := is{warn, "", "last sync "}
	for name, s := range map[string]scene{
		"cloud":            {lab: policy(lab.PhotoPolicy{Source: "cloud"}), want: map[string]is{"PhotoPolicy": {pass, "", "will not overwrite"}, "OtherWriters": {pass, "", "keep thumbnailPhoto out"}}},
		"cloud, wrapped":   {lab: policy(lab.PhotoPolicy{Source: "cloud", Wrapped: true, RolesAsObject: true})},
		"on-premises":      {lab: policy(lab.PhotoPolicy{Source: "onPremises"}), want: map[string]is{"PhotoPolicy": {warn, "", "is not documented"}, "OtherWriters": open}},
		"undefined":        {lab: policy(lab.PhotoPolicy{}), want: map[string]is{"PhotoPolicy": {warn, "", "two writers beside photosync"}, "OtherWriters": open}},
		"a new source":     {lab: policy(lab.PhotoPolicy{Source: "hybrid"}), want: map[string]is{"PhotoPolicy": {warn, "", `"hybrid"`}, "OtherWriters": open}},
		"not in the cloud": {lab: policy(lab.PhotoPolicy{Missing: true}), want: map[string]is{"PhotoPolicy": {unknown, record.GraphRefused, "no photo update settings"}, "OtherWriters": open}},
		"roles": {lab: policy(lab.PhotoPolicy{Source: "cloud", AllowedRoles: []string{"fe930be7-5e62-47db-91af-98c3a49a38b1", "11111111-2222-3333-4444-555555555555"}}),
			want: map[string]is{"PhotoPolicy": {warn, "", "fe930be7-5e62-47db-91af-98c3a49a38b1 (User Administrator), 11111111-2222-3333-4444-555555555555"}}},
		"no right to the organization": {
			change: roles("User.Read.All", "ProfilePhoto.ReadWrite.All", "PeopleSettings.Read.All"),
			want:   map[string]is{"OtherWriters": {unknown, record.GraphForbidden, "needed is Organization.Read.All"}},
		},
		"not synchronised": {
			change: func(_ *testing.T, l *lab.Lab, _ *run.Options) {
				l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
					if r.Path != "/organization" {
						return nil
					}
					return &lab.Fault{RawBody: `{"value":[{"id":"t","displayName":"Corp","onPremisesSyncEnabled":null}]}`}
				})
			},
			want: map[string]is{"OtherWriters": {pass, "", "is not synchronised"}},
		},
		"elsewhere": {
			change: func(_ *testing.T, l *lab.Lab, _ *run.Options) {
				l.Graph().Fail(func(lab.FaultRequest) *lab.Fault {
					return &lab.Fault{Status: 302, Location: "https://graph.example.invalid/"}
				})
			},
			want: with(after("PhotoPolicy", "OtherWriters", "ClockSkew", "CanaryRead"), "PhotoPolicy", is{fail, record.GraphForeignHost, "graph.example.invalid"}),
			exit: record.ExitGraph, code: record.GraphForeignHost,
		},
	} {
		t.Run(name, s.play)
	}
}

func TestCheckClock(t *testing.T) {
	for name, c := range map[string]struct {
		skew time.Duration
		want is
	}{
		"a little":       {50 * time.Second, is{status: pass}},
		"ahead":          {-2 * time.Minute, is{warn, "", "2m0s ahead"}},
		"behind":         {2 * time.Minute, is{warn, "", "2m0s behind"}},
		"far too ahead":  {-10 * time.Minute, is{fail, record.ClockSkew, "10m0s ahead"}},
		"far too behind": {10 * time.Minute, is{fail, record.ClockSkew, "10m0s behind"}},
	} {
		s := scene{lab: []lab.Option{lab.WithClockSkew(c.skew)}, want: map[string]is{"ClockSkew": c.want}, code: c.want.code}
		if c.want.code != "" {
			s.exit = record.ExitCredentials
		}
		t.Run(name, s.play)
	}
}

// Every row that carries a refusal of Microsoft Graph has its request id.
func TestCheckRequestIds(t *testing.T) {
	_, o := ready(t)
	l, _ := ready(t)
	o.GraphRoot = l.Graph().URL()
	roles("Exchange.ManageAsApp")(t, l, &o)
	out := &answers{}
	_, _ = run.Check(t.Context(), o, out)
	for _, name := range []string{"PhotoPolicy", "OtherWriters", "CanaryRead"} {
		id := out.row(t, name).RequestId
		if id == "" || slices.ContainsFunc(out.rows, func(r record.Check) bool { return r.Check != name && r.RequestId == id }) {
			t.Errorf("%s has the request id %q", name, id)
		}
	}
}
