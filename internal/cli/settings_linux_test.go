package cli

import (
	"os"
	"testing"
)

func TestDefaultStateDir(t *testing.T) {
	if os.Geteuid() != 0 {
		leaveOut(t, "the tests do not run as root")
	}
	for _, args := range [][]string{{"drift"}, {"sync"}, {"sync", "--dry-run"}} {
		o, err := optionsOf(t, "", append(args, "--server", "dc1")...)
		if o.StateDir != "/var/lib/userphotosync" || err != nil {
			t.Errorf("%v has %q, %v", args, o.StateDir, err)
		}
	}
}
