package journal

import (
	"bytes"
	"io"
	"os"

	"photosync/internal/record"
)

// tailSize is how far back from the end of a file an end is looked for, in bytes:
// a run that was settled has outcomes after it.
const tailSize = 64 << 10

// endsInTail reports whether there is an end among the last lines of a run's file.
// There may be one before these. The error is JournalUnusable.
func endsInTail(path string) (bool, error) {
	text, err := tail(path)
	if err != nil {
		return false, record.Errorf(record.JournalUnusable, "read the journal %s: %w", path, err).On(path)
	}
	for len(text) > 0 { // the last first: an end is mostly that
		i := bytes.LastIndexByte(text, '\n') + 1
		if l, ok := decode(text[i:]); ok && l.Run == nil && l.Intent == nil && l.Outcome == nil && l.End != nil {
			return true, nil
		}
		text = text[:max(0, i-1)]
	}
	return false, nil
}

// tail gives the last bytes of a file, from the beginning of a line.
func tail(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, info.Size()-tailSize)
	text, err := io.ReadAll(io.NewSectionReader(f, from, tailSize))
	if from > 0 {
		_, text, _ = bytes.Cut(text, []byte{'\n'})
	}
	return text, err
}
