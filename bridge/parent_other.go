//go:build !windows

package bridge

import "os"

// parentGone gives a question that becomes true when the process that started
// this one is gone: an orphan gets another parent.
func parentGone() func() bool {
	parent := os.Getppid()
	return func() bool { return os.Getppid() != parent }
}
