// The children are the same program with the race detector, and five times slower:
// its tests leave this file out, and `go test` without it runs what is here.

//go:build !race

package run_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"photosync/internal/apply"
	"photosync/internal/auth"
	"photosync/internal/directory"
	"photosync/internal/journal"
	"photosync/internal/lab"
	"photosync/internal/match"
	"photosync/internal/record"
	"photosync/internal/run"
	"photosync/internal/state"
)

// kills is how often a run is killed at a random moment, beside once at each
// named point.
var kills = flag.Int("kills", 20, "how often TestKilledAnywhere kills a run at a random moment")

// victim is what a child process is to run, and where it is to be killed.
type victim struct {
	Server, User, Password, CA, Graph, StateDir string

	Restore string // the run to undo, "" for a sync
	Point   string // "" for none
	Nth     int64  // the time that the point is come to
	Room    uint64 // bytes that a file may have from then on, as on a disk that is full; 0: it is killed
}

const victimVariable = "PHOTOSYNC_TEST_VICTIM"

func init() { victimHere = victimMain }

// victimMain is the child process of a test that kills one. It gives false where
// there is none to be.
func victimMain() bool {
	text := os.Getenv(victimVariable)
	if text == "" {
		return false
	}
	var v victim
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(err)
	}
	full := func() {
		signal.Ignore(syscall.SIGXFSZ) // so that a write fails
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: v.Room, Max: v.Room}); err != nil {
			panic(err)
		}
	}
	if v.Room > 0 && v.Point == "" {
		full()
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(v.CA))
	o := run.Options{
		Directory: directory.Settings{Server: v.Server, User: v.User, Password: directory.NewSecret(v.Password), RootCAs: roots},
		GraphRoot: v.Graph, Auth: auth.Settings{Environment: "global"}, StateDir: v.StateDir,
		Baseline: record.BaselineAD, RestoreRun: v.Restore,
	}
	limitless(&o)
	var come atomic.Int64
	o.At = func(point string) {
		switch {
		case point != v.Point || come.Add(1) != v.Nth:
		case v.Room > 0:
			full()
		default:
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // until it is dead
		}
	}
	var err error
	if v.Restore != "" {
		_, err = run.Restore(context.Background(), o, answer(true), &sink{})
	} else {
		_, err = run.Sync(context.Background(), o, answer(true), &sink{})
	}
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(0)
	return true
}

// people is how many the company has: 15 of a hundred drifted, 10 are missing in
// the cloud.
const people = 100

// points are those at which a write can be cut off.
var points = slices.Concat(journal.Points, apply.Points, []string{state.PointBeforeCommit, state.PointAfterCommit})

// A run that is killed anywhere loses nothing: what reached the service has its
// backup and its intent, the journal reads back, the next run converges without
// writing anything twice, knows what became of every write, and everything can be
// undone, byte for byte.
func TestKilledAnywhere(t *testing.T) {
	k := newKilling(t)
	whole := k.duration()
	for _, point := range points {
		nth := int64(4)
		if strings.HasPrefix(point, "state:") { // which come to few commits
			nth = 1
		}
		k.once("sync", point, nth, 0)
		k.once("restore", point, min(nth, 2), 0)
	}
	for i := range *kills {
		what := []string{"sync", "sync", "restore"}[i%3]
		k.once(what, "", 0, time.Duration(rand.Int64N(int64(whole))))
	}
	t.Logf("killed at %d named points and %d times at random within %s; %d runs had ended by themselves; %d writes were open when a run was killed, of which %d had reached the service",
		2*len(points), *kills, whole.Round(time.Millisecond), k.count.survived, k.count.open, k.count.landed)
}

// A disk that is full at any moment loses nothing either: what could not be
// recorded was not written, and with room again the next run converges.
func TestFullDisk(t *testing.T) {
	k := newKilling(t)
	stopped := 0
	victims := []victim{{Room: 100}, {Room: 12 << 10}, {Room: 40 << 10}}
	for _, point := range points {
		if point != state.PointAfterCommit && point != state.PointBeforeCommit { // they come once or twice
			victims = append(victims, victim{Room: 1, Point: point, Nth: 6})
		}
	}
	for _, v := range victims {
		dir, began := filepath.Join(t.TempDir(), "state"), len(k.lab.Graph().WriteLog())
		v.StateDir = dir
		cmd := k.victim(v)
		err := cmd.Run()
		said := fmt.Sprint(cmd.Stderr)
		if err != nil && !strings.Contains(said, string(record.StateDirUnusable)) && !strings.Contains(said, string(record.BackupFailed)) && !strings.Contains(said, string(record.JournalFailed)) {
			t.Errorf("%d bytes %s: %v, %s", v.Room, v.Point, err, said)
		}
		if err != nil {
			stopped++
		}
		written := len(k.writes(began))
		cause, _, _ := strings.Cut(cmp.Or(said, "the end"), ":")
		t.Logf("files of %d bytes %s: %d writes, then %s", v.Room, v.Point, written, cause)
		k.nothingLost(dir, began)
		open := k.unfinished(dir)
		k.complete(dir, "")
		k.onceEach(began)
		k.settled(dir, began, open)
		k.agreed(dir)
		k.nothingLost(dir, began)
		k.undo(dir)
	}
	if stopped < len(victims)*3/4 { // the last write may be the last line as well
		t.Errorf("only %d of %d runs met a full disk", stopped, len(victims))
	}
}

