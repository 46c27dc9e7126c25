// Package drift says how a person's two photos stand to each other. It is
// pure: it gets the facts of both sides and gives the row.
//
// Start with [Judge].
package drift

import (
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
)

// Facts are what was read about one person. The zero values of OnPremises and
// Cloud say that there is no photo.
type Facts struct {
	Person     match.Person
	Match      match.Match
	OnPremises OnPremises
	Cloud      Cloud
	Comparison *photo.Comparison // set when both sides have a usable picture
	Err        error             // a read failed: nothing else is certain
}

// OnPremises is the directory's photo.
type OnPremises struct {
	Present bool
	photo.Facts
	Defect *photo.Defect // why the value is no usable picture
}

// Cloud is the photo that Microsoft 365 shows.
type Cloud struct {
	Present       bool
	ETag          string
	Width, Height int          // of the largest size the service has
	Format        photo.Format // "" when it was not downloaded
	Bytes         int64        // of the largest size, 0 when that was not downloaded
}

// exchangeImportLimit is the size up to which Exchange Online took photos from
// the directory; source: Microsoft KB 3062745. attributeLimit is the rangeUpper
// of thumbnailPhoto in AD's schema.
const (
	exchangeImportLimit = 10 << 10
	attributeLimit      = 102_400
)

// Judge gives the row of one person: status, reason, findings, and the action
// that the status and the baseline ask for.
func Judge(f Facts, b record.Baseline) record.Row {
	r := describe(f)
	r.Status, r.Reason, r.Action = judge(f, b)
	if r.Status == record.Unreadable {
		f.Err = unreadable(f)
	}
	if f.Err != nil {
		r.SetError(f.Err)
	}
	return r
}

// unreadable tells of a value that is no usable picture, by the code of its reason.
func unreadable(f Facts) error {
	code, known := map[record.Reason]record.Code{
		record.NotAnImage: record.PhotoNotAnImage, record.Base64Text: record.PhotoIsBase64Text, record.Truncated: record.PhotoTruncated,
		record.TooSmall: record.PhotoTooSmall, record.TooManyPixels: record.PhotoTooManyPixels,
		record.UnsupportedFormat: record.PhotoFormatUnsupported, record.PlaceholderPhoto: record.PhotoIsPlaceholder,
	}[f.OnPremises.Defect.Reason]
	if !known {
		code = record.PhotoNotAnImage
	}
	who := f.Person.Name()
	return record.Errorf(code, "read the on-premises photo of %s: %s", who, f.OnPremises.Defect.Detail).On(who)
}

func judge(f Facts, b record.Baseline) (record.Status, record.Reason, record.Action) {
	on, cloud := f.OnPremises, f.Cloud
	switch {
	case f.Err != nil:
		return record.Unknown, record.ReadFailed, record.None
	case f.Match.Reason != "":
		return record.Ambiguous, f.Match.Reason, record.Review
	case !f.Match.Found():
		return record.NotInCloud, "", record.None
	case on.Defect != nil:
		return record.Unreadable, on.Defect.Reason, record.Review
	case !on.Present && !cloud.Present:
		return record.NoPhoto, "", record.None
	case !on.Present:
		return record.MissingOnPremises, "", record.None
	case !cloud.Present:
		return record.MissingInCloud, record.NeverSynced, record.Upload
	}
	switch f.Comparison.Verdict {
	case photo.Same:
		return record.InSync, sameReason(f), record.None
	case photo.Unsure:
		return record.Drifted, record.Uncertain, record.Review
	}
	switch b {
	case record.BaselineAD:
		return record.Drifted, record.BaselineOnPremises, record.Upload
	case record.BaselineCloud:
		return record.InSync, record.Accepted, record.None
	}
	return record.Drifted, record.NoBaseline, record.Review
}

// largestRendition is the largest size that the service renders; source:
// Microsoft Graph's documentation of profilePhoto. A cloud photo of that size
// is not worse for being smaller than the original.
const largestRendition = 648

// sameReason says in which way the same picture is on both sides. Detail is
// judged by the short side, because the service crops to a square.
func sameReason(f Facts) record.Reason {
	on := min(f.OnPremises.Width, f.OnPremises.Height)
	cloud := min(f.Cloud.Width, f.Cloud.Height)
	switch {
	case f.Comparison.SameBytes:
		return record.Identical
	case cloud > on:
		return record.CloudBetter
	case on > cloud && cloud < largestRendition:
		return record.OnPremisesBetter
	}
	return record.Reencoded
}

// describe fills in who the person is and what each side holds.
func describe(f Facts) record.Row {
	p := f.Person
	r := record.Row{
		UserPrincipalName: p.UserPrincipalName,
		DisplayName:       p.DisplayName,
		SamAccountName:    p.SamAccountName,
		DistinguishedName: p.DN,
		CloudId:           f.Match.CloudID,
		MatchedBy:         f.Match.By,
		Findings:          record.JoinFindings(findings(f)...),
	}
	if !p.ObjectGUID.IsZero() {
		r.ObjectGuid = p.ObjectGUID.String()
	}
	if on := f.OnPremises; on.Present {
		r.OnPremisesBytes = record.Ptr(on.Bytes)
		r.OnPremisesFormat = string(on.Format)
		r.OnPremisesSha256 = on.SHA256
		r.OnPremisesWidth, r.OnPremisesHeight = pixels(on.Width), pixels(on.Height)
	}
	if cloud := f.Cloud; cloud.Present {
		r.CloudETag = cloud.ETag
		r.CloudFormat = string(cloud.Format)
		r.CloudWidth, r.CloudHeight = pixels(cloud.Width), pixels(cloud.Height)
		if cloud.Bytes > 0 {
			r.CloudBytes = record.Ptr(cloud.Bytes)
		}
	}
	if f.Comparison != nil {
		r.Distance = record.Ptr(f.Comparison.Distance)
	}
	return r
}

func pixels(n int) *int64 {
	if n <= 0 {
		return nil
	}
	return record.Ptr(int64(n))
}

func findings(f Facts) []record.Finding {
	var found []record.Finding
	if f.OnPremises.Bytes > exchangeImportLimit {
		found = append(found, record.OverExchangeImportLimit)
	}
	if f.OnPremises.Bytes > attributeLimit {
		found = append(found, record.OverAttributeLimit)
	}
	shared := f.Person.SharedMailbox()
	if f.Person.Disabled() && !shared {
		found = append(found, record.DisabledAccount)
	}
	if shared {
		found = append(found, record.SharedMailbox)
	}
	if f.Person.MailboxOnPremises() {
		found = append(found, record.MailboxOnPremises)
	}
	return found
}
