package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"photosync/internal/record"
)

// suffix ends the names of files that hold lines.
const suffix = ".jsonl"

// maxLine bounds a line in bytes, without its end. A longer one is not written,
// and skipped when it is read.
const maxLine = 1 << 20

// runID is what the id of a run looks like: it is a file's name as well.
var runID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func isRunID(id string) bool { return runID.MatchString(id) }

// Run says which run a journal belongs to.
type Run struct {
	RunID     string    `json:"runId"` // a UUID of version 7, lower case: it sorts by time
	Command   string    `json:"command"`
	Version   string    `json:"version"`
	User      string    `json:"user"` // the account that runs photosync
	Host      string    `json:"host"`
	Tenant    string    `json:"tenant"`
	Directory string    `json:"directory"` // the domain controller
	Graph     string    `json:"graph"`     // the Graph root
	StartedAt time.Time `json:"startedAt"`
	Restores  string    `json:"restores,omitempty"`  // the run that this one undoes
	Recipient string    `json:"recipient,omitempty"` // age public key that backups of this run are encrypted for
}

// Intent is a write that is about to be sent.
type Intent struct {
	ID                string        `json:"id"` // client-request-id of the write
	At                time.Time     `json:"at"`
	ObjectGUID        string        `json:"objectGuid"` // lower case, hyphenated; "" when it is not known
	UserPrincipalName string        `json:"userPrincipalName"`
	DisplayName       string        `json:"displayName"`
	SamAccountName    string        `json:"samAccountName"`
	CloudID           string        `json:"cloudId"`
	Action            record.Action `json:"action"`
	Reason            record.Reason `json:"reason"` // why it is to be written
	OnPremisesSHA256  string        `json:"onPremisesSha256"`
	ETagBefore        string        `json:"eTagBefore"`         // "" when there was no photo
	BackupSHA256      string        `json:"backupSha256"`       // "" when there was no photo
	Restores          string        `json:"restores,omitempty"` // id of the write that this one undoes
}

// Outcome is what became of an intent. A later one of the same id replaces it:
// what was Pending is settled by a later run.
type Outcome struct {
	ID        string              `json:"id"`
	At        time.Time           `json:"at"`
	Status    record.ChangeStatus `json:"status"`
	Reason    record.Reason       `json:"reason"`
	ETagAfter string              `json:"eTagAfter"`
	ErrorCode record.Code         `json:"errorCode"`
}

// End says when and how a run came to its end.
type End struct {
	At      time.Time      `json:"at"`
	Outcome record.Outcome `json:"outcome"`
}

// line is one line of a file; exactly one of its parts is set. A newer version
// may write parts that this one does not know.
type line struct {
	Run       *Run       `json:"run,omitempty"`
	Intent    *Intent    `json:"intent,omitempty"`
	Outcome   *Outcome   `json:"outcome,omitempty"`
	End       *End       `json:"end,omitempty"`
	Forgotten *forgotten `json:"forgotten,omitempty"`
}

// encode gives a line as files have it, with its end.
func (l line) encode() ([]byte, error) {
	text, err := json.Marshal(l)
	if err == nil && len(text) > maxLine {
		err = fmt.Errorf("it takes %d bytes, more than %d", len(text), maxLine)
	}
	return append(text, '\n'), err
}

// eachLine gives the lines of r without their ends, also a last one that has
// none. It holds no more than maxLine bytes; of a longer line it gives what it holds.
// The bytes are good until yield returns.
func eachLine(r io.Reader, yield func(text []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var text []byte
	for {
		part, err := in.ReadSlice('\n')
		text = append(text, part[:min(len(part), maxLine+1-len(text))]...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return err
		}
		if n := len(text); n > 0 && text[n-1] == '\n' {
			text = text[:n-1]
		}
		if len(text) > 0 {
			if err := yield(text); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
		text = text[:0]
	}
}
