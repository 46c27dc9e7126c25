package record

// Check is the answer to one question of `photosync check`: whether something
// that a run needs is there. It is a flat row.
type Check struct {
	Check     string      // the question, by a stable PascalCase name
	Status    CheckStatus //
	Evidence  string      // what was seen
	Remedy    string      // what to do, "" for Pass
	ErrorCode Code        // "" where no error was met
	RequestId string      // of the call to Microsoft Graph that failed, "" if none did
}

// CheckStatus is how the answer to a question is to be taken. The list is closed.
type CheckStatus string

// The statuses of a [Check].
const (
	Pass         CheckStatus = "Pass"    // it is as it has to be
	Warn         CheckStatus = "Warn"    // runs work, and something will surprise somebody
	Fail         CheckStatus = "Fail"    // runs will fail, or part of them
	CheckUnknown CheckStatus = "Unknown" // it could not be found out
)

// CheckStatuses lists every [CheckStatus], in the order in which summaries show them.
var CheckStatuses = []CheckStatus{Pass, Warn, Fail, CheckUnknown}

// SetError puts err onto the check, as the reason for its status.
func (c *Check) SetError(err error) {
	e := From(err)
	c.Evidence, c.Remedy, c.ErrorCode, c.RequestId = e.Message(), e.Remedy(), e.Code, e.RequestID
}
