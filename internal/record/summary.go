package record

import "time"

// Summary is the end of a run: the file of --summary and the last lines on
// standard error. It is nested, not a row.
type Summary struct {
	Command      string
	RunId        string
	Outcome      Outcome
	ExitCode     int
	StartedAt    time.Time
	DurationMs   int64
	People       int64
	Statuses     Counts[Status]
	Changes      Counts[ChangeStatus]
	Requests     Requests
	ErrorCode    Code
	ErrorMessage string
	Remedy       string
}

// SetError puts err onto the summary.
func (s *Summary) SetError(err error) {
	e := From(err)
	s.ErrorCode, s.ErrorMessage, s.Remedy = e.Code, e.Cited(), e.Remedy()
}

// Counts counts values of a closed list. A value that was never seen counts 0
// and is written all the same.
type Counts[T ~string] map[T]int64

// NewCounts gives a count of 0 for each value of a closed list.
func NewCounts[T ~string](list []T) Counts[T] {
	c := make(Counts[T], len(list))
	for _, v := range list {
		c[v] = 0
	}
	return c
}

// Requests counts what a run asked of Microsoft Graph, retries included.
type Requests struct {
	Roster     int64 // pages of the roster and look-ups of named people
	Batch      int64 // reads of photo metadata: each $batch, and each single read that confirms one
	BatchItems int64 // people asked for in them
	Download   int64 // photos and renditions read
	Put        int64
	Delete     int64
	Throttled  int64 // answers 429 and 503, of requests and of single items in a batch
}