func newKilling(t *testing.T) *killing {
	l, o := start(t, lab.LargeCompany(people), lab.WithSeed(1))
	limitless(&o)
	o.Baseline = record.BaselineAD
	return &killing{t: t, lab: l, options: o, seed: l.Graph().Photos(), count: &counts{}}
}

// killing is a lab whose runs are killed.
type killing struct {
	t       *testing.T
	lab     *lab.Lab
	options run.Options
	seed    map[string][]byte // what the cloud showed before everything

	count *counts
}

// counts are over all kills.
type counts struct{ survived, open, landed int }

func (k *killing) victim(v victim) *exec.Cmd {
	d := k.lab.Directory()
	v.Server, v.User, v.Password, v.CA, v.Graph = d.LDAPSURL(), d.BindUser(), d.BindPassword(), string(d.CAPEM()), k.lab.Graph().URL()
	text, err := json.Marshal(v)
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimVariable+"="+string(text))
	cmd.Stderr = &bytes.Buffer{}
	return cmd
}

// duration runs once to the end and undoes it, and gives how long the run took.
func (k *killing) duration() time.Duration {
	dir := filepath.Join(k.t.TempDir(), "state")
	began := time.Now()
	if cmd := k.victim(victim{StateDir: dir}); cmd.Run() != nil {
		k.t.Fatalf("the run failed: %s", cmd.Stderr)
	}
	took := time.Since(began)
	k.undo(dir)
	return took
}

// once kills a run, at a point or after a while, and looks what it has left.
func (k *killing) once(what, point string, nth int64, after time.Duration) {
	name := what + " " + point + " " + after.String()
	k.t.Run(strings.ReplaceAll(name, ":", ""), func(t *testing.T) {
		k := &killing{t: t, lab: k.lab, options: k.options, seed: k.seed, count: k.count}
		k.kill(what, point, nth, after)
	})
}

// kill kills one run and looks what it has left behind.
func (k *killing) kill(what, point string, nth int64, after time.Duration) {
	t, dir := k.t, filepath.Join(k.t.TempDir(), "state")
	k.lab.Graph().ForgetRequests()
	began := len(k.lab.Graph().WriteLog())
	first := ""
	if what == "restore" {
		first = k.complete(dir, "").RunId
	}
	cmd := k.victim(victim{StateDir: dir, Restore: first, Point: point, Nth: nth})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if point == "" {
		time.Sleep(after) // the random moment itself
		_ = cmd.Process.Kill()
	}
	err := cmd.Wait()
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case err == nil:
		k.count.survived++
	case !status.Signaled():
		t.Fatalf("the run failed by itself: %v: %s", err, cmd.Stderr)
	}
	k.nothingLost(dir, began)
	open := k.unfinished(dir)
	k.count.open += len(open)

	// Run again, and it converges.
	if what == "restore" {
		k.leftAlone(dir)
		k.complete(dir, first)
		k.asBefore()
	} else {
		k.complete(dir, "")
		k.onceEach(began)
		k.settled(dir, began, open)
		k.agreed(dir)
		k.undo(dir)
	}
	k.nothingLost(dir, began)
}

// complete runs to the end: a sync, or the undoing of a run.
func (k *killing) complete(dir, restore string) record.Summary {
	k.t.Helper()
	o := k.options
	o.StateDir, o.RestoreRun, o.Force = dir, restore, true
	do := run.Sync
	if restore != "" {
		do = run.Restore
	}
	out := &sink{}
	s, err := do(k.t.Context(), o, answer(true), out)
	if err != nil {
		k.t.Fatalf("%s: %v", s.Command, err)
	}
	return s
}

// leftAlone looks that a sync that nobody has told otherwise writes over nothing
// that was put back.
func (k *killing) leftAlone(dir string) {
	k.t.Helper()
	o, writes := k.options, k.lab.Graph().Writes()
	o.StateDir, o.Baseline = dir, record.BaselineReview
	out := &sink{}
	if _, err := run.Sync(k.t.Context(), o, answer(true), out); err != nil {
		k.t.Fatal(err)
	}
	if n := k.lab.Graph().Writes() - writes; n > 0 {
		k.t.Errorf("a sync wrote %d of the photos that were put back", n)
	}
}

