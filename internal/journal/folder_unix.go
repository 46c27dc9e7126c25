//go:build !windows

package journal

import "os"

// makePrivate makes one folder that only its owner can use.
func makePrivate(dir string) error { return os.Mkdir(dir, 0o700) }
