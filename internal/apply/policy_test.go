package apply_test

import (
	"testing"

	"photosync/internal/record"
)

// failed counts the people whose change failed for the reason of a code.
func failed(ends []record.Change, code record.Code) (n int) {
	for _, e := range ends {
		if e.Status == record.Failed && e.ErrorCode == code {
			n++
		}
	}
	return n
}

// A tenant's policy that has photos come from elsewhere refuses everybody: the
// first few say so, and nobody else is asked about.
func TestPolicyThatRefusesEverybodyStopsTheRun(t *testing.T) {
	w, changes := newWorld(t, 20)
	writes := 0
	w.put = func(string) error {
		writes++
		return record.Errorf(record.PhotoPolicyRefuses, "photos come from elsewhere")
	}
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.PhotoPolicyRefuses {
		t.Errorf("the run ended with %v", err)
	}
	if n := failed(ends, record.PhotoPolicyRefuses); n != 4 || writes != 4 {
		t.Errorf("%d people were tried in %d writes", n, writes)
	}
	for i, e := range ends[4:] {
		if e.Status != record.Skipped || e.Reason != record.RunStopped {
			t.Errorf("person %d ended with %+v", i+4, e)
		}
	}
	if len(w.intents) != len(w.outcomes) {
		t.Errorf("%d intents, %d outcomes", len(w.intents), len(w.outcomes))
	}
}

// A missing right and the policy are told of alike: the first few refusals count
// together, whichever the service names.
func TestPolicyAndMissingRightCountTogether(t *testing.T) {
	w, changes := newWorld(t, 20)
	writes := 0
	w.put = func(string) error {
		if writes++; writes%2 == 1 {
			return record.Errorf(record.PhotoWriteForbidden, "no role")
		}
		return record.Errorf(record.PhotoPolicyRefuses, "photos come from elsewhere")
	}
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.PhotoPolicyRefuses || writes != 4 || ends[19].Reason != record.RunStopped {
		t.Errorf("%v after %d writes, the last ended with %+v", err, writes, ends[19])
	}
}

// Where somebody could be written to, the policy is about those whom it refuses.
func TestPolicyThatRefusesSomeDoesNotStopTheRun(t *testing.T) {
	w, changes := newWorld(t, 12)
	w.put = func(id string) error {
		if id != "c0" {
			return record.Errorf(record.PhotoPolicyRefuses, "photos come from elsewhere")
		}
		return nil
	}
	ends, err := applied(t, w.applier(), changes)
	if err != nil || ends[0].Status != record.Done || failed(ends, record.PhotoPolicyRefuses) != 11 {
		t.Errorf("got %+v, %v", ends[11], err)
	}
}

// People who were never written to say nothing of the policy.
func TestPolicyIsSeenBehindOtherTrouble(t *testing.T) {
	w, changes := newWorld(t, 20)
	w.onPrem[guid(0)] = []byte("no picture")
	changes[0].OnPremisesSHA256 = sha(w.onPrem[guid(0)])
	w.put = func(string) error { return record.Errorf(record.PhotoPolicyRefuses, "photos come from elsewhere") }
	ends, err := applied(t, w.applier(), changes)
	if record.CodeOf(err) != record.PhotoPolicyRefuses || failed(ends, record.PhotoPolicyRefuses) != 4 || ends[19].Reason != record.RunStopped {
		t.Errorf("the run ended with %v, the last with %+v", err, ends[19])
	}
}