// undo undoes every run, the latest first, and looks that the cloud is as before.
func (k *killing) undo(dir string) {
	k.t.Helper()
	var runs []string
	if err := journal.Walk(dir, func(r journal.Record) error {
		if len(r.Writes) > 0 {
			runs = append(runs, r.Run.RunID)
		}
		return nil
	}); err != nil {
		k.t.Fatal(err)
	}
	for _, id := range runs {
		k.complete(dir, id)
	}
	k.asBefore()
}

func (k *killing) asBefore() {
	k.t.Helper()
	if now := k.lab.Graph().Photos(); !maps.EqualFunc(now, k.seed, bytes.Equal) {
		k.t.Errorf("the cloud has %d photos, and not the %d that it had", len(now), len(k.seed))
	}
}

// writes gives what reached the service since.
func (k *killing) writes(since int) []lab.Written { return k.lab.Graph().WriteLog()[since:] }

// nothingLost holds the journal against what reached the service.
func (k *killing) nothingLost(dir string, since int) {
	k.t.Helper()
	intents := map[string]journal.Write{}
	if err := journal.Walk(dir, func(r journal.Record) error {
		for _, w := range r.Writes {
			intents[w.ID] = w
		}
		return nil
	}); err != nil {
		k.t.Fatalf("the journal does not read back: %v", err)
	}
	for _, w := range k.writes(since) {
		intent, ok := intents[w.ClientRequestID]
		switch {
		case !ok:
			k.t.Errorf("%s for %s reached the service and has no intent", w.Method, w.UserID)
		case w.Before != intent.BackupSHA256:
			k.t.Errorf("%s for %s replaced %s and the backup is %s", w.Method, w.UserID, w.Before, intent.BackupSHA256)
		case w.Before != "":
			old, err := journal.Photo(dir, w.Before, nil)
			if sum := sha256.Sum256(old); err != nil || hex.EncodeToString(sum[:]) != w.Before {
				k.t.Errorf("the backup of %s cannot be read: %v", w.UserID, err)
			}
		}
	}
}

// unfinished gives the ids of writes of which the journal has no outcome.
func (k *killing) unfinished(dir string) []string {
	var open []string
	cut, err := journal.Unfinished(dir)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, r := range cut {
		for _, w := range r.Writes {
			if w.Outcome == nil {
				open = append(open, w.ID)
			}
		}
	}
	return open
}

// onceEach looks that nobody was written twice.
func (k *killing) onceEach(since int) {
	written := map[string]int{}
	for _, w := range k.writes(since) {
		if written[w.UserID]++; written[w.UserID] > 1 {
			k.t.Errorf("%s was written %d times", w.UserID, written[w.UserID])
		}
	}
}

// settled looks that the journal knows by now what became of the writes that were open.
func (k *killing) settled(dir string, since int, open []string) {
	landed := map[string]bool{}
	for _, w := range k.writes(since) {
		landed[w.ClientRequestID] = true
	}
	if left := k.unfinished(dir); len(left) > 0 {
		k.t.Errorf("of %d writes nobody knows what became of them", len(left))
	}
	if err := journal.Walk(dir, func(r journal.Record) error {
		for _, w := range r.Writes {
			if !slices.Contains(open, w.ID) || w.Outcome == nil {
				continue
			}
			if done := w.Outcome.Status == record.Done; done != landed[w.ID] {
				k.t.Errorf("the write for %s is %s, and reached the service: %v", w.UserPrincipalName, w.Outcome.Status, landed[w.ID])
			}
			if landed[w.ID] {
				k.count.landed++
			}
		}
		return nil
	}); err != nil {
		k.t.Fatal(err)
	}
}

// agreed holds the state against both sides.
func (k *killing) agreed(dir string) {
	g := k.lab.Graph()
	s, err := state.Open(dir, state.Scope{Graph: g.URL(), Tenant: ""}, state.Options{})
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			k.t.Error(err)
		}
	}()
	agreements := 0
	if err := s.Agreed(directory.DomainOf(k.lab.Directory().BaseDN()), func(_ match.GUID, a state.Agreement) error {
		agreements++
		if _, etag := g.Photo(a.CloudID); etag != a.CloudETag {
			k.t.Errorf("%s agreed on %s, and the cloud has %s", a.Whom.UserPrincipalName, a.CloudETag, etag)
		}
		return nil
	}); err != nil {
		k.t.Fatal(err)
	}
	if both := people * 85 / 100; agreements != both {
		k.t.Errorf("%d people have an agreement, and %d have a photo on both sides", agreements, both)
	}
}
