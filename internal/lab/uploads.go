package lab

import "net/http"

// changing checks the right to change a user's photo and finds the user.
func (g *Graph) changing(c *call, user string) (*account, *reply) {
	if refused := c.allow(writePhotoRoles, "ErrorAccessDenied", "Access is denied. Check credentials and try again."); refused != nil {
		return nil, refused
	}
	if refused := g.policy.Load().toWrite(); refused != nil {
		return nil, refused
	}
	a := g.account(user)
	if a == nil {
		return nil, noUser(user)
	}
	return a, nil
}

// replacePhoto stores an upload.
func (g *Graph) replacePhoto(c *call, user string) *reply {
	a, refused := g.changing(c, user)
	if refused != nil {
		return refused
	}
	if refused := a.ill().toReplace(); refused != nil {
		return refused
	}
	r, refused := g.checkUpload(c)
	if refused != nil {
		return refused
	}
	g.write(c, a, g.kept(c.body, r))
	return plain(http.StatusOK)
}

// notAPicture is the refusal of bytes that do not decode. The documentation
// has no code for it, so status and code are unconfirmed.
func notAPicture() *reply {
	return refuse(http.StatusBadRequest, "ErrorInvalidImage", "The image data is not valid or not of a supported type.")
}

// tooSmall is the refusal of a picture below the smallest size.
func tooSmall() *reply {
	return refuse(http.StatusBadRequest, "ValidationWidthTooSmall",
		"Exception of type 'Microsoft.Fast.Profile.Core.Exception.ProfileBadRequestException' was thrown.")
}

// checkUpload holds an upload against the documented limits and gives the
// service's own form of it.
func (g *Graph) checkUpload(c *call) (*rendering, *reply) {
	if len(c.header.Values("Content-Encoding")) > 0 {
		return nil, refuse(http.StatusBadRequest, "BadRequest", "The request body must not be encoded: Content-Encoding is not supported.")
	}
	kinds := c.header.Values("Content-Type")
	if len(kinds) != 1 {
		return nil, refuse(http.StatusBadRequest, "BadRequest", "A photo needs exactly one Content-Type header.")
	}
	if kinds[0] != "image/jpeg" && kinds[0] != "image/png" {
		// The code is from a report of 2018 about application/octet-stream;
		// the status is unconfirmed.
		return nil, refuse(http.StatusBadRequest, "ErrorInternalServerError", "The content type '"+kinds[0]+"' is not supported.")
	}
	kept := g.gallery.stored(c.body)
	if kept.err != nil || "image/"+kept.format != kinds[0] {
		return nil, notAPicture()
	}
	if kept.width < smallestSide || kept.height < smallestSide {
		return nil, tooSmall()
	}
	return kept, nil
}

// removePhoto deletes the photo.
func (g *Graph) removePhoto(c *call, user string) *reply {
	a, refused := g.changing(c, user)
	if refused != nil {
		return refused
	}
	if refused := a.ill().toRemove(); refused != nil {
		return refused
	}
	if stored, _ := g.Photo(user); stored == nil {
		return refuse(http.StatusNotFound, "ImageNotFound", imageMissing)
	}
	g.write(c, a, nil)
	return plain(http.StatusOK)
}
