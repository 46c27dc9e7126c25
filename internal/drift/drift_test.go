package drift_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"photosync/internal/drift"
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
)

var (
	found   = match.Match{CloudID: "c1", By: record.ByImmutableID}
	onPrem  = drift.OnPremises{Present: true, Facts: photo.Facts{Bytes: 5000, Format: photo.JPEG, Width: 96, Height: 96, SHA256: "aa"}}
	inCloud = drift.Cloud{Present: true, ETag: "e1", Width: 96, Height: 96, Format: photo.JPEG}
)

func compared(v photo.Verdict, distance float64) *photo.Comparison {
	return &photo.Comparison{Verdict: v, Distance: distance}
}

func TestStatusReasonAction(t *testing.T) {
	big := inCloud
	big.Width, big.Height = 648, 648
	large := onPrem
	large.Width, large.Height = 1000, 1500
	sharp := large
	sharp.Detail = 500
	measured := onPrem
	measured.Detail = 96
	bigSharp, bigBlurred := big, big
	bigSharp.Detail, bigBlurred.Detail = 400, 100
	text := onPrem
	text.Text = true
	initials, cloudInitials, cloudPhoto := onPrem, inCloud, inCloud
	initials.Kind, cloudInitials.Kind, cloudPhoto.Kind = photo.Initials, photo.Initials, photo.Photo
	textInitials := initials
	textInitials.Text = true
	broken := onPrem
	broken.Defect = &photo.Defect{Reason: record.Truncated}
	failed := record.Errorf(record.GraphFailed, "read")

	for name, c := range map[string]struct {
		facts    drift.Facts
		baseline record.Baseline
		status   record.Status
		reason   record.Reason
		action   record.Action
	}{
		"same bytes":         {drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: &photo.Comparison{Verdict: photo.Same, SameBytes: true}}, "", record.InSync, record.Identical, record.None},
		"re-encoded":         {drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Same, 0.01)}, "", record.InSync, record.Reencoded, record.None},
		"more in the cloud":  {drift.Facts{Match: found, OnPremises: measured, Cloud: bigSharp, Comparison: compared(photo.Same, 0)}, record.BaselineAD, record.InSync, record.CloudBetter, record.None},
		"enlarged in cloud":  {drift.Facts{Match: found, OnPremises: measured, Cloud: bigBlurred, Comparison: compared(photo.Same, 0)}, "", record.InSync, record.Reencoded, record.None},
		"cloud not measured": {drift.Facts{Match: found, OnPremises: measured, Cloud: big, Comparison: compared(photo.Same, 0)}, "", record.InSync, record.Reencoded, record.None},
		"AD not measured":    {drift.Facts{Match: found, OnPremises: onPrem, Cloud: bigSharp, Comparison: compared(photo.Same, 0)}, "", record.InSync, record.Reencoded, record.None},
		"more on-premises":   {drift.Facts{Match: found, OnPremises: sharp, Cloud: inCloud, Comparison: compared(photo.Same, 0)}, "", record.InSync, record.OnPremisesBetter, record.None},
		"enlarged in AD":     {drift.Facts{Match: found, OnPremises: large, Cloud: inCloud, Comparison: compared(photo.Same, 0)}, "", record.InSync, record.Reencoded, record.None},
		"all there can be":   {drift.Facts{Match: found, OnPremises: sharp, Cloud: big, Comparison: compared(photo.Same, 0)}, "", record.InSync, record.Reencoded, record.None},
		"text, same":         {drift.Facts{Match: found, OnPremises: text, Cloud: inCloud, Comparison: compared(photo.Same, 0)}, "", record.InSync, record.Base64Text, record.None},
		"text, differ, AD":   {drift.Facts{Match: found, OnPremises: text, Cloud: inCloud, Comparison: compared(photo.Different, 0.6)}, record.BaselineAD, record.Drifted, record.Base64Text, record.Upload},
		"text, missing":      {drift.Facts{Match: found, OnPremises: text}, "", record.MissingInCloud, record.Base64Text, record.Upload},
		"text, not in cloud": {drift.Facts{OnPremises: text}, "", record.NotInCloud, "", record.None},
		"initials, photo":    {drift.Facts{Match: found, OnPremises: initials, Cloud: cloudPhoto, Comparison: compared(photo.Different, 0.6)}, record.BaselineAD, record.Drifted, record.PlaceholderPhoto, record.Review},
		"initials, unsure":   {drift.Facts{Match: found, OnPremises: initials, Cloud: cloudPhoto, Comparison: compared(photo.Unsure, 0.2)}, "", record.Drifted, record.PlaceholderPhoto, record.Review},
		"initials, accepted": {drift.Facts{Match: found, OnPremises: initials, Cloud: cloudPhoto, Comparison: compared(photo.Different, 0.6)}, record.BaselineCloud, record.InSync, record.Accepted, record.None},
		"initials, same":     {drift.Facts{Match: found, OnPremises: initials, Cloud: inCloud, Comparison: compared(photo.Same, 0)}, "", record.InSync, record.Reencoded, record.None},
		"initials, initials": {drift.Facts{Match: found, OnPremises: initials, Cloud: cloudInitials, Comparison: compared(photo.Different, 0.6)}, record.BaselineAD, record.Drifted, record.BaselineOnPremises, record.Upload},
		"initials, missing":  {drift.Facts{Match: found, OnPremises: initials}, "", record.MissingInCloud, record.NeverSynced, record.Upload},
		"initials as text":   {drift.Facts{Match: found, OnPremises: textInitials, Cloud: cloudPhoto, Comparison: compared(photo.Different, 0.6)}, record.BaselineAD, record.Drifted, record.Base64Text, record.Review},
		"differ":             {drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Different, 0.6)}, "", record.Drifted, record.NoBaseline, record.Review},
		"differ, review":     {drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Different, 0.6)}, record.BaselineReview, record.Drifted, record.NoBaseline, record.Review},
		"differ, AD":         {drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Different, 0.6)}, record.BaselineAD, record.Drifted, record.BaselineOnPremises, record.Upload},
		"differ, cloud":      {drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Different, 0.6)}, record.BaselineCloud, record.InSync, record.Accepted, record.None},
		"unsure, even so":    {drift.Facts{Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Unsure, 0.2)}, record.BaselineAD, record.Drifted, record.Uncertain, record.Review},
		"missing in cloud":   {drift.Facts{Match: found, OnPremises: onPrem}, "", record.MissingInCloud, record.NeverSynced, record.Upload},
		"cloud only":         {drift.Facts{Match: found, Cloud: inCloud}, record.BaselineAD, record.MissingOnPremises, "", record.None},
		"neither":            {drift.Facts{Match: found}, "", record.NoPhoto, "", record.None},
		"not in cloud":       {drift.Facts{OnPremises: onPrem}, record.BaselineAD, record.NotInCloud, "", record.None},
		"not in cloud, bad":  {drift.Facts{OnPremises: broken}, "", record.NotInCloud, "", record.None},
		"ambiguous":          {drift.Facts{Match: match.Match{CloudID: "c1", Reason: record.AnchorMismatch}, OnPremises: onPrem}, record.BaselineAD, record.Ambiguous, record.AnchorMismatch, record.Review},
		"two cloud users":    {drift.Facts{Match: match.Match{Reason: record.TwoCloudUsers}, OnPremises: onPrem}, record.BaselineAD, record.Ambiguous, record.TwoCloudUsers, record.Review},
		"unreadable":         {drift.Facts{Match: found, OnPremises: broken, Cloud: inCloud}, record.BaselineAD, record.Unreadable, record.Truncated, record.Review},
		"unreadable, no one": {drift.Facts{Match: found, OnPremises: broken}, "", record.Unreadable, record.Truncated, record.Review},
		"a read failed":      {drift.Facts{Match: found, OnPremises: onPrem, Err: failed}, record.BaselineAD, record.Unknown, record.ReadFailed, record.None},
	} {
		t.Run(name, func(t *testing.T) {
			r := drift.Judge(c.facts, drift.Policy{Baseline: c.baseline})
			if r.Status != c.status || r.Reason != c.reason || r.Action != c.action {
				t.Errorf("got %s/%s/%s, want %s/%s/%s", r.Status, r.Reason, r.Action, c.status, c.reason, c.action)
			}
		})
	}
}

