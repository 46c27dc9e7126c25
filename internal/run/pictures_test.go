package run_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	xdraw "golang.org/x/image/draw"

	"photosync/internal/lab"
	"photosync/internal/record"
	"photosync/internal/run"
)

func encode(t *testing.T, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scaled gives a square JPEG of another size.
func scaled(t *testing.T, value []byte, side int) []byte {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(value))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	xdraw.CatmullRom.Scale(out, out.Rect, m, m.Bounds(), draw.Src, nil)
	return encode(t, out, 90)
}

// flatTile gives a picture of one colour.
func flatTile(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 96, 96))
	draw.Draw(m, m.Rect, image.NewUniform(color.RGBA{40, 90, 160, 255}), image.Point{}, draw.Src)
	return encode(t, m, 90)
}

// A value that is a picture as text is compared and uploaded as that picture.
func TestPhotoAsText(t *testing.T) {
	for name, text := range map[string]func([]byte) string{"base64": base64.StdEncoding.EncodeToString, "hex": hex.EncodeToString} {
		t.Run(name, func(t *testing.T) {
			company := small()
			who := company.Cases()[lab.CaseDrifted][0]
			person, _ := company.Person(who)
			l, o := start(t, company)
			value := text(person.Photo)
			l.Directory().SetPhoto(who, []byte(value))
			o.People, o.Baseline = run.Names(who), record.BaselineAD
			before := &sink{}
			if _, err := run.Drift(t.Context(), o, before); err != nil {
				t.Fatal(err)
			}
			r := before.rows[0]
			if r.Status != record.Drifted || r.Reason != record.Base64Text || r.Action != record.Upload || r.OnPremisesFormat != "JPEG" || *r.OnPremisesBytes != int64(len(value)) || r.ErrorCode != "" {
				t.Errorf("got %+v", r)
			}
			wet := &sink{}
			if _, err := run.Sync(t.Context(), o, answer(true), wet); err != nil || wet.changes[0].Status != record.Done || wet.changes[0].OnPremisesSha256 != r.OnPremisesSha256 {
				t.Errorf("sync: %v, %+v", err, wet.changes)
			}
			after := &sink{}
			if _, err := run.Drift(t.Context(), o, after); err != nil || after.rows[0].Status != record.InSync || after.rows[0].Reason != record.Base64Text {
				t.Errorf("after the sync: %v, %+v", err, after.rows)
			}
		})
	}
}

// A placeholder never replaces a photo, and is better than nothing.
func TestPlaceholderReplacesNoPhoto(t *testing.T) {
	company := small()
	photo, none := company.Cases()[lab.CaseDrifted][0], company.Cases()[lab.CaseMissingInCloud][0]
	for _, c := range []struct {
		who      string
		baseline record.Baseline
		status   record.Status
		reason   record.Reason
		action   record.Action
	}{
		{photo, record.BaselineReview, record.Drifted, record.PlaceholderPhoto, record.Review},
		{photo, record.BaselineAD, record.Drifted, record.PlaceholderPhoto, record.Review},
		{photo, record.BaselineCloud, record.InSync, record.Accepted, record.None},
		{none, record.BaselineAD, record.MissingInCloud, record.NeverSynced, record.Upload},
	} {
		l, o := start(t, company)
		l.Directory().SetPhoto(c.who, flatTile(t))
		o.People, o.Baseline = run.Names(c.who), c.baseline
		out := &sink{}
		if _, err := run.Drift(t.Context(), o, out); err != nil {
			t.Fatal(err)
		}
		r := out.rows[0]
		if r.Status != c.status || r.Reason != c.reason || r.Action != c.action || r.Findings != string(record.FlatTile) {
			t.Errorf("baseline %s: got %s/%s/%s, findings %q", c.baseline, r.Status, r.Reason, r.Action, r.Findings)
		}
		if _, err := run.Sync(t.Context(), o, answer(true), &sink{}); err != nil || (l.Graph().Writes() != 0) != (c.action == record.Upload) {
			t.Errorf("baseline %s: sync: %v, %d writes", c.baseline, err, l.Graph().Writes())
		}
	}
}

// The second person with a picture has the finding, and the first is named at
// the end: that row is out by then.
func TestPictureOfSomebodyElse(t *testing.T) {
	company := small()
	people := company.Cases()[lab.CaseInSync][:3]
	first, _ := company.Person(people[0])
	l, o := start(t, company)
	l.Directory().SetPhoto(people[2], scaled(t, first.Photo, 150))
	for name, who := range map[string][]string{"three people": people, "the whole scope": nil} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.People = run.Names(who...)
			out := &sink{}
			if _, err := run.Drift(t.Context(), o, out); err != nil {
				t.Fatal(err)
			}
			var with []string
			for _, r := range out.rows {
				if slices.Contains(strings.Split(r.Findings, ","), string(record.SharedPicture)) {
					with = append(with, r.UserPrincipalName)
				}
			}
			want := "1 person has the same on-premises picture as somebody before: " + people[2] + " as " + people[0]
			if !slices.Equal(with, people[2:]) || !slices.Equal(out.warnings, []string{want}) {
				t.Errorf("the finding is on %v, the warnings are %q", with, out.warnings)
			}
		})
	}
	o.People = run.Names(people[2])
	out := &sink{}
	if _, err := run.Drift(t.Context(), o, out); err != nil || len(out.warnings) != 0 || out.rows[0].Findings != "" {
		t.Errorf("alone: %v, %q, %q", err, out.warnings, out.rows[0].Findings)
	}
	sync := &sink{}
	o.People = run.Names(people...)
	if _, err := run.Sync(t.Context(), o, answer(true), sync); err != nil || len(sync.warnings) != 1 {
		t.Errorf("sync: %v, %q", err, sync.warnings)
	}
}

