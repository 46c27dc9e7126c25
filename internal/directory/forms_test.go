package directory

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"photosync/internal/record"
)

func TestServers(t *testing.T) {
	for text, want := range map[string]string{
		"dc1.corp.example":              "ldaps://dc1.corp.example:636",
		" dc1.corp.example. ":           "ldaps://dc1.corp.example.:636",
		"dc1:3269":                      "ldaps://dc1:3269",
		"ldaps://dc1.corp.example":      "ldaps://dc1.corp.example:636",
		"LDAP://dc1.corp.example/":      "ldap://dc1.corp.example:389",
		"ldap://dc1.corp.example:10389": "ldap://dc1.corp.example:10389",
		"127.0.0.1":                     "ldaps://127.0.0.1:636",
		"::1":                           "ldaps://[::1]:636",
		"[::1]":                         "ldaps://[::1]:636",
		"ldap://[::1]:3268":             "ldap://[::1]:3268",
	} {
		if got, err := parseServer(text); err != nil || got.String() != want {
			t.Errorf("%q: got %s, %v; want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]record.Code{
		"": record.ServerMissing, "  ": record.ServerMissing,
		"http://dc1": record.SettingInvalid, "ldapi://%2Fvar": record.SettingInvalid, "ldaps://": record.SettingInvalid,
		"dc1:0": record.SettingInvalid, "dc1:99999": record.SettingInvalid, "dc1:ldap": record.SettingInvalid, "dc1:": record.SettingInvalid,
		"ldaps://dc1/dc=x": record.SettingInvalid, "dc 1": record.SettingInvalid, "dc1\n": "", "ldaps://u:" + fakePassword + "@dc1": record.SettingInvalid,
		"dc..1": record.SettingInvalid, ".": record.SettingInvalid, "[::1": record.SettingInvalid, "ldaps://dc1?x": record.SettingInvalid,
	} {
		_, err := parseServer(text)
		wantError(t, err, want)
	}
}

func TestSIDs(t *testing.T) {
	for text, code := range map[string]string{
		"S-1-5-21-1004336348-1177238915-682003330-512": "010500000000000515000000dcf4dc3b833d2b46828ba62800020000",
		"S-1-5-18":             "010100000000000512000000",
		"S-1-0x0123456789ab-1": "01010123456789ab01000000",
		"S-1-1":                "0100000000000001",
	} {
		b, err := hex.DecodeString(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := sidText(b); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
		if got, ok := parseSID(strings.ToLower(text)); !ok || !bytes.Equal(got, b) {
			t.Errorf("%s: got %x, want %x", text, got, b)
		}
	}
	for _, text := range []string{"", "S", "S-1", "S-2-5-18", "S-1-5-x", "S-1-5-4294967296", "S-1-5--1", "S-1-5-18-", "S-1" + strings.Repeat("-1", 17)} {
		if got, ok := parseSID(text); ok {
			t.Errorf("%q gives %x", text, got)
		}
	}
}

func FuzzSID(f *testing.F) {
	f.Add([]byte("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"))
	f.Add([]byte("\x01\x0f\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text := sidText(b)
		if text == "" {
			return
		}
		if got, ok := parseSID(text); !ok || !bytes.Equal(got, b) {
			t.Errorf("%x gives %s, and that %x", b, text, got)
		}
	})
}

func FuzzServer(f *testing.F) {
	for _, s := range []string{"dc1", "dc1:636", "ldap://[::1]:389/", "ldaps://u:p@h", "::1", "]:1", "[:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseServer(text)
		if err != nil {
			return
		}
		again, err := parseServer(at.String())
		if err != nil || again != at {
			t.Errorf("%q gives %s, and that %s, %v", text, at, again, err)
		}
	})
}

func FuzzIdentity(f *testing.F) {
	for _, s := range []string{"user1", "a@b.c", "CN=a,DC=b", `CN=a\,b\\,DC=c`, "{00112233-4455-6677-8899-aabbccddeeff}", "S-1-5-18", "*)(a=b", `CN=a\ `} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := identify(text)
		if err != nil {
			if record.CodeOf(err) != record.IdentityInvalid {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		for _, req := range id.searches(fakeBase) {
			scope := Scope{Filter: req.Filter}
			if err := scope.Check(); err != nil {
				t.Errorf("%q gives a filter that does not parse: %v", text, err)
			}
			if n := strings.Count(req.Filter, "("); n > 4 {
				t.Errorf("%q gives the filter %s", text, req.Filter)
			}
		}
	})
}

func FuzzStartTLSAnswer(f *testing.F) {
	f.Add([]byte("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"))
	f.Add([]byte("\x30\x84\x00\x00\x00\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		body, err := readMessage(bytes.NewReader(answer))
		if err == nil {
			extendedResult(body)
		}
		w := &wire{}
		_ = w.follow(answer)
	})
}
