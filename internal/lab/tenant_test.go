package lab

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

func TestUserIsRenamed(t *testing.T) {
	g := startLab(t).Graph()
	anna := cloudID(t, "anna.mueller@corp.example")
	photo, etag := g.Photo(anna)
	rename := func(to string) bool {
		return g.Update("anna.mueller@corp.example", func(u *CloudUser) { u.ID, u.UserPrincipalName, u.AccountEnabled, u.Photo = "x", to, false, nil })
	}
	if rename("na.li@corp.example") {
		t.Error("two users of one name")
	}
	if !rename("anna.schmidt@corp.example") || rename("again@corp.example") {
		t.Error("not renamed, or twice")
	}
	u, ok := g.User("anna.schmidt@corp.example")
	now, nowTag := g.Photo(anna)
	if _, old := g.User("anna.mueller@corp.example"); !ok || old || u.ID != anna || u.AccountEnabled || !bytes.Equal(photo, now) || etag != nowTag {
		t.Errorf("got %+v, %v", u, old)
	}
	listed := ask(t, g, http.MethodGet, "/users?$filter=userPrincipalName%20eq%20'anna.schmidt@corp.example'", nil).json(t)["value"].([]any)
	if len(listed) != 1 {
		t.Errorf("%d users listed", len(listed))
	}
}

func TestUserComesAndGoes(t *testing.T) {
	g := startLab(t).Graph()
	anna, _ := g.User("anna.mueller@corp.example")
	rehired := CloudUser{ID: "00000000-0000-4000-8000-000000000007", UserPrincipalName: anna.UserPrincipalName, UserType: "Member", Photo: uploadOf("new")}
	if g.AddUser(rehired) || g.AddUser(CloudUser{ID: anna.ID, UserPrincipalName: "x@corp.example"}) || g.AddUser(CloudUser{ID: "x"}) {
		t.Error("the name or the id was taken")
	}
	if !g.RemoveUser(anna.ID) || g.RemoveUser(anna.ID) || !g.AddUser(rehired) {
		t.Error("not removed or not added")
	}
	if photo, _ := g.Photo(anna.UserPrincipalName); !bytes.Equal(photo, rehired.Photo) || g.Update("nobody", func(*CloudUser) {}) {
		t.Error("the photo of the one who was there before")
	}
}

func TestPersonComesAndGoes(t *testing.T) {
	d := startLab(t).Directory()
	anna, _ := d.Find("anna.mueller@corp.example")
	again := anna
	again.ObjectGUID, again.SID = guidOf("rehired"), domainSID+"-9999"
	if d.Add(again) {
		t.Error("the name was taken")
	}
	d.Remove(anna.DN)
	outside := again
	outside.DN = "CN=a,DC=other,DC=example"
	if !d.Add(again) || d.Add(again) || d.Add(outside) {
		t.Error("not added, or twice, or outside the domain")
	}
	d.Update(anna.UserPrincipalName, func(p *Person) {
		p.UserAccountControl |= accountDisabled
		p.UserPrincipalName = "anna.schmidt@corp.example"
	})
	got := find(t, bindTLS(t, d), d.BaseDN(), ldap.ScopeWholeSubtree, "(&(userPrincipalName=anna.schmidt@corp.example)(userAccountControl:1.2.840.113556.1.4.803:=2))", "objectGUID")
	if len(got) != 1 || !bytes.Equal(got[0].GetRawAttributeValue("objectGUID"), again.ObjectGUID[:]) {
		t.Errorf("got %d entries", len(got))
	}
}

func TestOnePhotoForAll(t *testing.T) {
	d := startLab(t).Directory()
	logo := Logo()
	if n := d.SetPhotoOfAll(logo); n != len(staff) {
		t.Errorf("%d people", n)
	}
	entries := find(t, bindTLS(t, d), d.BaseDN(), ldap.ScopeWholeSubtree, people, "thumbnailPhoto")
	for _, e := range entries {
		if !bytes.Equal(e.GetRawAttributeValue("thumbnailPhoto"), logo) {
			t.Errorf("%s has another photo", e.DN)
		}
	}
	if config, err := jpeg.DecodeConfig(bytes.NewReader(logo)); err != nil || config.Width != 200 || config.Height != 200 || !bytes.Equal(logo, Logo()) {
		t.Errorf("the logo is %+v, %v", config, err)
	}
	if d.SetPhotoOfAll(nil); len(found(t, d, "(thumbnailPhoto=*)")) != 0 {
		t.Error("photos are left")
	}
}
