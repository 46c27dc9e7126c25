package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	opener "github.com/pkg/browser"

	"photosync/internal/record"
)

// person answers the token endpoint for a person: with an id token beside the token.
func person(token Secret) func(http.ResponseWriter) {
	id := makeJWT(`{"iss":"https://login.microsoftonline.com/` + aTenant + `/v2.0","aud":"` + aClient + `","tid":"` + aTenant + `","sub":"s","preferred_username":"ann@corp.example"}`)
	return func(w http.ResponseWriter) {
		fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3600,"access_token":%q,"refresh_token":"r","id_token":%q,"client_info":"eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ"}`, string(token), string(id))
	}
}

func device(seconds int, message string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"device_code": "d", "user_code": "ABCD1234", "verification_uri": "https://microsoft.example/devicelogin", "expires_in": seconds, "interval": 5, "message": message,
		})
	}
}

func TestDeviceCode(t *testing.T) {
	var told []string
	s := app()
	s.Method, s.Prompt = DeviceCode, func(text string) { told = append(told, text) }
	e := newEntra(t, nil)
	e.device = device(900, "Go to https://microsoft.example/devicelogin\r\nand enter ABCD1234\x1b[31m")
	polls := 0
	e.token = func(w http.ResponseWriter) {
		if polls++; polls == 1 {
			refuse(400, `{"error":"authorization_pending","error_description":"AADSTS70016: pending"}`)(w)
			return
		}
		person("the-token")(w)
	}
	c := signInWith(t, s, e)
	for range 2 { // the second comes from memory
		if got, err := get(t.Context(), c); err != nil || got.Token != "the-token" {
			t.Fatal(got.Token, err)
		}
	}
	if diff := cmp.Diff([]string{"Go to https://microsoft.example/devicelogin and enter ABCD1234\ufffd[31m"}, told); diff != "" {
		t.Error(diff)
	}
	if f := e.form(); f.Get("device_code") != "d" || f.Get("client_id") != aClient || polls != 2 {
		t.Errorf("%d polls, form %v", polls, f)
	}

	told, e = nil, newEntra(t, person("the-token"))
	e.device = device(900, "")
	if _, err := get(t.Context(), signInWith(t, s, e)); err != nil || len(told) != 1 || !strings.Contains(told[0], "https://microsoft.example/devicelogin") || !strings.Contains(told[0], "ABCD1234") {
		t.Error(told, err)
	}
}

func TestDeviceCodeThatNobodyCompletes(t *testing.T) {
	pending := refuse(400, `{"error":"authorization_pending","error_description":"AADSTS70016: pending"}`)
	for _, tt := range []struct {
		name          string
		device, token func(http.ResponseWriter)
		want          record.Code
		says          string
	}{
		{"declined", device(900, "m"), refuse(400, `{"error":"authorization_declined","error_description":"The person said no.","correlation_id":"c-1"}`), record.SignInDeclined, "The person said no"},
		{"the code is worn out", device(900, "m"), refuse(400, `{"error":"expired_token","error_description":"AADSTS70020: expired"}`), record.SignInDeclined, "AADSTS70020"},
		{"nobody came", device(0, "m"), pending, record.SignInDeclined, "nobody completed the sign-in in time"},
		{"blocked", device(900, "m"), refuse(400, `{"error":"interaction_required","error_description":"AADSTS53003: Access has been blocked.","error_codes":[53003]}`), record.SignInBlocked, "AADSTS53003"},
		{"no public client", device(900, "m"), refuse(401, `{"error":"invalid_client","error_description":"AADSTS7000218: The request body must contain client_secret."}`), record.SignInFailed, "Allow public client flows"},
		{"no application", refuse(400, `{"error":"unauthorized_client","error_description":"AADSTS700016: Application not found. Trace ID: a Correlation ID: c-1"}`), pending, record.AppNotFound, "AADSTS700016"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := app()
			s.Method, s.Prompt = DeviceCode, func(string) {}
			e := newEntra(t, tt.token)
			e.device = tt.device
			_, err := get(t.Context(), signInWith(t, s, e))
			wantFailure(t, err, tt.want, tt.says, aTenant)
		})
	}
}

func TestCancelledWhileAPersonSignsIn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := app()
	s.Method, s.Prompt = DeviceCode, func(string) { cancel() }
	e := newEntra(t, refuse(400, `{"error":"authorization_pending"}`))
	e.device = device(900, "m")
	_, err := get(ctx, signInWith(t, s, e))
	wantFailure(t, err, record.Cancelled)
}

func browserSettings() Settings {
	s := app()
	s.Method = Browser
	return s
}

func TestBrowser(t *testing.T) {
	play(t, "xdg-open")
	t.Setenv("PLAY_FORM", url.Values{"code": {"the-code"}}.Encode())
	e := newEntra(t, person("the-token"))
	c := signInWith(t, browserSettings(), e)
	for range 2 { // the second comes from memory
		if got, err := get(t.Context(), c); err != nil || got.Token != "the-token" {
			t.Fatal(got.Token, err)
		}
	}
	f := e.form()
	if f.Get("code") != "the-code" || f.Get("code_verifier") == "" || !strings.HasPrefix(f.Get("redirect_uri"), "http://localhost:") || e.tokens() != 1 {
		t.Errorf("form %v", f)
	}
	if opener.Stdout != os.Stderr {
		t.Error("a browser that says something when it starts says it among the data")
	}
}

func TestBrowserThatIsOfNoUse(t *testing.T) {
	for _, tt := range []struct {
		name, form string
		token      func(http.ResponseWriter)
		want       record.Code
		says       string
	}{
		{"consent declined", "error=access_denied&error_description=AADSTS65004%3A+User+declined+to+consent.+Trace+ID%3A+a+Correlation+ID%3A+c-1", nil, record.ConsentMissing, "AADSTS65004"},
		{"cancelled", "error=access_denied&error_subcode=cancel", nil, record.SignInDeclined, "browser"},
		{"no redirect URI", "error=invalid_client&error_description=AADSTS500113%3A+No+reply+address+is+registered", nil, record.SignInFailed, "Add http://localhost"},
		{"the code is refused", "code=x", refuse(400, `{"error":"invalid_grant","error_description":"AADSTS50076: MFA."}`), record.SignInBlocked, "AADSTS50076"},
		{"the token is another tenant's", "code=x", person(makeJWT(`{"tid":"99999999-2222-3333-4444-555555555555"}`)), record.WrongTenant, aTenant},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, "xdg-open")
			t.Setenv("PLAY_FORM", tt.form)
			_, err := get(t.Context(), signInWith(t, browserSettings(), newEntra(t, tt.token)))
			wantFailure(t, err, tt.want, tt.says)
		})
	}
	t.Run("no browser", func(t *testing.T) {
		play(t, "another-program")
		_, err := get(t.Context(), signInWith(t, browserSettings(), newEntra(t, nil)))
		wantFailure(t, err, record.SignInFailed, "--auth device-code")
	})
}
