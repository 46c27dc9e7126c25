package record

// ExitCode is the process's exit code. Code 2 is the Go runtime's (a panic)
// and never ours. A reader takes a code it does not know for a failure.
type ExitCode int

// The exit codes.
const (
	ExitOk            ExitCode = 0   // fine
	ExitFailed        ExitCode = 1   // failed: every person failed, or something without a code of its own
	ExitPartial       ExitCode = 3   // some people failed
	ExitDrift         ExitCode = 4   // drift was found; only with --drift-exit-code
	ExitBrake         ExitCode = 5   // a brake stopped the run; nothing was written
	ExitConfiguration ExitCode = 10  // settings are missing or wrong
	ExitCredentials   ExitCode = 11  // no credentials, or sign-in to Microsoft 365 failed
	ExitDirectory     ExitCode = 12  // the directory could not be reached, trusted, bound or read
	ExitGraph         ExitCode = 13  // Microsoft Graph refused or failed
	ExitState         ExitCode = 14  // state, journal or backups could not be read or written
	ExitUsage         ExitCode = 64  // the command line cannot be understood
	ExitCancelled     ExitCode = 130 // cancelled by Ctrl+C or SIGTERM
)

// ExitCodes lists every exit code with its meaning, in the published order.
var ExitCodes = []struct {
	Code    ExitCode
	Meaning string
}{
	{ExitOk, "fine"},
	{ExitFailed, "failed"},
	{ExitPartial, "partial: some people failed"},
	{ExitDrift, "drift found, only with --drift-exit-code"},
	{ExitBrake, "a brake; nothing was written"},
	{ExitConfiguration, "configuration"},
	{ExitCredentials, "credentials"},
	{ExitDirectory, "directory"},
	{ExitGraph, "Microsoft Graph"},
	{ExitState, "state or journal"},
	{ExitUsage, "usage"},
	{ExitCancelled, "cancelled"},
}

// precedence has the codes from the one that wins over all others downwards:
// 130, 10-14, 5, 1, 3, 4. A usage error ends a run before any other can occur.
var precedence = []ExitCode{
	ExitUsage, ExitCancelled, ExitConfiguration, ExitCredentials, ExitDirectory, ExitGraph, ExitState,
	ExitBrake, ExitFailed, ExitPartial, ExitDrift, ExitOk,
}

// Worst gives the code that wins when several are true of a run.
func Worst(codes ...ExitCode) ExitCode {
	for _, p := range precedence {
		for _, c := range codes {
			if c == p {
				return c
			}
		}
	}
	return ExitOk
}
