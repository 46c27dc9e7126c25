package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"

	"photosync/internal/record"
)

// The test binary also plays the programs that sign-in starts, under their names.
func TestMain(m *testing.M) {
	switch name, _, _ := strings.Cut(filepath.Base(os.Args[0]), "."); {
	case name == "az":
		playAzureCLI()
	case name == "xdg-open":
		playBrowser()
	case os.Getenv("PLAY_SIGN_IN") != "":
		playSignIn()
	default:
		goleak.VerifyTestMain(m)
	}
}

// play puts the test binary under a program's name on an otherwise empty PATH.
func play(t *testing.T, name string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the program is found in another way on " + runtime.GOOS)
	}
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(me, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

// playAzureCLI notes its arguments in PLAY_LOG and answers with PLAY_OUT, or fails with PLAY_ERR.
func playAzureCLI() {
	log, err := os.OpenFile(os.Getenv("PLAY_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, _ = fmt.Fprintln(log, strings.Join(os.Args[1:], " "))
		_ = log.Close()
	}
	if text := os.Getenv("PLAY_ERR"); text != "" {
		fmt.Fprintln(os.Stderr, text)
		os.Exit(1)
	}
	fmt.Println(os.Getenv("PLAY_OUT"))
}

// playBrowser completes a sign-in as a browser would: it posts PLAY_FORM to where
// the sign-in page would lead it.
func playBrowser() {
	at, err := url.Parse(os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	form, _ := url.ParseQuery(os.Getenv("PLAY_FORM"))
	form.Set("state", at.Query().Get("state"))
	resp, err := http.PostForm(at.Query().Get("redirect_uri"), form)
	if err != nil {
		os.Exit(1)
	}
	_ = resp.Body.Close()
}

// playSignIn signs in with what the environment says, and nothing of tests.
func playSignIn() {
	c, err := Credential(Settings{Tenant: aTenant, ClientID: aClient, ClientSecret: aSecret, Method: ClientSecret})
	if err == nil {
		_, err = c.GetToken(context.Background(), policy.TokenRequestOptions{})
	}
	fmt.Println(record.From(err).Line())
}
