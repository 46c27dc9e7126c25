package drift

import (
	"photosync/internal/photo"
	"photosync/internal/record"
)

// decision is what a row says beside the facts.
type decision struct {
	status record.Status
	reason record.Reason
	action record.Action
	side   record.Side // which changed since both agreed
}

func decide(f Facts, p Policy) decision {
	on, cloud := f.OnPremises, f.Cloud
	switch {
	case f.Err != nil:
		return decision{record.Unknown, record.ReadFailed, record.None, ""}
	case f.Match.Reason != "":
		return decision{record.Ambiguous, f.Match.Reason, record.Review, ""}
	case !f.Match.Found():
		return decision{record.NotInCloud, "", record.None, ""}
	case on.Defect != nil:
		return decision{record.Unreadable, on.Defect.Reason, record.Review, ""}
	case !on.Present && !cloud.Present:
		return decision{record.NoPhoto, "", record.None, ""}
	}
	d := byPictures(f, p)
	if on.Text && d.side == "" { // who changed a photo counts for more than how it is written down
		d.reason = record.Base64Text
	}
	if f.orphaned() && p.RemoveOrphans {
		d = orphan(f, p, d)
	}
	if f.unseen(d, p) {
		d.reason, d.action = record.NotVisibleYet, record.None
	}
	return d
}

// byPictures decides about somebody with a picture somewhere, and none that
// cannot be used.
func byPictures(f Facts, p Policy) decision {
	switch {
	case !f.OnPremises.Present:
		return cloudOnly(f)
	case !f.Cloud.Present:
		return onPremisesOnly(f, p)
	case f.Comparison.Verdict == photo.Same:
		return same(f, p)
	}
	if a := f.standing(); a != nil {
		return byAgreement(f, p, a)
	}
	return byBaseline(f, p)
}

// same decides about one picture on both sides.
func same(f Facts, p Policy) decision {
	reason := sameReason(f)
	if reason == record.CloudBetter && p.AllowDowngrade && !f.asWritten() {
		side := record.Side("")
		if a := f.standing(); a != nil && !f.cloudIs(a.CloudETag) { // somebody chose the better one
			side = record.Cloud
		}
		if side == "" || p.OnConflict == record.ConflictAD {
			return upload(f, reason, side)
		}
	}
	return decision{record.InSync, reason, record.None, ""}
}

// byAgreement decides about two pictures whose sides agreed once.
func byAgreement(f Facts, p Policy, a *Agreement) decision {
	onPremises, cloud := a.OnPremisesSHA256 != f.sha(), !f.cloudIs(a.CloudETag)
	switch {
	case onPremises && cloud:
		return conflict(f, p, record.BothChanged, record.Both)
	case onPremises:
		return upload(f, record.OnPremisesChanged, record.OnPremises)
	case cloud:
		return conflict(f, p, record.CloudChanged, record.Cloud)
	case a.Kind == Accepted:
		return decision{record.InSync, record.Accepted, record.None, ""}
	case a.Kind == Written: // as the service made it of what was written
		return decision{record.InSync, record.Reencoded, record.None, ""}
	}
	return byBaseline(f, p) // what was seen is contradicted by a comparison
}

// conflict decides about a cloud photo that somebody else changed.
func conflict(f Facts, p Policy, reason record.Reason, side record.Side) decision {
	switch p.OnConflict {
	case record.ConflictAD:
		return upload(f, reason, side)
	case record.ConflictCloud:
		return decision{record.InSync, record.Accepted, record.None, side}
	}
	return decision{record.Drifted, reason, record.None, side}
}

// upload has the on-premises picture replace the cloud's, but no placeholder a photo.
func upload(f Facts, reason record.Reason, side record.Side) decision {
	if f.hidesPhoto() {
		return decision{record.Drifted, record.PlaceholderPhoto, record.Review, side}
	}
	return decision{record.Drifted, reason, record.Upload, side}
}

// hidesPhoto reports whether an upload would put a placeholder in a photo's place.
func (f Facts) hidesPhoto() bool { return f.OnPremises.placeholder() && f.Cloud.Kind == photo.Photo }

// byBaseline decides about two pictures of which nobody has said which is right.
func byBaseline(f Facts, p Policy) decision {
	verdict := f.Comparison.Verdict
	switch {
	case verdict == photo.Different && p.Baseline == record.BaselineCloud:
		return decision{record.InSync, record.Accepted, record.None, ""}
	case f.hidesPhoto():
		return decision{record.Drifted, record.PlaceholderPhoto, record.Review, ""}
	case verdict == photo.Unsure:
		return decision{record.Drifted, record.Uncertain, record.Review, ""}
	case p.Baseline == record.BaselineAD:
		return decision{record.Drifted, record.BaselineOnPremises, record.Upload, ""}
	}
	return decision{record.Drifted, record.NoBaseline, record.Review, ""}
}

// onPremisesOnly decides about a picture that the cloud does not have.
func onPremisesOnly(f Facts, p Policy) decision {
	a := f.agreement()
	switch {
	case a == nil:
	case a.Kind == Removed:
		if f.disabledUser() {
			return decision{record.MissingInCloud, record.OrphanRemoved, record.None, ""}
		}
	case a.CloudETag != "":
		return cloudRemoved(f, p, a)
	case a.Kind == Accepted && a.OnPremisesSHA256 == f.sha():
		return decision{record.InSync, record.Accepted, record.None, ""}
	case a.Kind == Accepted:
		return decision{record.MissingInCloud, record.OnPremisesChanged, record.Upload, record.OnPremises}
	}
	return decision{record.MissingInCloud, record.NeverSynced, record.Upload, ""}
}

// cloudRemoved decides about a cloud photo that somebody else took away.
func cloudRemoved(f Facts, p Policy, a *Agreement) decision {
	d := decision{record.MissingInCloud, record.CloudRemoved, record.Review, record.Cloud}
	if a.OnPremisesSHA256 != f.sha() {
		d.side = record.Both
	}
	switch p.OnConflict {
	case record.ConflictAD:
		d.action = record.Upload
	case record.ConflictCloud:
		d.status, d.reason, d.action = record.InSync, record.Accepted, record.None
	}
	return d
}
