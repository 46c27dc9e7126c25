//go:build unix && !solaris && !aix && !android

package state

import (
	"os"
	"syscall"
)

// unlock gives up bbolt's lock of a file. To close it is not enough: memory that
// is mapped holds on to the lock.
func unlock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
