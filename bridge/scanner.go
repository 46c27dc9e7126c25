package bridge

import (
	"bufio"
	"bytes"
	"io"
)

// lineScanner splits the input into lines and keeps no line over MaxLine.
type lineScanner struct {
	in   *bufio.Reader
	line int    // number of the line that was read last
	long []byte // for a line that does not fit the reader's buffer
}

func newLineScanner(in io.Reader) *lineScanner {
	return &lineScanner{in: bufio.NewReaderSize(in, 64<<10)}
}

// next gives the next line that is not blank, without its end; it is valid
// until the call after. The last line may come with io.EOF: nothing ended it.
func (s *lineScanner) next() ([]byte, error) {
	for {
		line, err := s.read()
		if s.line == 1 {
			// PowerShell 5.1 writes one under code page 65001 before we are heard.
			line = bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF"))
		}
		if line = bytes.Trim(line, " \t\r\n"); len(line) > 0 || err != nil {
			return line, err
		}
	}
}

func (s *lineScanner) read() ([]byte, error) {
	s.line++
	s.long = s.long[:0]
	for {
		part, err := s.in.ReadSlice('\n')
		if len(s.long)+len(part) > MaxLine+1 || (err != nil && len(s.long)+len(part) > MaxLine) {
			s.long = nil
			return nil, breach("it is longer than %d bytes", MaxLine)
		}
		if len(s.long) == 0 && err != bufio.ErrBufferFull { //nolint:errorlint // bufio returns it bare
			return part, err
		}
		s.long = append(s.long, part...)
		if err != bufio.ErrBufferFull { //nolint:errorlint // bufio returns it bare
			return s.long, err
		}
	}
}
