package run

import (
	"fmt"

	"photosync/internal/record"
)

// pass, warn and unknown make answers. A remedy is full sentences.

func pass(format string, args ...any) record.Check {
	return record.Check{Status: record.Pass, Evidence: fmt.Sprintf(format, args...)}
}

func warn(remedy, format string, args ...any) record.Check {
	return record.Check{Status: record.Warn, Evidence: fmt.Sprintf(format, args...), Remedy: remedy}
}

func unknown(remedy, format string, args ...any) record.Check {
	return record.Check{Status: record.CheckUnknown, Evidence: fmt.Sprintf(format, args...), Remedy: remedy}
}

// fail makes the answer of an error that runs would meet too.
func fail(err error) record.Check {
	c := record.Check{Status: record.Fail}
	c.SetError(err)
	return c
}

// unread makes the answer of an error that kept the question from a better one.
func unread(err error) record.Check {
	c := record.Check{Status: record.CheckUnknown}
	c.SetError(err)
	return c
}
