// Package drift says how a person's two photos stand to each other. It is
// pure: it gets the facts of both sides, what they agreed on before and the
// policy, and gives the row.
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
	Past       Past              // what earlier runs left behind
	Handed     bool              // the person was handed over: what is not on the object is not known, and nobody an orphan by it
	Err        error             // a read failed: nothing else is certain
}

// OnPremises is the directory's photo.
type OnPremises struct {
	Present bool
	photo.Facts
	Defect *photo.Defect // why the value is no usable picture
	Kind   photo.Kind    // "" when it was not decoded
	Detail int           // see photo.Detail; 0 when it was not measured
	Shared bool          // the picture was seen before, on another person
}

// Cloud is the photo that Microsoft 365 shows.
type Cloud struct {
	Present       bool
	ETag          string
	Width, Height int          // of the largest size the service has
	Format        photo.Format // "" when it was not downloaded
	Bytes         int64        // of the largest size, 0 when that was not downloaded
	Kind          photo.Kind   // "" when it was not asked: nobody's photo is at stake
	Detail        int          // of the largest size, see photo.Detail; 0 when it was not measured
}

// exchangeImportLimit is the size up to which Exchange Online took photos from
// the directory; source: Microsoft KB 3062745. attributeLimit is the rangeUpper
// of thumbnailPhoto in AD's schema.
const (
	exchangeImportLimit = 10 << 10
	attributeLimit      = 102_400
)

// Judge gives the row of one person: status, reason, findings, which side
// changed since both agreed, and the action that all this and the policy ask for.
func Judge(f Facts, p Policy) record.Row {
	r := describe(f)
	d := decide(f, p)
	r.Status, r.Reason, r.Action, r.ChangedSide = d.status, d.reason, d.action, d.side
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
		record.NotAnImage: record.PhotoNotAnImage, record.Truncated: record.PhotoTruncated,
		record.TooSmall: record.PhotoTooSmall, record.TooManyPixels: record.PhotoTooManyPixels,
		record.UnsupportedFormat: record.PhotoFormatUnsupported, record.PlaceholderPhoto: record.PhotoIsPlaceholder,
	}[f.OnPremises.Defect.Reason]
	if !known {
		code = record.PhotoNotAnImage
	}
	who := f.Person.Name()
	return record.Errorf(code, "read the on-premises photo of %s: %s", who, f.OnPremises.Defect.Detail).On(who)
}

func (o OnPremises) placeholder() bool { return o.Kind != "" && o.Kind != photo.Photo }

// largestRendition is the largest size that the service renders; source:
// Microsoft Graph's documentation of profilePhoto. A cloud photo of that size
// is not worse for being smaller than the original.
const largestRendition = 648

// Larger says which side has more pixels of the same picture, "" if neither
// has or if the service could not show more. Pixels are counted on the short
// side, because the service crops to a square.
func (f Facts) Larger() record.Side {
	on, cloud := min(f.OnPremises.Width, f.OnPremises.Height), f.Cloud.side()
	switch {
	case cloud > on:
		return record.Cloud
	case on > cloud && cloud < largestRendition:
		return record.OnPremises
	}
	return ""
}

func (c Cloud) side() int { return min(c.Width, c.Height) }

// CanBeBetter reports whether the cloud's photo has room for more detail than
// the on-premises picture has. If it has none, its detail need not be measured.
func (c Cloud) CanBeBetter(onPremises int) bool { return photo.Better(c.side(), onPremises) > 0 }

// sameReason says in which way the same picture is on both sides. More pixels
// alone make no better picture: it may have been enlarged. The cloud has no
// more detail than pixels.
func sameReason(f Facts) record.Reason {
	on, cloud := f.OnPremises.Detail, f.Cloud.Detail
	larger := f.Larger()
	switch {
	case f.Comparison.SameBytes:
		return record.Identical
	case larger == record.Cloud && on > 0 && photo.Better(cloud, on) > 0:
		return record.CloudBetter
	case larger == record.OnPremises && photo.Better(on, f.Cloud.side()) > 0:
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
	if f.OnPremises.placeholder() {
		found = append(found, record.Finding(f.OnPremises.Kind)) // they have the same names
	}
	if f.OnPremises.Shared {
		found = append(found, record.SharedPicture)
	}
	if f.orphaned() {
		found = append(found, record.Orphan)
	}
	return found
}
