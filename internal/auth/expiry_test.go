package auth

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestReadableEnd(t *testing.T) {
	at := time.Date(2021, 7, 2, 8, 0, 34, 0, time.UTC)
	for fields, want := range map[string]time.Time{
		`"expires_on":1625212834`:                                        at,
		`"expires_on":"1625212834"`:                                      at,
		`"expires_on":1625212834.5`:                                      at,
		`"expires_on":"2021-07-02 08:00:34Z"`:                            at,
		`"expires_on":"2021-07-02 08:00:34"`:                             at,
		`"expires_on":"2021-07-02 10:00:34 +02:00"`:                      at,
		`"expires_on":"07/02/2021 08:00:34 +00:00"`:                      at,
		`"expires_on":"7/2/2021 8:00:34 AM +00:00"`:                      at,
		`"expires_on":"07/02/2021 08:00:34 PM +00:00"`:                   at.Add(12 * time.Hour),
		`"expires_on":"7/2/2021 12:00:34 AM +00:00"`:                     at.Add(-8 * time.Hour),
		`"expires_on":"07/02/2021 20:00:34 PM +00:00"`:                   at.Add(12 * time.Hour),
		`"expires_on":"07/02/2021 08:00:34"`:                             at,
		`"expires_on":"2021-07-02T08:00:34Z"`:                            at,
		`"expires_on":"2021-07-02T08:00:34.1234567Z"`:                    at,
		`"expires_on":"2021-07-02T10:00:34.5+02:00"`:                     at,
		`"expires_on":"2021-07-02T08:00:34"`:                             at,
		`"expires_on":" 2021-07-02T08:00:34.25 "`:                        at,
		`"expires_in":"3600"`:                                            today.Add(time.Hour),
		`"expires_in":3600,"expires_on":"next week"`:                     today.Add(time.Hour),
		`"expires_on":"next week","ext_expires_in":"","refresh_in":"so"`: today.Add(unreadable),
		`"expires_on":null,"expires_in":"soon"`:                          today.Add(unreadable),
		`"expires_on":{},"expires_in":-5`:                                today.Add(unreadable),
		`"expires_on":"NaN","refresh_in":"1800"`:                         today.Add(unreadable),
		`"token_type":"Bearer"`:                                          today.Add(unreadable),
	} {
		out := withReadableEnd([]byte(`{"access_token":"t",`+fields+`}`), today)
		var got struct {
			Token   string           `json:"access_token"`
			On      int64            `json:"expires_on"`
			In      *json.RawMessage `json:"expires_in"`
			Ext     *json.RawMessage `json:"ext_expires_in"`
			Refresh *json.RawMessage `json:"refresh_in"`
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(fields, err)
		}
		if !time.Unix(got.On, 0).Equal(want) || got.Token != "t" || got.In != nil || got.Ext != nil || (got.Refresh != nil) != strings.Contains(fields, `"1800"`) {
			t.Errorf("%s: %s, want %v", fields, out, want)
		}
	}
	for _, other := range []string{``, `[]`, `null`, `<html>`, `{"error":"x","expires_on":"y"}`} {
		if got := withReadableEnd([]byte(other), today); string(got) != other {
			t.Errorf("%s became %s", other, got)
		}
	}
}

func FuzzReadableEnd(f *testing.F) {
	f.Add([]byte(`{"access_token":"t","expires_on":"2021-07-02 08:00:34Z","expires_in":"7","refresh_in":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		out := withReadableEnd(body, today)
		var before, after map[string]json.RawMessage
		if json.Unmarshal(body, &before) != nil || before["access_token"] == nil {
			return
		}
		var end int64
		if json.Unmarshal(out, &after) != nil || json.Unmarshal(after["expires_on"], &end) != nil {
			t.Errorf("%s became %s", body, out)
		}
	})
}
