package cli

import (
	"os"
	"testing"
)

func TestSyncHasTheDefaultStateDir(t *testing.T) {
	if os.Geteuid() != 0 {
		leaveOut(t, "the tests do not run as root")
	}
	o, err := optionsOf(t, "", "sync", "--server", "dc1")
	if o.StateDir != "/var/lib/userphotosync" || err != nil {
		t.Errorf("sync has %q, %v", o.StateDir, err)
	}
}
