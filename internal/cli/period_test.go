package cli

import (
	"strings"
	"testing"
	"time"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/record"
)

func TestPeriods(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"7d": 7 * day, "0d": 0, "0": 0, "0s": 0, "36h": 36 * time.Hour, "90m": 90 * time.Minute, "30s": 30 * time.Second, "1h30m": 90 * time.Minute,
		"1.5h": 90 * time.Minute, "106751d": 106751 * day,
	} {
		o, err := optionsOf(t, "", "sync", "--server=dc1", "--grace="+text)
		if o.Grace != want || err != nil {
			t.Errorf("%s: got %v, %v", text, o.Grace, err)
		}
	}
	for text, why := range map[string]string{
		"": "no length of time", " 7d": "no length of time", "d": "no length of time", "7D": "no length of time", "1.5d": "no length of time", "7d12h": "no length of time",
		"week": "no length of time", "7": "no unit", "1.5": "no unit", "00": "no unit", "-7": "no unit", "-7d": "negative", "-1s": "negative", "106752d": "too long",
		"99999999999999999999d": "no length of time", "-106752d": "negative", "inf": "no unit",
	} {
		_, err := optionsOf(t, "", "sync", "--server=dc1", "--grace="+text)
		wantCode(t, err, record.Usage)
		if err == nil || !strings.Contains(err.Error(), "--grace") || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: it says %v, want %s", text, err, why)
		}
		if line := record.From(err).Line(); !strings.Contains(line, "7d") {
			t.Errorf("%q: it does not say how to write it: %s", text, line)
		}
	}
}

// What a default is written as is read as that again.
func TestPeriodsAreReadAsWritten(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"7d": 7 * day, "0d": 0, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "2m": 2 * time.Minute, "1m30s": 90 * time.Second, "10h0m1s": 10*time.Hour + time.Second, "30s": 30 * time.Second,
		"10m": 10 * time.Minute, "20h": 20 * time.Hour,
	} {
		if got := inDays(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
		_, err := inCommand(t, Stdio{}, func(_ *command, u *urfave.Context) error {
			if got, err := period(u, flagRetention); got != d || err != nil {
				t.Errorf("%s is read as %v, %v", want, got, err)
			}
			return nil
		}, "journal", "prune", "--retention", want)
		if err != nil {
			t.Error(err)
		}
	}
}
