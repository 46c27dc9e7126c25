package cli

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"photosync/internal/record"
)

// Numbers and lengths of time that would let nothing through, or everything.
func TestBoundsAreChecked(t *testing.T) {
	for _, wrong := range []string{
		"--max-change=-1", "--max-change-percent=-1", "--max-remove=-1", "--max-shrink-percent=-1", "--first=-1", "--first=0",
		"--grace=-1s", "--max-age=-1d", "--verify-timeout=-1s", "--retention=-1d", "--max-age=0", "--verify-timeout=0s", "--max-age=7", "--retention=90",
	} {
		_, err := optionsOf(t, "", "sync", "--server=dc1", wrong)
		wantCode(t, err, record.Usage)
		if flag, _, _ := strings.Cut(wrong, "="); err != nil && !strings.Contains(err.Error(), flag) {
			t.Errorf("%s: it says %v", wrong, err)
		}
	}
}

// A plan that is carried out says already whom it is about, and what is done.
func TestAPlanIsCarriedOutAsItIs(t *testing.T) {
	given := []string{
		"--user=a", "--users-file=-", "--search-base=DC=a", "--search-scope=sub", "--ldap-filter=(a=b)",
		"--baseline=review", "--on-conflict=skip", "--remove-orphans", "--allow-downgrade", "--first=1", "--exclude-group=CN=a",
	}
	for _, more := range given {
		_, err := optionsOf(t, "a", "sync", "--server=dc1", "--yes", "--plan=p.jsonl", more)
		wantCode(t, err, record.Usage)
		if flag, _, _ := strings.Cut(more, "="); err != nil && !strings.Contains(err.Error(), "does not go with "+flag) {
			t.Errorf("%s: it says %v", more, err)
		}
		if _, err := optionsOf(t, "a", "sync", "--server=dc1", "--dry-run", "--plan=p.jsonl", more); err != nil {
			t.Errorf("%s where the plan is made: %v", more, err)
		}
	}
	o, err := optionsOf(t, "", "sync", "--server=dc1", "--yes", "--plan=p.jsonl", "--max-change=9", "--max-remove=2", "--canary=a", "--max-age=1d", "--ignore-policy", "--retention=1d")
	if err != nil || o.PlanFile != "p.jsonl" || o.Limits.MaxRemove != 2 || o.Canary != "a" || o.MaxPlanAge != day {
		t.Errorf("the brakes of a plan: %+v, %v", o, err)
	}
}

// A plan that could not be written at the end is refused before everybody is compared.
func TestPlanFileIsCheckedFirst(t *testing.T) {
	for _, file := range []string{t.TempDir(), filepath.Join(t.TempDir(), "no", "p.jsonl")} {
		_, err := optionsOf(t, "", "sync", "--server=dc1", "--dry-run", "--plan", file)
		wantCode(t, err, record.SettingInvalid)
		if err != nil && !strings.Contains(err.Error(), "--plan") {
			t.Errorf("it says %v", err)
		}
	}
}

func TestGroupsToExclude(t *testing.T) {
	o, err := optionsOf(t, "", "sync", "--server=dc1", "--exclude-group", "CN=a,DC=b", "--exclude-group", "CN=c,DC=b")
	if err != nil || !slices.Equal(o.ExcludeGroups, []string{"CN=a,DC=b", "CN=c,DC=b"}) {
		t.Errorf("got %q, %v", o.ExcludeGroups, err)
	}
}

// A script's empty variable must not widen a run, nor take a safeguard away.
func TestEmptyValuesOfWritesAreRefused(t *testing.T) {
	for _, flag := range []string{"plan", "canary", "exclude-group", "backup-recipient"} {
		for _, value := range []string{"", " "} {
			_, err := optionsOf(t, "", "sync", "--server=dc1", "--"+flag, value)
			wantCode(t, err, record.Usage)
			if err != nil && !strings.Contains(err.Error(), "--"+flag) {
				t.Errorf("it says %v", err)
			}
		}
	}
	for _, name := range []string{"PHOTOSYNC_BACKUP_RECIPIENT", "PHOTOSYNC_IDENTITY_FILE"} {
		t.Setenv(name, "") // which is not set
	}
	for _, args := range [][]string{{"sync", "--server=dc1"}, {"restore", "--yes", "--run=r"}} {
		if _, err := optionsOf(t, "", args...); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	t.Setenv("PHOTOSYNC_BACKUP_RECIPIENT", "age1a") // which the empty flag would hide
	_, err := optionsOf(t, "", "sync", "--server=dc1", "--backup-recipient=")
	wantCode(t, err, record.Usage)
}

// Without a terminal, a plan is not carried out unasked either.
func TestPlanNeedsYes(t *testing.T) {
	code, out, said := runCLI(t.Context(), "sync", "--server", "dc1", "--plan", "p.jsonl")
	if code != 64 || out != "" || !strings.HasPrefix(lastLine(said), "ConfirmationRequired: ") {
		t.Errorf("exit code %d, output %q, %s", code, out, said)
	}
}
