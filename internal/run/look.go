package run

import (
	"context"
	"errors"
	"fmt"

	"photosync/internal/photo"
	"photosync/internal/record"
)

func (c *comparer) decode(value []byte) (*photo.Picture, error) {
	defer c.decoding()()
	return photo.Decode(value)
}

// detail gives a picture's real detail, 0 if it cannot be decoded.
func (c *comparer) detail(value []byte) int {
	defer c.decoding()()
	n, err := photo.Detail(value)
	if err != nil {
		return 0
	}
	return n
}

// decoding takes a place for decoding a picture and gives the function that
// leaves it.
func (c *comparer) decoding() (leave func()) {
	c.decodes <- struct{}{}
	return func() { <-c.decodes }
}

// look inspects the on-premises photo and compares it where there are two. The
// photo is held until then and forgotten with look, but for that of somebody
// handed over.
func (c *comparer) look(ctx context.Context, p *candidate) error {
	stored := p.photo
	p.photo = nil
	if p.handed {
		p.kept = stored
	}
	if stored != nil {
		p.OnPremises.Present = true
		facts, err := photo.Inspect(stored)
		p.OnPremises.Facts, p.OnPremises.Defect = facts, defect(err)
	}
	if stored == nil || p.Err != nil || !p.Match.Found() || p.OnPremises.Defect != nil {
		return nil
	}
	was, known := c.past.compared(p)
	if known && !c.several {
		p.take(was)
		return nil
	}
	mine, err := c.decode(stored)
	if err != nil {
		p.OnPremises.Defect = defect(err)
		return nil
	}
	if c.several { // of somebody known too: who shares the picture, no run remembers
		fingerprint := mine.Fingerprint()
		p.print = &fingerprint
	}
	if known {
		p.take(was)
		return nil
	}
	p.OnPremises.Kind = mine.Kind()
	if !p.Cloud.Present {
		return nil
	}
	return c.trouble(c.ask(ctx, mine, stored, p))
}

// ask compares the photo with the cloud's, finds out which is better where they
// show the same, and remembers what came of it. Its error may be the person's or
// end the run.
func (c *comparer) ask(ctx context.Context, mine *photo.Picture, stored []byte, p *candidate) error {
	whole, err := c.against(ctx, mine, p)
	if p.Err = err; err != nil {
		return err
	}
	complete := true
	if p.Comparison.Verdict == photo.Same && !p.Comparison.SameBytes {
		complete, err = c.measure(ctx, stored, whole, p)
	}
	if complete {
		c.past.note(p)
	}
	return err
}

// renditionSide is the side of the rendition that is compared: one of the sizes
// that the service names, and more than twice the 48 pixels to which package
// photo reduces pictures. A cloud photo that is not larger is read whole.
const renditionSide = 120

// against downloads the cloud photo, a rendition where that is enough, and
// compares. It gives the bytes of the largest size, nil for those of a rendition.
func (c *comparer) against(ctx context.Context, mine *photo.Picture, p *candidate) (whole []byte, err error) {
	size := ""
	if min(p.Cloud.Width, p.Cloud.Height) > renditionSide {
		size = fmt.Sprintf("%dx%d", renditionSide, renditionSide)
	}
	got, err := c.cloud.Photo(ctx, p.Match.CloudID, size)
	if err == nil && !got.Exists && size != "" {
		size = ""
		got, err = c.cloud.Photo(ctx, p.Match.CloudID, size)
	}
	if err != nil {
		return nil, err
	}
	unreadable := func(err error) error {
		e := record.Errorf(record.CloudPhotoUnreadable, "read the cloud photo of %s: %w", p.Person.Name(), err).On(p.Person.Name())
		e.RequestID = got.RequestID
		return e
	}
	if !got.Exists {
		return nil, unreadable(errors.New("its metadata is there and its bytes are not"))
	}
	p.check(got)
	theirs, err := c.decode(got.Bytes)
	if err != nil {
		return nil, unreadable(err)
	}
	if size == "" {
		whole = got.Bytes
		p.readWhole(theirs.Facts)
	}
	comparison := photo.Compare(mine, theirs)
	p.Comparison = &comparison
	if comparison.Verdict != photo.Same && p.OnPremises.Kind != photo.Photo {
		p.Cloud.Kind = theirs.Kind() // only then does it decide, and it takes its time
	}
	return whole, nil
}

// readWhole takes the facts of the cloud photo's largest size.
func (p *candidate) readWhole(f photo.Facts) {
	p.Cloud.Bytes, p.Cloud.Format, p.Cloud.Width, p.Cloud.Height = f.Bytes, f.Format, f.Width, f.Height
}

// measure finds out which of two copies of one picture has more real detail,
// as far as their sizes leave that open. For the cloud's it reads the largest
// size, unless whole has it. When that cannot be read or decoded the detail
// stays unmeasured, the row is good without it, and it is not complete.
func (c *comparer) measure(ctx context.Context, stored, whole []byte, p *candidate) (complete bool, err error) {
	larger := p.Larger()
	if larger == "" {
		return true, nil
	}
	p.OnPremises.Detail = c.detail(stored)
	if larger != record.Cloud || !p.Cloud.CanBeBetter(p.OnPremises.Detail) {
		return true, nil
	}
	if whole == nil {
		got, err := c.cloud.Photo(ctx, p.Match.CloudID, "")
		if err != nil || !got.Exists {
			return false, err
		}
		p.check(got)
		facts, err := photo.Inspect(got.Bytes)
		if err != nil {
			return false, nil
		}
		whole = got.Bytes
		p.readWhole(facts)
	}
	p.Cloud.Detail = c.detail(whole)
	return p.Cloud.Detail > 0, nil
}

// defect gives the defect inside an error of the photo room, nil for nil.
func defect(err error) *photo.Defect {
	if err == nil {
		return nil
	}
	if d, ok := errors.AsType[*photo.Defect](err); ok {
		return d
	}
	return &photo.Defect{Reason: record.NotAnImage, Detail: err.Error()}
}

// formatOf gives the format that a content type names, "" for one that rows do not know.
func formatOf(contentType string) photo.Format {
	switch contentType {
	case "image/jpeg", "image/pjpeg":
		return photo.JPEG
	case "image/png":
		return photo.PNG
	case "image/gif":
		return photo.GIF
	case "image/bmp":
		return photo.BMP
	case "image/webp":
		return photo.WebP
	}
	return ""
}
