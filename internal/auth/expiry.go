package auth

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// shapes has the forms in which expires_on has been seen, beside Unix seconds as
// number or text. A shape without a zone is UTC. Fractions of a second are read
// with every one of them.
var shapes = []string{
	time.RFC3339,
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05Z07:00", // 2021-07-02 08:00:34Z of hybrid workers: Azure/azure-sdk-for-python#19641
	"2006-01-02 15:04:05 Z07:00",
	"2006-01-02 15:04:05",
	"1/2/2006 15:04:05 -07:00",    // 11/05/2021 15:18:31 +00:00 of App Service on Linux: Azure/azure-cli#20215
	"1/2/2006 3:04:05 PM -07:00",  // 1/16/2020 5:24:12 AM +00:00 on Windows: Azure/azure-sdk-for-python#9480
	"1/2/2006 15:04:05 PM -07:00", // 09/14/2017 00:00:00 PM +00:00 of App Service's page: MicrosoftDocs/azure-docs#33604
	"1/2/2006 15:04:05",
	"1/2/2006 3:04:05 PM",
}

// unreadable is how long a token is good for that does not say so: Microsoft's
// library renews tokens five minutes before their end, so this one is asked for
// again after five minutes.
const unreadable = 10 * time.Minute

// withReadableEnd gives a token endpoint's answer with expires_on in Unix seconds
// and without the fields of time that could not be read. What is not the answer
// of a token endpoint is given as it is.
func withReadableEnd(body []byte, now time.Time) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields["access_token"] == nil {
		return body
	}
	end, ok := parseEnd(plain(fields["expires_on"]))
	if !ok {
		end = now.Add(unreadable)
		if seconds, ok := parseSeconds(plain(fields["expires_in"])); ok {
			end = now.Add(time.Duration(seconds) * time.Second)
		}
	}
	delete(fields, "expires_in")
	delete(fields, "ext_expires_in")
	if _, ok := parseSeconds(plain(fields["refresh_in"])); !ok {
		delete(fields, "refresh_in")
	}
	fields["expires_on"] = strconv.AppendInt(nil, end.Unix(), 10)
	out, err := json.Marshal(fields)
	if err != nil { // every field was read as JSON
		return body
	}
	return out
}

// plain gives a text or a number without its quotes.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return strings.TrimSpace(text)
	}
	return strings.TrimSpace(string(value))
}

func parseEnd(text string) (time.Time, bool) {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return unixTime(n), n > 0 && n < maxUnix
	}
	for _, shape := range shapes {
		if t, err := time.Parse(shape, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func parseSeconds(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && n < maxUnix
}

// replace puts another body into an answer.
func replace(resp *http.Response, body []byte) {
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
}
