package graph

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"photosync/internal/record"
)

var html = map[string]string{"Content-Type": "text/html; charset=utf-8"}

func TestRefusedReads(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply reply
		want  record.Code // "" for "no photo"
	}{
		{"ImageNotFound", reply{404, nil, failure("ImageNotFound")}, ""},
		{"ErrorEntityNotFound", reply{404, nil, failure("ErrorEntityNotFound")}, ""},
		{"ErrorItemNotFound", reply{404, nil, failure("ErrorItemNotFound")}, ""},
		{"ProfileNotFoundException", reply{404, nil, failure("ProfileNotFoundException")}, ""},
		{"EnterpriseEntityNotFound", reply{404, nil, failure("EnterpriseEntityNotFound")}, ""},
		{"no such user", reply{404, nil, failure("Request_ResourceNotFound")}, record.CloudUserNotFound},
		{"mailbox on-premises", reply{404, nil, failure("MailboxNotEnabledForRESTAPI")}, record.CloudMailboxMissing},
		{"unknown 404", reply{404, nil, failure("Surprise")}, record.GraphRefused},
		{"404 without a body", reply{404, nil, ""}, record.GraphRefused},
		{"404 of a proxy", reply{404, html, "<html>"}, record.GraphAnswerInvalid},
		{"the code with another status", reply{400, nil, failure("ImageNotFound")}, record.GraphRefused},
		{"403", reply{403, nil, failure("ErrorAccessDenied")}, record.GraphForbidden},
		{"403 without a body", reply{403, nil, ""}, record.GraphForbidden},
		{"403 of a proxy", reply{403, html, "<html>blocked</html>"}, record.GraphAnswerInvalid},
		{"401", reply{401, nil, failure("InvalidAuthenticationToken")}, record.GraphTokenRejected},
		{"401 of a proxy", reply{401, html, "<html>"}, record.GraphTokenRejected},
		{"407", reply{407, html, "<html>"}, record.ProxyRefused},
		{"400", reply{400, nil, failure("Request_BadRequest")}, record.GraphRefused},
		{"error is text", reply{400, nil, `{"error":"invalid_request"}`}, record.GraphRefused},
		{"code is a number", reply{400, nil, `{"error":{"code":5}}`}, record.GraphAnswerInvalid},
		{"array", reply{400, nil, `[1]`}, record.GraphAnswerInvalid},
		{"500", reply{500, html, "<html>"}, record.GraphFailed},
		{"HTML", reply{200, html, "<html>sign in</html>"}, record.GraphAnswerInvalid},
		{"redirect to itself", reply{302, map[string]string{"Location": "/v1.0/elsewhere"}, ""}, record.GraphAnswerInvalid},
		{"redirect elsewhere", reply{307, map[string]string{"Location": "https://evil.example/v1.0"}, ""}, record.GraphForeignHost},
		{"redirect without a target", reply{304, nil, ""}, record.GraphAnswerInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, script(tt.reply))
			m, err := c.Metadata(context.Background(), "u1")
			p, perr := c.Photo(context.Background(), "u1", "")
			if tt.want == "" {
				if err != nil || perr != nil || m.Exists || p.Exists {
					t.Errorf("got %+v, %v and %+v, %v", m, err, p, perr)
				}
				return
			}
			wantCode(t, perr, tt.want)
			e := wantCode(t, err, tt.want)
			if e.Target != "u1" || !strings.HasPrefix(e.Text, "read the photo's metadata of u1: ") {
				t.Errorf("does not say on whom: %+v", e)
			}
		})
	}
}

func TestRefusedWrites(t *testing.T) {
	small, large := []byte("\xff\xd8small"), make([]byte, photoLimit+1)
	for _, tt := range []struct {
		name  string
		jpeg  []byte
		reply reply
		want  record.Code
	}{
		{"accepted", small, reply{200, nil, ""}, ""},
		{"no content", small, reply{204, nil, ""}, ""},
		{"too small", small, reply{400, nil, failure("ValidationWidthTooSmall")}, record.PhotoTooSmallForCloud},
		{"400, large", large, reply{400, nil, failure("BadRequest")}, record.PhotoTooLarge},
		{"413", small, reply{413, html, "<html>"}, record.PhotoTooLarge},
		{"415", small, reply{415, nil, failure("UnsupportedMediaType")}, record.PhotoFormatRefused},
		{"404 without a reason", small, reply{404, nil, failure("ImageNotFound")}, record.PhotoRefused},
		{"no such user", small, reply{404, nil, failure("Request_ResourceNotFound")}, record.CloudUserNotFound},
		{"forbidden", small, reply{403, nil, failure("ForbiddenByPolicy")}, record.PhotoPolicyRefuses},
		{"403 of a proxy", small, reply{403, html, "<html>"}, record.GraphAnswerInvalid},
		{"401", small, reply{401, nil, ""}, record.GraphTokenRejected},
		{"conflict", small, reply{409, nil, failure("Conflict")}, record.GraphRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, script(tt.reply))
			err := c.Writer().PutPhoto(context.Background(), "u1", tt.jpeg, writeID)
			if got := record.CodeOf(err); got != tt.want {
				t.Errorf("got %v, want code %q", err, tt.want)
			}
		})
	}
}

