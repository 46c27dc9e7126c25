package run_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"photosync/internal/auth"
	"photosync/internal/journal"
	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// tryRestore is a restore, whatever comes of it.
func (d *day) tryRestore(edit ...func(*run.Options)) ran {
	return d.of(func(o run.Options, out *listener) (record.Summary, error) {
		o.Directory.Server = "" // which is not asked
		return run.Restore(d.Context(), o, answer(true), out)
	}, edit...)
}

// restore is a restore that ends well.
func (d *day) restore(edit ...func(*run.Options)) ran {
	d.Helper()
	r := d.tryRestore(edit...)
	if r.err != nil {
		d.Fatalf("restore: %v", r.err)
	}
	return r
}

func undoing(r ran) func(*run.Options) {
	return func(o *run.Options) { o.RestoreRun = r.summary.RunId }
}

func forced(o *run.Options) { o.Force = true }

// shows looks that the cloud has these photos, byte for byte.
func (d *day) shows(want map[string][]byte) {
	d.Helper()
	if now := d.lab.Graph().Photos(); !maps.EqualFunc(now, want, bytes.Equal) {
		d.Errorf("the cloud has %d photos, and not those %d", len(now), len(want))
	}
}

// A run is undone byte for byte, "there was none" too, and so is the undoing.
func TestRestoreOfARun(t *testing.T) {
	d := begin(t, few())
	before := d.lab.Graph().Photos()
	done := d.sync()
	after := d.lab.Graph().Photos()

	preview := d.restore(undoing(done), dry)
	if len(preview.wrote) > 0 || preview.summary.Changes[record.WouldChange] != 5 || len(preview.changes) != 5 {
		t.Errorf("the dry run: %d writes, %+v", len(preview.wrote), preview.changes)
	}
	d.shows(after)
	r := d.restore(undoing(done), func(o *run.Options) { o.Limits.MaxRemove, o.Limits.MaxChange = 0, 0 }) // which do not hold it up
	d.writes(r, d.all(lab.CaseDrifted, lab.CaseMissingInCloud)...)
	d.shows(before)
	for _, upn := range d.all(lab.CaseDrifted) {
		d.change(r, upn, "Upload/Done/Restored")
	}
	for _, upn := range d.all(lab.CaseMissingInCloud) {
		d.change(r, upn, "Remove/Done/Restored")
	}
	// Done already is nothing to do.
	again := d.restore(undoing(done))
	d.writes(again)
	d.change(again, d.one(lab.CaseDrifted, 0), "Upload/Skipped/Identical")
	d.change(again, d.one(lab.CaseMissingInCloud, 0), "Remove/Skipped/NothingToRestore")
	// The next sync leaves alone what somebody wanted back, even with a baseline.
	next := d.sync()
	d.writes(next)
	d.change(next, d.one(lab.CaseDrifted, 0), "None/Skipped/CloudChanged")
	d.change(next, d.one(lab.CaseMissingInCloud, 0), "Review/Skipped/CloudRemoved")
	// And the restore is undone like any other run.
	d.restore(undoing(r))
	d.shows(after)
	d.restore(undoing(done), forced) // the photos are other writes' by now
	d.shows(before)
	j, err := journal.Read(d.options.StateDir, r.summary.RunId)
	if err != nil || j.Run.Restores != done.summary.RunId || j.Run.Command != "restore" {
		t.Errorf("%v, %+v", err, j.Run)
	}
}

// One person of a run, by any name that the journal has, and the last write of a person.
func TestRestoreOfAPerson(t *testing.T) {
	d := begin(t, few())
	who, other := d.one(lab.CaseDrifted, 0), d.one(lab.CaseDrifted, 1)
	seed := d.lab.Graph().Photos()
	first := d.sync()
	middle := d.lab.Graph().Photos()
	d.directoryHas(who, d.picture(0))
	d.sync()

	d.writes(d.restore(naming(who)), who) // the last write
	d.shows(middle)
	d.writes(d.restore(undoing(first), naming(d.person(other).SamAccountName)), other)
	d.writes(d.restore(undoing(first), naming(d.cloudID(d.one(lab.CaseDrifted, 2)))), d.one(lab.CaseDrifted, 2))
	want := maps.Clone(middle)
	for _, upn := range []string{other, d.one(lab.CaseDrifted, 2)} {
		want[d.cloudID(upn)] = seed[d.cloudID(upn)]
	}
	d.shows(want)
	for name, edit := range map[string][]func(*run.Options){
		"never written":        {naming(d.one(lab.CaseInSync, 0))},
		"not in this run":      {undoing(first), naming(d.one(lab.CaseInSync, 0))},
		"nobody, and somebody": {naming(who, "nobody@corp.example")},
	} {
		if r := d.tryRestore(edit...); record.CodeOf(r.err) != record.WriteNotFound || len(r.wrote) > 0 || r.summary.ExitCode != int(record.ExitFailed) {
			t.Errorf("%s: %v, %d writes", name, r.err, len(r.wrote))
		}
	}
	if r := d.tryRestore(func(o *run.Options) { o.RestoreRun = "01900000-0000-7000-8000-000000000000" }); record.CodeOf(r.err) != record.RunNotFound {
		t.Errorf("a run that never was: %v", r.err)
	}
	if r := d.tryRestore(); record.CodeOf(r.err) != record.SettingInvalid {
		t.Errorf("nobody and no run: %v", r.err)
	}
}

