package bridge

import (
	"os"
	"syscall"
)

// parentGone gives a question that becomes true when the process that started
// this one is gone. It holds a handle from the beginning, because Windows uses
// the number of a process again. Waiting for the handle could not be given up,
// so it is only asked.
func parentGone() func() bool {
	parent, err := os.FindProcess(os.Getppid())
	if err != nil {
		// It is gone already, or above us in rights: nothing can be said of it.
		return func() bool { return false }
	}
	return func() bool {
		var state uint32
		err := parent.WithHandle(func(handle uintptr) {
			state, _ = syscall.WaitForSingleObject(syscall.Handle(handle), 0)
		})
		return err == nil && state == syscall.WAIT_OBJECT_0
	}
}