func TestManyWithOnePicture(t *testing.T) {
	company := small()
	l, o := start(t, company)
	for _, p := range company.People {
		l.Directory().SetPhoto(p.UserPrincipalName, flatTile(t))
	}
	l.Directory().Update(company.Cases()[lab.CaseInSync][0], func(p *lab.Person) { p.UserPrincipalName = "\x1b[2J@corp.example" })
	out := &sink{}
	if _, err := run.Drift(t.Context(), o, out); err != nil || len(out.warnings) != 1 {
		t.Fatalf("got %v, %q", err, out.warnings)
	}
	shared := 0
	for _, r := range out.rows {
		if strings.Contains(r.Findings, string(record.SharedPicture)) {
			shared++
		}
	}
	text := out.warnings[0]
	if shared < 10 || !strings.HasPrefix(text, fmt.Sprintf("%d people have ", shared)) || !strings.HasSuffix(text, fmt.Sprintf(", and %d more", shared-5)) ||
		strings.Count(text, " as \uFFFD[2J@corp.example") != 5 || strings.ContainsRune(text, '\x1b') {
		t.Errorf("got %q for %d people", text, shared)
	}
}

// More pixels are not more detail: of an enlarged thumbnail neither side is
// called better.
func TestWhichPictureIsBetter(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseCloudBetter][0]
	person, _ := company.Person(who)
	user, _ := company.CloudUser(who)
	for name, c := range map[string]struct {
		onPremises, cloud []byte
		fault             *lab.Fault // of the largest size
		reason            record.Reason
		downloads         int64
	}{
		"a larger original in the cloud":       {person.Photo, user.Photo, nil, record.CloudBetter, 2},
		"an enlarged thumbnail in the cloud":   {person.Photo, scaled(t, person.Photo, 648), nil, record.Reencoded, 2},
		"a small original in the cloud":        {scaled(t, user.Photo, 48), scaled(t, user.Photo, 112), nil, record.CloudBetter, 1},
		"hardly larger in the cloud":           {scaled(t, user.Photo, 112), scaled(t, user.Photo, 125), nil, record.Reencoded, 1},
		"a larger original on-premises":        {user.Photo, scaled(t, user.Photo, 96), nil, record.OnPremisesBetter, 1},
		"an enlarged thumbnail on-premises":    {scaled(t, person.Photo, 400), person.Photo, nil, record.Reencoded, 1},
		"a larger original that is not given":  {person.Photo, user.Photo, &lab.Fault{Status: 400, Code: "BadRequest"}, record.Reencoded, 2},
		"a larger original that is gone":       {person.Photo, user.Photo, &lab.Fault{Status: 404, Code: "ImageNotFound"}, record.Reencoded, 2},
		"a larger original that does not read": {person.Photo, user.Photo, &lab.Fault{RawBody: "GIF89a and no more", ContentType: "image/gif"}, record.Reencoded, 2},
	} {
		t.Run(name, func(t *testing.T) {
			l, o := start(t, company)
			l.Directory().SetPhoto(who, c.onPremises)
			if err := l.Graph().SetPhoto(user.ID, c.cloud); err != nil {
				t.Fatal(err)
			}
			l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				if strings.HasSuffix(r.Path, "/photo/$value") {
					return c.fault
				}
				return nil
			})
			o.People = run.Names(who)
			out := &sink{}
			s, err := run.Drift(t.Context(), o, out)
			if err != nil {
				t.Fatal(err)
			}
			r := out.rows[0]
			if r.Status != record.InSync || r.Reason != c.reason || r.ErrorCode != "" || s.Requests.Download != c.downloads {
				t.Errorf("got %s/%s after %d downloads", r.Status, r.Reason, s.Requests.Download)
			}
			if c.reason == record.CloudBetter && (r.CloudBytes == nil || r.CloudFormat != "JPEG") {
				t.Errorf("the cloud's photo has %v bytes and the format %q", r.CloudBytes, r.CloudFormat)
			}
		})
	}
}

// A failed read of a larger original counts like any other.
func TestMeasuringMayEndTheRun(t *testing.T) {
	company := small()
	l, o := start(t, company)
	o.People = run.Names(company.Cases()[lab.CaseCloudBetter][0])
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if strings.HasSuffix(r.Path, "/photo/$value") {
			return &lab.Fault{Status: 401, Code: "InvalidAuthenticationToken"}
		}
		return nil
	})
	out := &sink{}
	if _, err := run.Drift(t.Context(), o, out); record.CodeOf(err) != record.GraphTokenRejected || len(out.rows) != 0 {
		t.Errorf("got %v, %d rows", err, len(out.rows))
	}
}