// What somebody chose after the write is not overwritten, unless by force.
func TestRestoreLeavesAChoiceAlone(t *testing.T) {
	d := begin(t, few())
	before := d.lab.Graph().Photos()
	done := d.sync()
	chose, removed, given := d.one(lab.CaseDrifted, 0), d.one(lab.CaseDrifted, 1), d.one(lab.CaseMissingInCloud, 0)
	d.cloudHas(chose, d.picture(0))
	d.cloudHas(removed, nil)
	d.cloudHas(given, d.picture(1))
	r := d.restore(undoing(done))
	for upn, action := range map[string]string{chose: "Upload", removed: "Upload", given: "Remove"} {
		if c := d.change(r, upn, action+"/Skipped/CloudChanged"); c.ErrorCode != record.PhotoChangedSince || c.Remedy == "" {
			t.Errorf("%s: %+v", upn, c)
		}
	}
	d.writes(r, d.one(lab.CaseDrifted, 2), d.one(lab.CaseMissingInCloud, 1))
	own := d.lab.Graph().Photos()
	force := d.restore(undoing(done), forced)
	d.writes(force, chose, removed, given)
	d.shows(before)
	d.restore(undoing(force)) // what was chosen has a backup, too
	d.shows(own)
}

// A restore asks before it writes, and a declined one writes nothing.
func TestRestoreAsks(t *testing.T) {
	d := begin(t, few())
	done := d.sync()
	r := d.of(func(o run.Options, out *listener) (record.Summary, error) {
		return run.Restore(t.Context(), o, answer(false), out)
	}, undoing(done))
	if record.CodeOf(r.err) != record.Cancelled || len(r.wrote) > 0 || r.summary.Changes[record.Skipped] != 5 {
		t.Errorf("%v, %d writes, %+v", r.err, len(r.wrote), r.summary.Changes)
	}
}

// Without its backup nothing is put back, and the others are.
func TestRestoreWithoutABackup(t *testing.T) {
	d := begin(t, few())
	done := d.sync()
	forgot, lost, damaged := d.one(lab.CaseDrifted, 0), d.one(lab.CaseDrifted, 1), d.one(lab.CaseDrifted, 2)
	o := d.options
	o.People = run.Names(forgot)
	if f, _, err := run.Forget(t.Context(), o, runSink(func(record.Run) {})); err != nil || f.Backups != 1 || f.Writes != 1 {
		t.Fatalf("%v, %+v", err, f)
	}
	backup := func(upn string) string {
		sum := done.listener.change(t, upn).BackupSha256
		return filepath.Join(o.StateDir, "backups", sum[:2], sum)
	}
	if _, err := os.Stat(backup(forgot)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the backup is there: %v", err)
	}
	if err := errors.Join(os.Remove(backup(lost)), os.WriteFile(backup(damaged), []byte("something else"), 0o600)); err != nil {
		t.Fatal(err)
	}
	r := d.tryRestore(undoing(done))
	d.writes(r, d.all(lab.CaseMissingInCloud)...)
	for upn, code := range map[string]record.Code{forgot: record.BackupMissing, lost: record.BackupMissing, damaged: record.BackupDamaged} {
		if c := d.change(r, upn, "Upload/Failed/Restored"); c.ErrorCode != code {
			t.Errorf("%s: %s %s", upn, c.ErrorCode, c.ErrorMessage)
		}
	}
	if r.summary.ExitCode != int(record.ExitPartial) {
		t.Errorf("exit %d, %v", r.summary.ExitCode, r.err)
	}
	if again := d.tryRestore(naming(forgot)); d.change(again, forgot, "Upload/Failed/Restored").ErrorCode != record.BackupMissing {
		t.Errorf("by name: %+v", again.changes)
	}
}

