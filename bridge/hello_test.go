package bridge_test

import (
	"regexp"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/bridge"
)

func TestGreeting(t *testing.T) {
	got := bridge.Greeting("a", "b")
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`).MatchString(bridge.Version()) {
		t.Errorf("the version is %q", bridge.Version())
	}
	// A test binary knows no commit.
	want := bridge.Hello{
		Build:    bridge.Build{Version: bridge.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH},
		Features: []string{"a", "b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("greeting differs (-want +got):\n%s", diff)
	}
}
