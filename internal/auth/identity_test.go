package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"photosync/internal/record"
)

// identityHost is a fake endpoint of managed identities on loopback.
type identityHost struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []*http.Request
	answer http.HandlerFunc
}

func newIdentityHost(t *testing.T, answer http.HandlerFunc) *identityHost {
	t.Helper()
	h := &identityHost{answer: answer}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.asked = append(h.asked, r)
		h.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		h.answer(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *identityHost) last(t *testing.T) *http.Request {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.asked) == 0 {
		t.Fatal("nothing was asked")
	}
	return h.asked[len(h.asked)-1]
}

// Do leads any host to the fake, for endpoints with an address that cannot be changed.
func (h *identityHost) Do(req *http.Request) (*http.Response, error) {
	there := req.Clone(req.Context())
	there.URL.Host = h.Listener.Addr().String()
	return h.Client().Do(there)
}

// in sets the environment that azidentity finds the endpoint by.
func in(t *testing.T, pairs ...string) {
	t.Helper()
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET"} {
		t.Setenv(name, env(pairs...)(name))
	}
}

// identity gives settings of an identity that no other test has: Microsoft's
// library keeps the tokens of managed identities for the whole process.
func identity() Settings { return Settings{Method: ManagedIdentity, ClientID: uuid.NewString()} }

