package graph

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/google/uuid"
	abs "github.com/microsoft/kiota-abstractions-go"

	"photosync/internal/record"
)

// Metadata is what the service says of a user's photo without giving it.
type Metadata struct {
	Exists        bool   // false for every shape of "no photo"
	ETag          string // opaque, as the JSON has it, quotation marks included
	Width, Height int
	ContentType   string
	RequestID     string // of the answer
}

// Photo is a photo as the service stores or renders it.
type Photo struct {
	Exists      bool // false for every shape of "no photo"
	Bytes       []byte
	ETag        string // as the header has it
	ContentType string // lower case, without parameters
	RequestID   string // of the answer
}

// Metadata reads the metadata of the user's largest photo. That there is no
// photo is no error.
func (c *Client) Metadata(ctx context.Context, id string) (Metadata, error) {
	path, err := userPath(id)
	if err != nil {
		return Metadata{}, err
	}
	q := call{
		kind: metadataCall, attempt: "read the photo's metadata of", target: id, method: abs.GET, url: c.at(path+"/photo", ""),
		accept: acceptJSON, requestID: uuid.NewString(), people: 1, limit: maxOther, weight: "metadata",
	}
	a, err := c.do(ctx, q)
	if err != nil {
		return Metadata{}, err
	}
	return q.metadata(a)
}

// metadata reads the answer to a question for metadata, alone or in a batch.
func (q call) metadata(a answer) (Metadata, error) {
	if a.noPhoto() {
		return Metadata{RequestID: a.refusal().requestID}, nil
	}
	body, err := q.json(a)
	if err != nil {
		return Metadata{}, err
	}
	var m struct {
		ID            *string `json:"id"`
		ETag          *string `json:"@odata.mediaEtag"`
		ContentType   string  `json:"@odata.mediaContentType"`
		Width, Height int
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return Metadata{}, q.invalid(a, "the metadata does not parse: %w", err)
	}
	if m.ID == nil && m.ETag == nil {
		return Metadata{}, q.invalid(a, "the answer is not a photo's metadata")
	}
	// The documented answer for a user without a photo: a 1x1 placeholder.
	if strings.EqualFold(deref(m.ID), "1x1") || (m.Width == 1 && m.Height == 1) {
		return Metadata{RequestID: a.requestID()}, nil
	}
	// Without an etag nobody could tell whether the photo moved between a plan
	// and its write, and an empty one would pass for "no photo".
	if deref(m.ETag) == "" {
		return Metadata{}, q.invalid(a, "the photo has no etag")
	}
	return Metadata{
		Exists: true, ETag: deref(m.ETag), Width: m.Width, Height: m.Height, ContentType: m.ContentType, RequestID: a.requestID(),
	}, nil
}

// Photo reads the user's photo: the largest for size "", else the rendition of
// a size such as "240x240", which is absent when the photo is smaller. At most
// 8 MiB are read; a longer one gives an error.
func (c *Client) Photo(ctx context.Context, id, size string) (Photo, error) {
	path, err := userPath(id)
	if err != nil {
		return Photo{}, err
	}
	value := path + "/photos/" + url.PathEscape(size) + "/$value"
	if size == "" {
		value = path + "/photo/$value"
		select {
		case c.large <- struct{}{}:
			defer func() { <-c.large }()
		case <-ctx.Done():
			return Photo{}, call{attempt: "read the photo of", target: id}.ended(ctx).err
		}
	}
	q := call{
		kind: downloadCall, attempt: "read the photo of", target: id, method: abs.GET, url: c.at(value, ""),
		accept: "image/*, application/json", requestID: uuid.NewString(), limit: maxPhoto, weight: "photo " + size,
	}
	a, err := c.do(ctx, q)
	if err != nil {
		return Photo{}, err
	}
	return q.photo(a)
}

func (q call) photo(a answer) (Photo, error) {
	t := a.mediaType()
	switch {
	case a.noPhoto():
		return Photo{}, nil
	case a.status >= 400:
		return Photo{}, q.refused(a)
	case a.tooLong:
		e := q.errorf(record.CloudPhotoUnreadable, "it is longer than %d bytes", q.limit)
		e.RequestID = a.requestID()
		return Photo{}, e
	case t != "" && t != "application/octet-stream" && !strings.HasPrefix(t, "image/"):
		return Photo{}, q.invalid(a, "the answer is %s where a picture is due", printable(t, 80))
	case len(a.body) == 0:
		return Photo{}, q.invalid(a, "the answer is empty where a picture is due")
	case isPlaceholder(a.body):
		return Photo{}, nil
	}
	return Photo{Exists: true, Bytes: a.body, ETag: a.header.Get("ETag"), ContentType: t, RequestID: a.requestID()}, nil
}

// isPlaceholder reports whether b is a GIF of one pixel, which stands for no photo.
func isPlaceholder(b []byte) bool {
	return len(b) >= 10 && string(b[:4]) == "GIF8" &&
		binary.LittleEndian.Uint16(b[6:8]) == 1 && binary.LittleEndian.Uint16(b[8:10]) == 1
}
