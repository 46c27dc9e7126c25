package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"photosync/internal/record"
)

const who = "sign in to tenant " + aTenant + " as application " + aClient + ": "

func TestRefusedSignIn(t *testing.T) {
	const ids = `\r\nTrace ID: 0a\r\nCorrelation ID: 0b0b\r\nTimestamp: 2026-11-22 12:00:00Z`
	for _, tt := range []struct {
		name    string
		status  int
		body    string
		want    record.Code
		text, n string // the message and the request id
	}{
		{"wrong secret", 401, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided, got s3cr3t~value.` + ids + `","error_codes":[7000215],"trace_id":"aa-11","correlation_id":"bb-22"}`,
			record.SecretWrong, who + "AADSTS7000215: Invalid client secret provided, got ***", "bb-22"},
		{"ids in the same line", 400, `{"error":"invalid_request","error_description":"AADSTS90002: Tenant not found. Trace ID: 0a Correlation ID: 0b Timestamp: x"}`,
			record.TenantNotFound, who + "AADSTS90002: Tenant not found", "0b"},
		{"ids in lines", 401, `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.` + ids + `"}`,
			record.SecretExpired, who + "AADSTS7000222: The provided client secret keys are expired", "0b0b"},
		{"trace id alone", 401, `{"error":"x","error_description":"no number","trace_id":"cc-33","correlation_id":"<script>"}`,
			record.SignInFailed, who + "no number", "cc-33"},
		{"a number that is not known", 400, `{"error":"invalid_grant","error_description":"AADSTS9999999: Something new.","error_codes":[9999999]}`,
			record.SignInFailed, who + "AADSTS9999999: Something new", ""},
		{"the codes alone", 400, `{"error":"invalid_grant","error_description":"Something.","error_codes":[50034,53003]}`,
			record.SignInBlocked, who + "Something", ""},
		{"an old message with two numbers", 401, `{"error":"invalid_client","error_description":"AADSTS70002: Error validating credentials. AADSTS50012: Client assertion contains an invalid signature."}`,
			record.CertificateUnknown, who + "AADSTS70002: Error validating credentials. AADSTS50012: Client assertion contains an invalid signature", ""},
		{"the certificate expired over there", 401, `{"error":"invalid_client","error_description":"AADSTS700027: Client assertion contains an invalid signature. [Reason - The key used is expired., Thumbprint of key used by client: 'AB']"}`,
			record.CertificateExpired, who + "AADSTS700027: Client assertion contains an invalid signature. [Reason - The key used is expired., Thumbprint of key used by client: 'AB']", ""},
		{"no description", 400, `{"error":"invalid_scope"}`, record.SignInFailed, who + "invalid_scope", ""},
		{"a proxy's page", 403, `<html>blocked</html>`, record.SignInFailed, who + "the answer of login.microsoftonline.com was 403 Forbidden", ""},
		{"a proxy that wants a password", 407, ``, record.ProxyRefused, who + "the answer of login.microsoftonline.com was 407 Proxy Authentication Required", ""},
		{"a gateway's page", 503, `<html>later</html>`, record.SignInUnreachable, who + "the answer of login.microsoftonline.com was 503 Service Unavailable", ""},
		{"Entra is busy", 503, `{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error has occurred."}`,
			record.SignInUnreachable, who + "AADSTS90033: A transient error has occurred", ""},
		{"not a token", 200, `{"token_type":"Bearer"}`, record.SignInFailed, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := get(t.Context(), signInWith(t, withSecret(), newEntra(t, refuse(tt.status, tt.body))))
			got := wantFailure(t, err, tt.want)
			if tt.text != "" && got.Message() != tt.text || got.RequestID != tt.n {
				t.Errorf("got  %s (%q)\nwant %s (%q)", got.Message(), got.RequestID, tt.text, tt.n)
			}
			if got.Cause != nil {
				t.Errorf("the cause is kept: %v", got.Cause)
			}
		})
	}
}

// Every number of the table reaches its code, by the description alone.
func TestEveryNumber(t *testing.T) {
	for n, want := range refusals {
		s := spoken(fmt.Sprintf("AADSTS%d: Why.\r\nTrace ID: 0a\r\nCorrelation ID: 0b", n))
		if s.code() != want || s.id != "0b" || s.text != fmt.Sprintf("AADSTS%d: Why", n) {
			t.Errorf("%d: %+v", n, s)
		}
		if want.Entry().Category == record.CategoryInternal {
			t.Errorf("%d: there is no %s", n, want)
		}
	}
}

func TestAnswerOfEndlessLength(t *testing.T) {
	e := newEntra(t, func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, maxAnswer+1)) })
	_, err := get(t.Context(), signInWith(t, withSecret(), e))
	wantFailure(t, err, record.SignInUnreachable, "longer than 1048576 bytes")
}

func TestTextOfARefusalIsBounded(t *testing.T) {
	body := `{"error":"x","error_description":"` + strings.Repeat("\\u00e9", 5000) + `"}`
	s, ok := answered([]byte(body))
	if !ok || len(s.text) > maxSaid+3 || !strings.HasSuffix(s.text, "\u00e9") {
		t.Errorf("%d bytes, ending %q", len(s.text), s.text[len(s.text)-10:])
	}
}

// Of Service Fabric's endpoint azidentity alone has the answer.
func TestRefusalWithoutATrail(t *testing.T) {
	c := &signIn{method: ManagedIdentity, settings: Settings{Env: env()}}
	refused := func(body string) error {
		return &azidentity.AuthenticationFailedError{RawResponse: &http.Response{StatusCode: 404, Status: "404 Not Found", Body: io.NopCloser(strings.NewReader(body))}}
	}
	if s, known := c.reason(outcome{}, refused(`{"error":"x","error_description":"No identity."}`)); !known || s.text != "No identity" {
		t.Errorf("%+v", s)
	}
	if s, known := c.reason(outcome{}, refused("")); known || s.text != "the answer of the endpoint was 404 Not Found" {
		t.Errorf("%+v", s)
	}
}

func FuzzRefusal(f *testing.F) {
	f.Add([]byte(`{"error":"x","error_description":"AADSTS50012: y. Trace ID: a Correlation ID: b","error_codes":[1],"correlation_id":"c"}`), "AADSTS65001: z\nTo troubleshoot, visit w")
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		c := &signIn{method: ClientSecret, settings: Settings{Env: env()}}
		for _, last := range []outcome{{status: 400, body: body}, {}} {
			s, known := c.reason(last, errors.New(text))
			if c.codeOf(context.Background(), last, s, known) == "" || len(s.text) > maxSaid+100 || len(s.id) > 64 {
				t.Errorf("%+v", s)
			}
		}
	})
}
