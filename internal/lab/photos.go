package lab

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const imageMissing = "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown."

// onePixel is the picture that stands for none: a transparent 1x1 GIF.
var onePixel = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// reading checks the right to read a photo and finds the user. A user without
// a photo gives a picture without a body.
func (g *Graph) reading(c *call, user string) (*account, picture, *reply) {
	if refused := c.allow(readPhotoRoles, "ErrorAccessDenied", "Access is denied. Check credentials and try again."); refused != nil {
		return nil, picture{}, refused
	}
	a := g.account(user)
	if a == nil {
		return nil, picture{}, noUser(user)
	}
	if refused := a.ill().toRead(); refused != nil {
		return nil, picture{}, refused
	}
	return a, a.view(g.settings.now()), nil
}

func noUser(id string) *reply {
	return refuse(http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '"+id+"' does not exist or one of its queried reference-property objects are not present.")
}

// noPhoto answers for a user without a photo, in the shape set for the user.
func (a *account) noPhoto(value bool) *reply {
	switch a.user.NoPhoto {
	case ErrorEntityNotFound, ErrorItemNotFound:
		return refuse(http.StatusNotFound, string(a.user.NoPhoto), imageMissing)
	case PlaceholderGIF:
		if value {
			return bytesReply(onePixel, "image/gif", `""`)
		}
		return withJSON(http.StatusOK, metadata(a, "photo", "1x1", "image/gif", "", 1, 1))
	}
	r := refuse(http.StatusNotFound, "ImageNotFound", imageMissing)
	r.noBody = a.user.NoPhoto == NullBodyInBatch
	return r
}

// metadata has the properties that the documentation shows.
func metadata(a *account, path, id, kind, etag string, width, height int) map[string]any {
	const root = "https://graph.microsoft.com/v1.0/"
	return map[string]any{
		"@odata.context":          root + "$metadata#users('" + a.user.ID + "')/" + path + "/$entity",
		"@odata.id":               root + "users('" + a.user.ID + "@" + tenantID + "')/" + path,
		"@odata.mediaContentType": kind,
		"@odata.mediaEtag":        etag,
		"id":                      id, "width": width, "height": height,
	}
}

// photoMetadata answers for the largest photo (no size) or for a named size.
func (g *Graph) photoMetadata(c *call, user, size string) *reply {
	a, p, refused := g.reading(c, user)
	switch {
	case refused != nil:
		return refused
	case len(p.body) == 0:
		return a.noPhoto(false)
	}
	if denial := g.deny(c); denial != nil {
		return denial
	}
	if size == "" {
		return withJSON(http.StatusOK, metadata(a, "photo", fmt.Sprintf("%dx%d", p.width, p.height), p.kind, a.etag(p), p.width, p.height))
	}
	side, refused := p.side(size)
	if refused != nil {
		return refused
	}
	return withJSON(http.StatusOK, metadata(a, "photos('"+size+"')", fmt.Sprintf("%dx%d", side, side), "image/jpeg", a.etag(p), side, side))
}

// deny gives the answer that there is no photo, when it is the turn of one that
// is not true.
func (g *Graph) deny(c *call) *reply {
	if !c.inBatch {
		return nil
	}
	turn := g.denied.due()
	if turn == 0 {
		return nil
	}
	r := refuse(http.StatusNotFound, "ImageNotFound", imageMissing)
	r.noBody = turn%2 == 0
	return r
}

// side reads the name of a size. Only sizes not larger than the photo exist.
func (p picture) side(size string) (int, *reply) {
	for _, side := range namedSides {
		if strings.EqualFold(size, fmt.Sprintf("%dx%d", side, side)) && side <= min(p.width, p.height) {
			return side, nil
		}
	}
	return 0, refuse(http.StatusNotFound, "ImageNotFound", imageMissing)
}

func (p picture) sides() []int {
	return slices.DeleteFunc(slices.Clone(namedSides), func(side int) bool { return side > min(p.width, p.height) })
}

// photoSizes lists the sizes.
func (g *Graph) photoSizes(c *call, user string) *reply {
	a, p, refused := g.reading(c, user)
	if refused != nil {
		return refused
	}
	list := []map[string]any{}
	if len(p.body) > 0 {
		for _, side := range p.sides() {
			name := fmt.Sprintf("%dx%d", side, side)
			one := metadata(a, "photos('"+name+"')", name, "image/jpeg", a.etag(p), side, side)
			delete(one, "@odata.context")
			list = append(list, one)
		}
	}
	return withJSON(http.StatusOK, map[string]any{
		"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users('" + a.user.ID + "')/photos", "value": list,
	})
}

// photoValue reads, replaces or removes the bytes.
func (g *Graph) photoValue(c *call, user string) *reply {
	switch c.method {
	case http.MethodGet:
		return g.photoBytes(c, user, "")
	case http.MethodPut, http.MethodPatch:
		return g.replacePhoto(c, user)
	case http.MethodDelete:
		return g.removePhoto(c, user)
	}
	return notAllowed("GET, PUT, PATCH, DELETE")
}

// photoBytes answers with the picture. Conditional headers are ignored: no
// documentation promises them.
func (g *Graph) photoBytes(c *call, user, size string) *reply {
	a, p, refused := g.reading(c, user)
	switch {
	case refused != nil:
		return refused
	case len(p.body) == 0:
		return a.noPhoto(true)
	case size == "":
		g.giveOut(p)
		return bytesReply(p.body, p.kind, a.etag(p))
	}
	side, refused := p.side(size)
	if refused != nil {
		return refused
	}
	r := g.gallery.rendition(p, side)
	if r.err != nil {
		return refuse(http.StatusInternalServerError, "ErrorInternalServerError", "An internal server error occurred. The operation failed.")
	}
	return bytesReply(r.body, "image/jpeg", a.etag(p))
}

func bytesReply(body []byte, kind, etag string) *reply {
	r := plain(http.StatusOK)
	r.body = body
	r.header.Set("Content-Type", kind)
	r.header.Set("ETag", etag)
	return r
}
