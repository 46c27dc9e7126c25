package record

import (
	"strings"
	"time"
)

// Row is what is known of one person after a comparison: one line of
// `photosync drift`, one object of Get-PhotoDrift.
//
// Rows are flat. A field without a value (an empty string, a nil pointer, a
// zero time) is written as null; no field is ever left out. The type of a
// field in the contract follows from its Go type, its name is the Go name.
type Row struct {
	UserPrincipalName string
	DisplayName       string
	SamAccountName    string
	ObjectGuid        string // lower case, hyphenated
	DistinguishedName string
	CloudId           string
	MatchedBy         MatchKey

	Status      Status
	Reason      Reason
	Findings    string // comma-separated, see JoinFindings
	Action      Action
	ChangedSide Side
	Distance    *float64 // 0 (the same picture) to 1

	OnPremisesBytes     *int64
	OnPremisesFormat    string
	OnPremisesWidth     *int64 // pixels
	OnPremisesHeight    *int64
	OnPremisesSha256    string // lower-case hex of the bytes as the directory gave them
	OnPremisesChangedAt time.Time
	CloudBytes          *int64
	CloudFormat         string
	CloudWidth          *int64
	CloudHeight         *int64
	CloudETag           string // opaque, as the service gave it

	ErrorCode    Code
	ErrorMessage string
	Remedy       string
	RequestId    string // of the failed call, for Microsoft's support
}

// SetError puts err onto the row: its code, message, remedy and request id.
func (r *Row) SetError(err error) {
	e := From(err)
	r.ErrorCode, r.ErrorMessage, r.Remedy, r.RequestId = e.Code, e.Message(), e.Remedy(), e.RequestID
}

// Change is what was done, or would be done, for one person: one line of
// `photosync sync`, one object of Sync-UserPhoto. It is flat like [Row].
type Change struct {
	UserPrincipalName string
	DisplayName       string
	SamAccountName    string
	ObjectGuid        string
	CloudId           string

	Action           Action
	Status           ChangeStatus
	Reason           Reason
	OnPremisesSha256 string
	ETagBefore       string
	ETagAfter        string
	BackupSha256     string // names the backup of what was there before
	Bytes            *int64 // of what was uploaded
	RunId            string
	At               time.Time

	ErrorCode    Code
	ErrorMessage string
	Remedy       string
	RequestId    string // client-request-id of the write: the journal's id of it
}

// SetError puts err onto the change. The id of a write that was begun stays in
// RequestId; the service's own is then in the message.
func (c *Change) SetError(err error) {
	e := From(err)
	c.ErrorCode, c.ErrorMessage, c.Remedy = e.Code, e.Message(), e.Remedy()
	switch c.RequestId {
	case "":
		c.RequestId = e.RequestID
	case e.RequestID:
	default:
		c.ErrorMessage = e.Cited()
	}
}

// JoinFindings gives the findings as rows carry them: in the order of the
// published list, joined by commas, empty when there are none.
func JoinFindings(found ...Finding) string {
	var names []string
	for _, f := range Findings {
		for _, g := range found {
			if f == g {
				names = append(names, string(f))
				break
			}
		}
	}
	return strings.Join(names, ",")
}

// Ptr gives a pointer to v, for the fields that may be null.
func Ptr[T any](v T) *T { return &v }
