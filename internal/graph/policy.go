package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	abs "github.com/microsoft/kiota-abstractions-go"
)

// ErrNotServed is in the error of a question that this cloud does not answer.
var ErrNotServed = errors.New("this cloud does not serve it")

// The sources of photos that a [PhotoPolicy] can name.
const (
	SourceCloud      = "cloud"
	SourceOnPremises = "onPremises"
)

// PhotoPolicy is the tenant's photoUpdateSettings: which side photos come from
// and who may change them.
type PhotoPolicy struct {
	Source       string   // SourceCloud, SourceOnPremises, "" for undefined, or a value that this version does not know
	AllowedRoles []string // template ids of the directory roles that may change photos; none means everybody
}

// PhotoPolicy reads the tenant's photo policy, which is served below /beta
// only. The error of a cloud without it is [ErrNotServed].
func (c *Client) PhotoPolicy(ctx context.Context) (PhotoPolicy, error) {
	q := call{
		kind: rosterCall, attempt: "read the tenant's photo update settings", method: abs.GET, url: c.beta("/admin/people/photoUpdateSettings"),
		accept: "application/json", requestID: uuid.NewString(), limit: maxOther,
	}
	a, err := c.do(ctx, q)
	if err != nil {
		return PhotoPolicy{}, err
	}
	body, err := q.json(a)
	if err != nil {
		if a.status == http.StatusNotFound {
			return PhotoPolicy{}, fmt.Errorf("%w: %w", ErrNotServed, err)
		}
		return PhotoPolicy{}, err
	}
	p, err := readPolicy(body)
	if err != nil {
		return PhotoPolicy{}, q.invalid(a, "%w", err)
	}
	return p, nil
}

// beta gives the URL of a path below the version in which Microsoft previews.
func (c *Client) beta(path string) *url.URL {
	u := c.at("", "")
	u.Path = "/beta" + path
	return u
}

var (
	errNoPolicy = errors.New("the answer is not photo update settings")
	errRoles    = errors.New("the allowed roles are not a list of ids")
)

// readPolicy reads the settings as they come: flat, or inside "value" as the
// documentation's sample has them, as an object or as a list of one.
func readPolicy(body []byte) (PhotoPolicy, error) {
	fields, err := object(body)
	if err != nil {
		return PhotoPolicy{}, err
	}
	known := fields["@odata.context"] != nil
	if inner := fields["value"]; inner != nil && !isNull(inner) {
		var list []json.RawMessage
		switch err := json.Unmarshal(inner, &list); {
		case err == nil && len(list) == 0:
			inner, known = json.RawMessage("{}"), true
		case err == nil:
			inner = list[0]
		}
		if fields, err = object(inner); err != nil {
			return PhotoPolicy{}, err
		}
	}
	var p PhotoPolicy
	source, roles := fields["source"], fields["allowedRoles"]
	if !known && source == nil && roles == nil {
		return PhotoPolicy{}, errNoPolicy
	}
	if source != nil {
		if err := json.Unmarshal(source, &p.Source); err != nil {
			return PhotoPolicy{}, fmt.Errorf("the source is not a word: %w", err)
		}
	}
	p.AllowedRoles, err = readRoles(roles)
	return p, err
}

// readRoles reads the allowed roles: a list, null, or the empty object that the
// documentation's concept page shows.
func readRoles(value json.RawMessage) ([]string, error) {
	if value == nil {
		return nil, nil
	}
	var roles []string
	if json.Unmarshal(value, &roles) == nil {
		return roles, nil
	}
	if fields, err := object(value); err == nil && len(fields) == 0 {
		return nil, nil
	}
	return nil, errRoles
}

func object(body []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("the answer does not parse: %w", err)
	}
	return fields, nil
}

func isNull(value json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(value), []byte("null")) }

// Organization is what the service says of the tenant.
type Organization struct {
	ID, DisplayName string
	SyncEnabled     bool      // Entra Connect or Cloud Sync keeps it in step with a directory
	LastSync        time.Time // zero when the service does not say
}

// Organization reads the tenant's organization. The time is the service's own,
// from the Date header of its answer, a refusal included; it is zero when there
// was no answer.
func (c *Client) Organization(ctx context.Context) (Organization, time.Time, error) {
	q := call{
		kind: rosterCall, attempt: "read the organization", method: abs.GET,
		url:    c.at("/organization", "$select=id,displayName,onPremisesSyncEnabled,onPremisesLastSyncDateTime"),
		accept: "application/json", requestID: uuid.NewString(), limit: maxOther,
	}
	a, err := c.do(ctx, q)
	if err != nil {
		return Organization{}, time.Time{}, err
	}
	date, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		date = time.Time{}
	}
	body, err := q.json(a)
	if err != nil {
		return Organization{}, date, err
	}
	var page struct {
		Value []struct {
			ID                         string     `json:"id"`
			DisplayName                string     `json:"displayName"`
			OnPremisesSyncEnabled      bool       `json:"onPremisesSyncEnabled"` // null: never
			OnPremisesLastSyncDateTime *time.Time `json:"onPremisesLastSyncDateTime"`
		} `json:"value"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return Organization{}, date, q.invalid(a, "the organization does not parse: %w", err)
	}
	if len(page.Value) == 0 {
		return Organization{}, date, q.invalid(a, "the answer names no organization")
	}
	one := page.Value[0]
	o := Organization{ID: one.ID, DisplayName: one.DisplayName, SyncEnabled: one.OnPremisesSyncEnabled}
	if one.OnPremisesLastSyncDateTime != nil {
		o.LastSync = *one.OnPremisesLastSyncDateTime
	}
	return o, date, nil
}