func TestRowCarriesWhatWasRead(t *testing.T) {
	id, err := match.ParseGUID("00112233-4455-6677-8899-aabbccddeeff")
	if err != nil {
		t.Fatal(err)
	}
	p := match.Person{ObjectGUID: id, UserPrincipalName: "a@corp.example", DisplayName: "A", SamAccountName: "a", DN: "CN=A"}
	got := drift.Judge(drift.Facts{Person: p, Match: found, OnPremises: onPrem, Cloud: inCloud, Comparison: compared(photo.Different, 0.5)}, drift.Policy{})
	want := record.Row{
		UserPrincipalName: "a@corp.example", DisplayName: "A", SamAccountName: "a", DistinguishedName: "CN=A",
		ObjectGuid: "00112233-4455-6677-8899-aabbccddeeff", CloudId: "c1", MatchedBy: record.ByImmutableID,
		Status: record.Drifted, Reason: record.NoBaseline, Action: record.Review, Distance: record.Ptr(0.5),
		OnPremisesBytes: record.Ptr(int64(5000)), OnPremisesFormat: "JPEG", OnPremisesSha256: "aa",
		OnPremisesWidth: record.Ptr(int64(96)), OnPremisesHeight: record.Ptr(int64(96)),
		CloudETag: "e1", CloudFormat: "JPEG", CloudWidth: record.Ptr(int64(96)), CloudHeight: record.Ptr(int64(96)),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestErrorIsOnTheRow(t *testing.T) {
	e := record.Errorf(record.GraphFailed, "read the photo of a")
	e.RequestID = "r1"
	r := drift.Judge(drift.Facts{Match: found, Err: e}, drift.Policy{})
	if r.ErrorCode != record.GraphFailed || r.ErrorMessage != "read the photo of a" || r.Remedy == "" || r.RequestId != "r1" {
		t.Errorf("got %+v", r)
	}
}

func TestFindings(t *testing.T) {
	const disabled, remoteShared, onPremisesMailbox = 0x202, 34359738368, 1
	size := func(n int64) drift.OnPremises { return drift.OnPremises{Present: true, Facts: photo.Facts{Bytes: n}} }
	for name, c := range map[string]struct {
		facts drift.Facts
		want  string
	}{
		"none":           {drift.Facts{OnPremises: size(10240)}, ""},
		"over 10 KB":     {drift.Facts{OnPremises: size(10241)}, "OverExchangeImportLimit"},
		"at 100 KB":      {drift.Facts{OnPremises: size(102400)}, "OverExchangeImportLimit"},
		"over 100 KB":    {drift.Facts{OnPremises: size(102401)}, "OverExchangeImportLimit,OverAttributeLimit"},
		"disabled":       {drift.Facts{Person: match.Person{AccountControl: disabled}}, "DisabledAccount"},
		"shared mailbox": {drift.Facts{Person: match.Person{AccountControl: disabled, RecipientType: remoteShared}}, "SharedMailbox"},
		"a photo":        {drift.Facts{OnPremises: drift.OnPremises{Kind: photo.Photo}}, ""},
		"a flat tile":    {drift.Facts{OnPremises: drift.OnPremises{Kind: photo.FlatTile}}, "FlatTile"},
		"initials":       {drift.Facts{OnPremises: drift.OnPremises{Kind: photo.Initials}}, "Initials"},
		"a silhouette":   {drift.Facts{OnPremises: drift.OnPremises{Kind: photo.Silhouette, Shared: true}}, "Silhouette,SharedPicture"},
		"mailbox here":   {drift.Facts{Person: match.Person{RecipientType: onPremisesMailbox}}, "MailboxOnPremises"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := drift.Judge(c.facts, drift.Policy{}).Findings; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestUnreadableRowsSayWhatToDo(t *testing.T) {
	for _, reason := range []record.Reason{
		record.NotAnImage, record.Truncated, record.TooSmall, record.TooManyPixels, record.UnsupportedFormat, record.PlaceholderPhoto,
	} {
		on := onPrem
		on.Defect = &photo.Defect{Reason: reason, Detail: "so it is"}
		r := drift.Judge(drift.Facts{Person: match.Person{UserPrincipalName: "a@corp.example"}, Match: found, OnPremises: on}, drift.Policy{})
		if r.Status != record.Unreadable || r.ErrorCode.Entry().Exit == 0 || r.ErrorCode == record.InternalError ||
			r.ErrorMessage != "read the on-premises photo of a@corp.example: so it is" || r.Remedy != r.ErrorCode.Entry().Remedy {
			t.Errorf("%s: got %+v", reason, r)
		}
	}
}
