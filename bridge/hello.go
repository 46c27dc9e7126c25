package bridge

import (
	"runtime"
	"runtime/debug"
)

// Hello is what the binary says of itself in its first line.
type Hello struct {
	Build    Build
	Features []string // operations that it knows
}

// Build says what the binary was built from, and for what.
type Build struct {
	Version string `json:"version"`
	Commit  text   `json:"commit"` // "" when it is not known
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// Greeting gives the Hello of the running binary.
func Greeting(features ...string) Hello {
	b := Build{Version: Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Commit = text(s.Value)
			}
		}
	}
	return Hello{Build: b, Features: features}
}

// span is the protocol versions that the binary speaks.
type span struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

type helloLine struct {
	head
	Protocol span     `json:"protocol"`
	Build    Build    `json:"build"`
	Features []string `json:"features"`
}

func (h Hello) line() helloLine {
	return helloLine{
		head:     headOf("hello", 0),
		Protocol: span{ProtocolVersion, ProtocolVersion},
		Build:    h.Build,
		// A nil slice would be null.
		Features: append([]string{}, h.Features...),
	}
}
