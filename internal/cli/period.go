package cli

import (
	"math"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/record"
)

// day is as long as whole days are in a flag: there are no time zones in them.
const day = 24 * time.Hour

// period reads a flag that says how long: whole days (7d), or what Go writes
// (36h, 90m, 30s). A number without a unit is refused, all but 0.
func period(u *urfave.Context, flag string) (time.Duration, error) {
	text := u.String(flag)
	refuse := func(why string) error {
		return record.Errorf(record.Usage, "--%s cannot be %q: %s", flag, text, why).Advise("Write it as whole days (7d), or as 36h, 90m or 30s.")
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil && text != "0" {
		return 0, refuse("it has no unit")
	}
	d, err := time.ParseDuration(text)
	if number, isDays := strings.CutSuffix(text, "d"); isDays {
		var days int64
		days, err = strconv.ParseInt(number, 10, 64)
		if err == nil && days > math.MaxInt64/int64(day) {
			return 0, refuse("it is too long")
		}
		d = time.Duration(days) * day
		if days < 0 {
			d = -1
		}
	}
	switch {
	case err != nil:
		return 0, refuse("it is no length of time")
	case d < 0:
		return 0, refuse("it is negative")
	}
	return d, nil
}

// periods reads several flags that say how long.
func periods(u *urfave.Context, into map[string]*time.Duration) error {
	for flag, d := range into {
		var err error
		if *d, err = period(u, flag); err != nil {
			return err
		}
	}
	return nil
}

// inDays writes a length of time as [period] reads it.
func inDays(d time.Duration) string {
	if d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} { // 36h0m0s is 36h
		if short := strings.TrimSuffix(text, zero[1:]); strings.HasSuffix(text, zero) {
			text = short
		}
	}
	return text
}
