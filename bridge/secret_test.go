package bridge_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/bridge"
)

func TestSecrets(t *testing.T) {
	inSession(t, bridge.Options{}, func(h *host) {
		r := h.begin(1, `,"secrets":true`)
		b := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
		h.say(fmt.Sprintf(`{"v":1,"type":"secrets","id":1,"items":{"ldapPassword":%q,"clientSecret":%q,"certificatePassword":"","accessToken":null}}`, b("pä$$"), b("c")))
		for range 2 {
			got, err := r.Secrets(h.t.Context())
			want := bridge.Secrets{LdapPassword: "pä$$", ClientSecret: "c"}
			if err != nil || got != want {
				t.Errorf("got %q, %q, %q, %q, %v", got.LdapPassword.Reveal(), got.ClientSecret.Reveal(), got.CertificatePassword.Reveal(), got.AccessToken.Reveal(), err)
			}
		}
		if text := fmt.Sprintf("%+v %#v", r, r); strings.Contains(text, "$$") {
			t.Errorf("the request prints its secrets: %s", text)
		}
		h.must(r.End(bridge.End{Status: "ok"}))
		if got, err := h.begin(2, "").Secrets(h.t.Context()); got != (bridge.Secrets{}) || err != nil {
			t.Errorf("without secrets: %v", err)
		}
	})
}

func TestSecretIsNeverPrinted(t *testing.T) {
	const s = bridge.Secret("hunter2")
	all := bridge.Secrets{LdapPassword: s}
	texts := map[string]string{"GoString": s.GoString(), "error": fmt.Errorf("with %v: %w", s, errors.New(s.String())).Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T"} {
		texts[verb] = fmt.Sprintf(verb, s) + fmt.Sprintf(verb, all) + fmt.Sprintf(verb, &all) + fmt.Sprintf(verb, []any{s, map[bridge.Secret]bridge.Secret{s: s}})
	}
	for name, v := range map[string]any{"json": all, "json pointer": &all} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(b)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "secret", s, "all", all)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "secret", s, "all", all)
	texts["slog"] = log.String()
	var shown []string
	for name, text := range texts {
		lower := strings.ToLower(text)
		if strings.Contains(lower, "hunter2") || strings.Contains(lower, "68756e74657232") {
			shown = append(shown, name)
		}
	}
	if diff := cmp.Diff([]string(nil), shown); diff != "" {
		t.Errorf("the secret is printed (-want +got):\n%s", diff)
	}
	if s.Reveal() != "hunter2" {
		t.Error("Reveal does not")
	}
}
