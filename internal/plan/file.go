package plan

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"photosync/internal/record"
)

// A plan file is JSON Lines in pure ASCII: a line of the plan, then one of each
// change. Each line carries the hash of its own values, and a change's hash is
// over the id of the run that made the plan too: lines may be deleted, which is
// the review, and neither altered nor added.

// Header says what a plan file is of: its first line. Of what [Plan.Write] is
// given, the numbers are taken from the plan.
type Header struct {
	Version   string // of photosync
	RunID     string // of the run that made the plan
	Tenant    string
	Graph     string // the root of Microsoft Graph
	Directory string // the domain
	CreatedAt time.Time

	People     int64 // who was looked at
	Photos     int64 // of those: with an on-premises photo
	Unread     int64 // of those: their photos could not be read
	Last       Size  // what the directory gave at the run before
	WholeScope bool
	Uploads    int
	Removes    int

	Settings string // what decided, for people: "baseline OnPremises, on-conflict Skip"
}

// formatVersion is the version of the file's format.
const formatVersion = 1

const (
	maxFile = 256 << 20 // bytes
	maxLine = 64 << 10  // bytes in UTF-8
)

// Write writes the plan to w as a plan file. Restores are never in one, nor is
// anybody twice: such a plan gives an InternalError. Errors of w are given as they are.
func (p *Plan) Write(w io.Writer, h Header) error {
	h.People, h.Photos, h.Unread, h.Last, h.WholeScope = p.People, p.Photos, p.Unread, p.Last, p.WholeScope
	h.Uploads, h.Removes = p.Uploads, p.Removes
	out := bufio.NewWriter(w)
	line := h.object().sealed("")
	_, err := out.Write(append(line, '\n'))
	seen := make(people)
	for i, c := range p.Changes {
		if err != nil {
			return err
		}
		why := c.unfit()
		if _, added := seen.add(c, i+1); why == "" && !added {
			why = "the person is in the plan already"
		}
		if why != "" {
			return record.Errorf(record.InternalError, "write the plan's change of %s: %s", c.name(), why).On(c.name())
		}
		line = c.object().sealed(h.RunID)
		if len(line) > maxLine {
			return record.Errorf(record.InternalError, "write the plan's change of %s: it takes more than %d bytes", c.name(), maxLine).On(c.name())
		}
		_, err = out.Write(append(line, '\n'))
	}
	return errors.Join(err, out.Flush())
}

// object gives the header's properties as the file has them.
func (h *Header) object() object {
	return object{
		{formatKey, number(formatVersion)},
		{"Version", text{&h.Version}}, {"RunId", text{&h.RunID}}, {"Tenant", text{&h.Tenant}}, {"Graph", text{&h.Graph}}, {"Directory", text{&h.Directory}},
		{"CreatedAt", moment{&h.CreatedAt}},
		{"People", count[int64]{&h.People}}, {"Photos", count[int64]{&h.Photos}}, {"Unread", count[int64]{&h.Unread}},
		{"LastPeople", count[int64]{&h.Last.People}}, {"LastPhotos", count[int64]{&h.Last.Photos}},
		{"WholeScope", yesNo{&h.WholeScope}}, {"Uploads", count[int]{&h.Uploads}}, {"Removes", count[int]{&h.Removes}},
		{"Settings", text{&h.Settings}},
	}
}

// object gives the change's properties as the file has them.
func (c *Change) object() object {
	return object{
		{"UserPrincipalName", text{&c.UserPrincipalName}}, {"DisplayName", text{&c.DisplayName}}, {"SamAccountName", text{&c.SamAccountName}},
		{"ObjectGuid", text{&c.ObjectGUID}}, {"CloudId", text{&c.CloudID}},
		{"Action", text{(*string)(&c.Action)}}, {"Reason", text{(*string)(&c.Reason)}},
		{"OnPremisesSha256", text{&c.OnPremisesSHA256}}, {"CloudETag", text{&c.ETag}},
	}
}

// name names the person of a change in messages.
func (c Change) name() string {
	return cmp.Or(c.UserPrincipalName, c.SamAccountName, c.ObjectGUID, c.CloudID, "nobody")
}

// unfit says why a change has no place in a plan file, "" if it has one.
func (c Change) unfit() string {
	sum, err := hex.DecodeString(c.OnPremisesSHA256)
	switch {
	case c.Restore:
		return "it puts back what was there before"
	case c.Action != record.Upload && c.Action != record.Remove:
		return fmt.Sprintf("it would write nothing, but %q", string(c.Action))
	case c.CloudID == "":
		return "it names no cloud user"
	case c.OnPremisesSHA256 == "" && c.Action == record.Remove:
		return ""
	case err != nil || len(sum) != 32 || hex.EncodeToString(sum) != c.OnPremisesSHA256:
		return fmt.Sprintf("%q is no hash of an on-premises photo", c.OnPremisesSHA256)
	}
	return ""
}

// people are the people of a plan, by their ids, and where they are in it.
type people map[string]int

// add adds the person of a change. Of somebody who is there already, it says where.
func (p people) add(c Change, where int) (first int, added bool) {
	ids := []string{"user " + c.CloudID}
	if c.ObjectGUID != "" {
		ids = append(ids, "person "+c.ObjectGUID)
	}
	for _, id := range ids {
		if first, there := p[id]; there {
			return first, false
		}
	}
	for _, id := range ids {
		p[id] = where
	}
	return where, true
}