// Encrypted backups ask for their identity, before anything is written.
func TestRestoreOfEncryptedBackups(t *testing.T) {
	d := begin(t, few())
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file := func(text string) func(*run.Options) {
		name := filepath.Join(t.TempDir(), "key.txt")
		if err := os.WriteFile(name, []byte("# created\n"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return func(o *run.Options) { o.IdentityFile = name }
	}
	sealed := func(o *run.Options) { o.BackupRecipient = key.Recipient().String() }
	before := d.lab.Graph().Photos()
	if r := d.try(func(o *run.Options) { o.BackupRecipient = "age1nonsense" }); record.CodeOf(r.err) != record.BackupKeyUnusable || len(r.wrote) > 0 {
		t.Errorf("no recipient: %v, %d writes", r.err, len(r.wrote))
	}
	done := d.sync(sealed)
	sum := done.listener.change(t, d.one(lab.CaseDrifted, 0)).BackupSha256
	if kept, err := os.ReadFile(journal.BackupFile(d.options.StateDir, sum, key.Recipient().String())); err != nil || !bytes.HasPrefix(kept, []byte("age-encryption.org/")) {
		t.Errorf("the backup is not encrypted: %v", err)
	}
	for name, c := range map[string]struct {
		edit func(*run.Options)
		code record.Code
		exit record.ExitCode
	}{
		"no identity":      {func(*run.Options) {}, record.BackupEncrypted, record.ExitState},
		"another identity": {file(other.String()), record.BackupEncrypted, record.ExitState},
		"no identity file": {func(o *run.Options) { o.IdentityFile = filepath.Join(d.options.StateDir, "none") }, record.BackupKeyUnusable, record.ExitConfiguration},
		"a file of junk":   {file("AGE-SECRET-KEY-1JUNK"), record.BackupKeyUnusable, record.ExitConfiguration},
	} {
		for _, edit := range []func(*run.Options){func(*run.Options) {}, dry} {
			if r := d.tryRestore(undoing(done), c.edit, edit); record.CodeOf(r.err) != c.code || r.summary.ExitCode != int(c.exit) || len(r.wrote) > 0 {
				t.Errorf("%s: %v, exit %d, %d writes", name, r.err, r.summary.ExitCode, len(r.wrote))
			}
		}
	}
	after := d.lab.Graph().Photos()
	r := d.restore(undoing(done), sealed, file(key.String()))
	d.shows(before)
	d.restore(undoing(r), file(key.String()))
	d.shows(after)
}

// A run is undone in the tenant, and at the root, that it wrote to.
func TestRestoreInAnotherTenant(t *testing.T) {
	d, other := begin(t, few()), begin(t, few())
	signedIn := func(tenant string) func(*run.Options) {
		return func(o *run.Options) {
			o.Auth = auth.Settings{Environment: "global", AccessToken: auth.Secret(d.lab.Graph().IssueTokenFor(lab.TokenSpec{
				TTL: time.Hour, Roles: []string{"User.Read.All", "ProfilePhoto.ReadWrite.All"}, Tenant: tenant,
			}))}
		}
	}
	done := d.sync(signedIn(""))
	const another = "99999999-0000-0000-0000-000000000000"
	other.options.StateDir = d.options.StateDir
	for name, r := range map[string]ran{
		"another tenant":           d.tryRestore(undoing(done), signedIn(another), forced),
		"another tenant, a person": d.tryRestore(naming(d.one(lab.CaseDrifted, 0)), signedIn(another), forced),
		"another root":             other.tryRestore(undoing(done), signedIn(""), forced),
	} {
		if record.CodeOf(r.err) != record.WrongTenant || len(r.wrote) > 0 {
			t.Errorf("%s: %v, %d writes", name, r.err, len(r.wrote))
		}
	}
	if r := d.restore(undoing(done), signedIn("")); len(r.wrote) != 5 {
		t.Errorf("%d writes", len(r.wrote))
	}
}

// A write that was not seen is put back by force alone, and the next sync leaves
// alone what was put back.
func TestRestoreOfPendingWrites(t *testing.T) {
	clock := &times{}
	d := begin(t, few(), lab.WithVisibilityDelay(time.Hour), lab.WithClock(clock.now))
	d.options.VerifyTimeout = time.Millisecond
	who := d.one(lab.CaseDrifted, 0)
	before := d.lab.Graph().Photos()
	done := d.sync(naming(who))
	d.change(done, who, "Upload/Pending/NotVisibleYet")
	clock.pass(2 * time.Hour)
	r := d.tryRestore(undoing(done))
	d.writes(r)
	if c := d.change(r, who, "Upload/Failed/Restored"); c.ErrorCode != record.PhotoOutcomeUncertain || r.summary.ExitCode != int(record.ExitFailed) {
		t.Errorf("exit code %d, got %+v", r.summary.ExitCode, c)
	}
	d.restore(undoing(done), forced)
	clock.pass(2 * time.Hour)
	d.shows(before)
	t.Run("the next sync", func(t *testing.T) {
		d := *d
		d.T = t
		next := d.sync(naming(who))
		d.writes(next)
	})
}
