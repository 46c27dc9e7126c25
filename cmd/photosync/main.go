// Command photosync finds people whose on-premises photo and Microsoft 365
// photo have drifted apart, and brings them back together.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"photosync/internal/cli"
)

// garbage is the share of the live memory that may be garbage, in percent,
// unless GOGC says otherwise. With Go's own 100 a roster of 300,000 people takes
// twice the memory; what it costs in time was too little to be measured.
const garbage = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	// A reader that goes away (photosync drift | head) must not cut a write in
	// half: the failed output ends the run instead of the signal.
	signal.Ignore(syscall.SIGPIPE)
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup photosync outlives its terminal
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	context.AfterFunc(ctx, stop) // a second Ctrl+C ends the program at once
	code := cli.Run(ctx, os.Args, cli.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
