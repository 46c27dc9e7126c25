package journal

import "os"

// steps are what a journal asks of the file system to make its writes last. Their
// order is what a power loss cannot undo; tests watch it.
type steps struct {
	write      func(f *os.File, content []byte) error
	sync       func(f *os.File) error
	rename     func(from, to string) error
	syncFolder func(dir string) error
}

var onDisk = steps{
	write: func(f *os.File, content []byte) error {
		_, err := f.Write(content)
		return err
	},
	sync:       (*os.File).Sync,
	rename:     os.Rename,
	syncFolder: syncFolder,
}
