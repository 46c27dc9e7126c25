//go:build !unix || solaris || aix || android

package state

import "os"

// unlock does nothing: here bbolt's lock of a file ends when that is closed.
func unlock(*os.File) error { return nil }