func grant(fields string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"access_token":"the-token","token_type":"Bearer","resource":"https://graph.microsoft.com",%s}`, fields)
	}
}

// App Service, Azure Automation and hybrid workers.
func TestManagedIdentityOfAutomation(t *testing.T) {
	end := time.Now().Add(90 * time.Minute).UTC().Truncate(time.Second)
	for name, fields := range map[string]string{
		"Unix seconds":            fmt.Sprintf(`"expires_on":"%d","expires_in":"86000"`, end.Unix()),
		"a hybrid worker's date":  end.Format(`"expires_on":"2006-01-02 15:04:05Z","ext_expires_in":"","not_before":"x"`),
		"App Service's, Linux":    end.Format(`"expires_on":"01/02/2006 15:04:05 +00:00"`),
		"App Service's, Windows":  end.Format(`"expires_on":"1/2/2006 3:04:05 PM +00:00","expires_in":"odd"`),
		"RFC 3339 without a zone": end.Format(`"expires_on":"2006-01-02T15:04:05.1234567"`),
	} {
		t.Run(name, func(t *testing.T) {
			h := newIdentityHost(t, grant(fields))
			in(t, "IDENTITY_ENDPOINT", h.URL+"/metadata/identity/oauth2/token", "IDENTITY_HEADER", "h34der")
			s := identity()
			c, err := Credential(s)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second comes from memory
				got, err := get(t.Context(), c)
				if err != nil || got.Token != "the-token" || !got.ExpiresOn.Equal(end) {
					t.Fatal(got, err)
				}
			}
			r := h.last(t)
			if r.Header.Get("X-Identity-Header") != "h34der" || r.Header.Get("Metadata") != "True" || len(h.asked) != 1 {
				t.Errorf("asked %d times, with %v", len(h.asked), r.Header)
			}
			if q := r.URL.Query(); q.Get("resource") != "https://graph.microsoft.com" || q.Get("client_id") != s.ClientID {
				t.Errorf("asked for %v", q)
			}
			if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Claims: "{}"}); err != nil || len(h.asked) != 2 {
				t.Errorf("claims do not give a new token: %v", err)
			}
		})
	}
}

func TestManagedIdentityOfAMachine(t *testing.T) {
	in(t)
	h := newIdentityHost(t, grant(`"expires_on":"4102444800","client_id":"x"`))
	s := Settings{Method: ManagedIdentity, Environment: "usgovdod"}
	// Claims, because the token of an earlier run would be kept.
	if _, err := signInWith(t, s, h).GetToken(t.Context(), policy.TokenRequestOptions{Claims: "{}"}); err != nil {
		t.Fatal(err)
	}
	r := h.last(t)
	if q := r.URL.Query(); r.URL.Path != "/metadata/identity/oauth2/token" || r.Header.Get("Metadata") != "true" || q.Get("resource") != "https://dod-graph.microsoft.us" || q.Has("client_id") {
		t.Errorf("asked %s with %v", r.URL, r.Header)
	}
	s = identity()
	if _, err := get(t.Context(), signInWith(t, s, h)); err != nil || h.last(t).URL.Query().Get("client_id") != s.ClientID {
		t.Errorf("asked %s, %v", h.last(t).URL, err)
	}
}

// arcTokens is where the agent keeps its keys: azidentity takes no other folder.
// On Windows it is below a variable; on Linux the test runs where the folder is.
func arcTokens(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Setenv("ProgramData", t.TempDir())
		dir := filepath.Join(os.Getenv("ProgramData"), "AzureConnectedMachineAgent", "Tokens")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	const dir = "/var/opt/azcmagent/tokens"
	if f, err := os.CreateTemp(dir, "probe"); err != nil {
		t.Skip("no agent's folder that can be written: " + dir)
	} else {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	return dir
}

// arc answers as Azure Arc's agent does: the caller has to read a file that only
// some accounts may read.
func arc(key string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Basic k3y" {
			w.Header().Set("WWW-Authenticate", "Basic realm="+key)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		grant(fmt.Sprintf(`"expires_on":"2100-01-01 00:00:00","client_id":%q`, r.URL.Query().Get("client_id")))(w, r)
	}
}

func TestManagedIdentityOfArc(t *testing.T) {
	key := filepath.Join(arcTokens(t), uuid.NewString()+".key")
	if err := os.WriteFile(key, []byte("k3y"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(key) })
	h := newIdentityHost(t, arc(key))
	in(t, "IDENTITY_ENDPOINT", h.URL+"/metadata/identity/oauth2/token", "IMDS_ENDPOINT", h.URL)
	got, err := get(t.Context(), signInWith(t, identity(), nil))
	if err != nil || got.Token != "the-token" || got.ExpiresOn.Year() != 2100 || len(h.asked) != 2 {
		t.Error(got, err)
	}
	h.answer = grant(`"expires_on":"4102444800"`)
	if h.last(t).Header.Get("Metadata") != "true" {
		t.Error("no Metadata header")
	}
}

func TestManagedIdentityThatIsMissing(t *testing.T) {
	refuse := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	automation := []string{"IDENTITY_HEADER", "h34der"}
	for _, tt := range []struct {
		name   string
		env    []string
		imds   bool
		answer http.HandlerFunc
		want   record.Code
		says   string
	}{
		{"IMDS knows no identity", nil, true, refuse(400, `{"error":"invalid_request","error_description":"Identity not found"}`), record.ManagedIdentityMissing, "asked http://169.254.169.254/metadata/identity/oauth2/token: Identity not found"},
		{"something else at IMDS's address", nil, true, refuse(200, `<html>`), record.ManagedIdentityMissing, "asked http://169.254.169.254"},
		{"IMDS passes on Entra's word", nil, true, refuse(401, `{"error":"unauthorized_client","error_description":"AADSTS700016: Application not found."}`), record.AppNotFound, "AADSTS700016"},
		{"IMDS is busy", nil, true, refuse(500, `{"error":"unknown","error_description":"Failed to retrieve token from the Active directory."}`), record.SignInUnreachable, "Failed to retrieve token"},
		{"Automation without an identity", automation, false, refuse(400, `{"statusCode":400,"message":"No managed identity was found for this account, h34der"}`), record.ManagedIdentityMissing, "/msi/token: No managed identity was found for this account, ***"},
		{"a key file elsewhere", []string{"IMDS_ENDPOINT", "x"}, false, arc("/tmp/not-the-agents.key"), record.ManagedIdentityMissing, "himds"},
		{"no challenge", []string{"IMDS_ENDPOINT", "x"}, false, refuse(403, ``), record.ManagedIdentityMissing, "403"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newIdentityHost(t, tt.answer)
			in(t, append(tt.env, "IDENTITY_ENDPOINT", h.URL+"/msi/token?secret=x")...)
			if tt.imds {
				in(t)
				_, err := get(t.Context(), signInWith(t, identity(), h))
				wantFailure(t, err, tt.want, tt.says)
				return
			}
			s := identity()
			s.Env = os.Getenv
			_, err := get(t.Context(), signInWith(t, s, nil))
			wantFailure(t, err, tt.want, tt.says)
		})
	}
}

// Away from Azure nobody listens; that is said at once, and tried once.
func TestManagedIdentityWithoutAnEndpoint(t *testing.T) {
	in(t, "IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token", "IDENTITY_HEADER", "h34der")
	c, err := Credential(identity())
	if err != nil {
		t.Fatal(err)
	}
	_, err = get(t.Context(), c)
	wantFailure(t, err, record.ManagedIdentityMissing, "asked http://127.0.0.1:1/msi/token: ", "refused", "Assign a managed identity")
}

// A proxy does not reach this machine.
func TestManagedIdentityGoesThroughNoProxy(t *testing.T) {
	h := newIdentityHost(t, grant(`"expires_on":"4102444800"`))
	in(t, "IDENTITY_ENDPOINT", h.URL, "IDENTITY_HEADER", "h34der")
	s := identity()
	s.proxy = through(t, "http://127.0.0.1:1")
	if _, err := get(t.Context(), signInWith(t, s, nil)); err != nil {
		t.Error(err)
	}
}
