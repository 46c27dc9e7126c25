package journal

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// private lets SYSTEM, Administrators and the owner do everything, and nobody
// else anything. Nothing is inherited from above, everything below inherits it.
const private = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)"

// makePrivate makes one folder that has these rights from its first moment.
func makePrivate(dir string) error {
	descriptor, err := windows.SecurityDescriptorFromString(private)
	if err != nil {
		return &os.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return &os.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	rights := windows.SecurityAttributes{SecurityDescriptor: descriptor}
	rights.Length = uint32(unsafe.Sizeof(rights))
	if err := windows.CreateDirectory(name, &rights); err != nil {
		return &os.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return nil
}