func TestRemovals(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply reply
		want  record.Code
	}{
		{"removed", reply{204, nil, ""}, ""},
		{"there was none", reply{404, nil, failure("ImageNotFound")}, ""},
		{"no such user", reply{404, nil, failure("Request_ResourceNotFound")}, record.CloudUserNotFound},
		{"unknown 404", reply{404, nil, ""}, record.GraphRefused},
		{"forbidden", reply{403, nil, failure("ErrorAccessDenied")}, record.PhotoWriteForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got *http.Request
			c := serve(t, func(w http.ResponseWriter, r *http.Request) { got = r; tt.reply.write(w) })
			err := c.Writer().DeletePhoto(context.Background(), "u1", writeID)
			if code := record.CodeOf(err); code != tt.want {
				t.Errorf("got %v, want code %q", err, tt.want)
			}
			if got.Method != http.MethodDelete || got.URL.Path != "/v1.0/users/u1/photo/$value" || got.Header.Get("client-request-id") != writeID {
				t.Errorf("%s %s %v", got.Method, got.URL, got.Header)
			}
			if n := c.Requests().Delete; n != 1 {
				t.Errorf("%d counted", n)
			}
		})
	}
}

func TestErrorsSayWhatAndWhoAndNoSecret(t *testing.T) {
	body := `{"error":{"code":"ForbiddenByPolicy","message":"the header was Bearer ` + secretToken + `\u0007\n and more","innerError":{"request-id":"inner-9"}}}`
	c := serve(t, script(reply{403, nil, body}))
	err := c.Writer().PutPhoto(context.Background(), "u1", []byte("jpeg-bytes"), writeID)
	e := wantCode(t, err, record.PhotoPolicyRefuses)
	const want = "PhotoPolicyRefuses: write the photo of u1: 403 Forbidden, ForbiddenByPolicy: the header was Bearer *** and more"
	if e.Error() != want {
		t.Errorf("got  %s\nwant %s", e.Error(), want)
	}
	if e.RequestID != "inner-9" {
		t.Errorf("request id %q", e.RequestID)
	}
}

func TestPhotoBodies(t *testing.T) {
	const pixel = "GIF89a\x01\x00\x01\x00\x80\x00\x00"
	jpeg := map[string]string{"Content-Type": "IMAGE/JPEG; x=y", "ETag": `"E"`}
	for _, tt := range []struct {
		name   string
		reply  reply
		want   record.Code
		exists bool
	}{
		{"jpeg", reply{200, jpeg, "\xff\xd8"}, "", true},
		{"untyped", reply{200, map[string]string{"Content-Type": "application/octet-stream"}, "\xff\xd8"}, "", true},
		{"placeholder", reply{200, map[string]string{"Content-Type": "image/gif"}, pixel}, "", false},
		{"JSON", reply{200, nil, `{}`}, record.GraphAnswerInvalid, false},
		{"empty", reply{200, jpeg, ""}, record.GraphAnswerInvalid, false},
		{"8 MiB", reply{200, jpeg, strings.Repeat("x", maxPhoto)}, "", true},
		{"longer", reply{200, jpeg, strings.Repeat("x", maxPhoto+1)}, record.CloudPhotoUnreadable, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, script(tt.reply))
			p, err := c.Photo(context.Background(), "u1", "")
			if record.CodeOf(err) != tt.want || p.Exists != tt.exists {
				t.Errorf("got %v, %v", p.Exists, err)
			}
			if p.Exists && len(p.Bytes) != len(tt.reply.body) {
				t.Errorf("%d bytes", len(p.Bytes))
			}
			if n := c.Requests().Download; n != 1 {
				t.Errorf("%d counted", n)
			}
		})
	}
}

func TestHugeJSON(t *testing.T) {
	c := serve(t, script(reply{200, nil, `{"id":"` + strings.Repeat("x", maxOther) + `"}`}))
	_, err := c.Metadata(context.Background(), "u1")
	wantCode(t, err, record.GraphAnswerInvalid)
}

func TestIdsThatNameSomethingElse(t *testing.T) {
	c := serve(t, script(reply{200, nil, someMetadata}))
	for _, id := range []string{"", ".", ".."} {
		_, err := c.Metadata(context.Background(), id)
		wantCode(t, err, record.IdentityInvalid)
		_, err = c.Photo(context.Background(), id, "")
		wantCode(t, err, record.IdentityInvalid)
		wantCode(t, c.Writer().PutPhoto(context.Background(), id, []byte("x"), writeID), record.IdentityInvalid)
		wantCode(t, c.Writer().DeletePhoto(context.Background(), id, writeID), record.IdentityInvalid)
	}
	wantCode(t, c.Writer().PutPhoto(context.Background(), "u1", nil, writeID), record.InternalError)
	if got := c.Requests(); got != (record.Requests{}) {
		t.Errorf("something was sent: %+v", got)
	}
}
