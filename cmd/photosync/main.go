// Command photosync finds people whose on-premises photo and Microsoft 365
// photo have drifted apart, and brings them back together.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"photosync/internal/cli"
)

func main() {
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
