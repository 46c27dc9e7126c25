package auth

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"photosync/internal/record"
)

func cliSettings() Settings { return Settings{Method: AzureCLI, Tenant: aTenant, Env: env()} }

func cliAnswer(token Secret, left time.Duration) string {
	return fmt.Sprintf(`{"accessToken":%q,"expires_on":%d,"tenant":"x","tokenType":"Bearer"}`, string(token), time.Now().Add(left).Unix())
}

// runs gives the arguments with which the Azure CLI was started.
func runs(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(os.Getenv("PLAY_LOG"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

func TestAzureCLI(t *testing.T) {
	play(t, "az")
	t.Setenv("PLAY_LOG", filepath.Join(t.TempDir(), "log"))
	t.Setenv("PLAY_OUT", cliAnswer("first", time.Hour))
	s := cliSettings()
	now := time.Now()
	s.Now = func() time.Time { return now }
	s.Environment = "usgov"
	c, err := Credential(s)
	if err != nil {
		t.Fatal(err)
	}
	want := func(token string, started int) {
		t.Helper()
		got, err := get(t.Context(), c)
		if n := len(runs(t)); err != nil || got.Token != token || n != started {
			t.Fatalf("got %q after %d starts (%v), want %q after %d", got.Token, n, err, token, started)
		}
	}
	want("first", 1)
	want("first", 1) // kept: Graph is asked thousands of times
	if got, want := runs(t)[0], "account get-access-token -o json --resource https://graph.microsoft.us --tenant "+aTenant; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	t.Setenv("PLAY_OUT", cliAnswer("second", 3*time.Hour))
	now = now.Add(56 * time.Minute)
	want("second", 2)
	want("second", 2)
	_, err = c.GetToken(t.Context(), policy.TokenRequestOptions{Claims: `{"access_token":{}}`})
	wantFailure(t, err, record.AzureCliUnusable, "az login --tenant "+aTenant+" --claims-challenge", "Run the az login command")
}

func TestAzureCLIThatIsOfNoUse(t *testing.T) {
	for _, tt := range []struct {
		name, out, err string
		want           record.Code
		says           string
	}{
		{"not signed in", "", "ERROR: Please run 'az login' to setup account.", record.AzureCliUnusable, "Please run 'az login' to setup account"},
		{"worn out", "", "ERROR: AADSTS700082: The refresh token has expired due to inactivity.\nTrace ID: a\nCorrelation ID: c-1", record.AzureCliUnusable, "az login --tenant " + aTenant},
		{"blocked", "", "ERROR: AADSTS50076: Due to a configuration change made by your administrator, you must use MFA.\nTrace ID: a", record.SignInBlocked, "AADSTS50076"},
		{"another tenant's token", cliAnswer(makeJWT(`{"tid":"99999999-2222-3333-4444-555555555555"}`), time.Hour), "", record.WrongTenant, "99999999"},
		{"no JSON", "hello", "", record.AzureCliUnusable, "az login"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, "az")
			t.Setenv("PLAY_LOG", filepath.Join(t.TempDir(), "log"))
			t.Setenv("PLAY_OUT", tt.out)
			t.Setenv("PLAY_ERR", tt.err)
			c, err := Credential(cliSettings())
			if err != nil {
				t.Fatal(err)
			}
			_, err = get(t.Context(), c)
			wantFailure(t, err, tt.want, tt.says)
		})
	}
	t.Run("missing", func(t *testing.T) {
		play(t, "another-program")
		c, err := Credential(cliSettings())
		if err != nil {
			t.Fatal(err)
		}
		_, err = get(t.Context(), c)
		wantFailure(t, err, record.AzureCliUnusable, "executable not found on path", "Install the Azure CLI and run az login --tenant "+aTenant)
	})
}
