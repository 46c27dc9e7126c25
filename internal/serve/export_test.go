package serve

import (
	"context"
	"io"
	"time"

	"photosync/internal/record"
)

// Impatiently is Serve with a watchdog of its own.
func Impatiently(watchdog time.Duration) func(context.Context, io.Reader, io.Writer, func(string) string) record.ExitCode {
	return func(ctx context.Context, in io.Reader, out io.Writer, getenv func(string) string) record.ExitCode {
		return serve(ctx, in, out, getenv, watchdog)
	}
}
