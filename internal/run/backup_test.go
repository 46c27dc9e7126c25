package run_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

// A server that is behind gives an older photo than the metadata names: that is no
// backup of the one that is replaced.
func TestBackupIsOfThePhotoThatIsReplaced(t *testing.T) {
	company := few()
	who := company.Cases()[lab.CaseDrifted][0]
	user, _ := company.CloudUser(who)
	l, o := start(t, company)
	now, _ := l.Graph().Photo(user.ID)
	var reads atomic.Int64 // the first is the comparison's
	l.Graph().Fail(func(q lab.FaultRequest) *lab.Fault {
		if q.Method == http.MethodGet && strings.HasSuffix(q.Path, user.ID+"/photo/$value") && reads.Add(1) == 2 {
			return &lab.Fault{RawBody: string(scaled(t, now, 64)), ContentType: "image/jpeg"}
		}
		return nil
	})
	o.People, o.Baseline = run.Names(who), record.BaselineAD
	out := &sink{}
	if _, err := run.Sync(t.Context(), o, answer(true), out); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(now)
	if c := out.change(t, who); c.Status != record.Done || c.BackupSha256 != hex.EncodeToString(sum[:]) || reads.Load() < 3 {
		t.Errorf("%d reads, %+v", reads.Load(), c)
	}
}
