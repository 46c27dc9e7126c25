package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"photosync/internal/graph"
	"photosync/internal/record"
)

// photoPolicy reads which side the tenant says photos come from.
func (c *checker) photoPolicy(ctx context.Context) record.Check {
	p, err := c.cloud.PhotoPolicy(ctx)
	if err != nil {
		return c.notRead(err, readPolicy)
	}
	c.policy = &p
	row := judgePolicy(p)
	if len(p.AllowedRoles) == 0 {
		return row
	}
	row.Status = record.Warn
	row.Evidence += "; only people with one of these directory roles may change photos: " + roleNames(p.AllowedRoles)
	row.Remedy = strings.TrimSpace(row.Remedy + " Whether an application without such a role may write is not documented: find out with --write-probe.")
	return row
}

func judgePolicy(p graph.PhotoPolicy) record.Check {
	switch {
	case strings.EqualFold(p.Source, graph.SourceCloud):
		return pass("photos come from the cloud: they may be written there, and Entra Connect will not overwrite them")
	case strings.EqualFold(p.Source, graph.SourceOnPremises):
		return warn("Find out with --write-probe before a sync. If writes are refused, let Entra Connect carry the photos, or set the source to cloud, which takes up to 24 hours.",
			"photos come from on-premises: people and administrators cannot change them in the cloud; whether an application's writes are refused too is not documented")
	case p.Source == "":
		return warn("Decide who writes photos; with photosync that is mostly the source cloud: Update-MgBetaAdminPeoplePhotoUpdateSetting -BodyParameter @{source = 'cloud'; allowedRoles = @()}",
			"nothing is set: both directions are open, so that Entra Connect sends thumbnailPhoto at each cycle and people may change their own photo in the cloud: two writers beside photosync")
	}
	return warn("Read Microsoft's page on photo update settings, and find out with --write-probe.", "the source is %q, which this version does not know", p.Source)
}

// roleNames gives template ids of directory roles, with the names of those that are known.
func roleNames(ids []string) string {
	named := make([]string, 0, len(ids))
	for _, id := range ids {
		if name := photoRoles[strings.ToLower(id)]; name != "" {
			id += " (" + name + ")"
		}
		named = append(named, id)
	}
	return strings.Join(named, ", ")
}

// notRead makes the answer of a question that Microsoft Graph did not answer.
// When no other would be answered either, runs will fail, and so does this.
func (c *checker) notRead(err error, n need) record.Check {
	code := record.CodeOf(err)
	if code.EndsRun() {
		return fail(err)
	}
	row := unread(err)
	switch {
	case errors.Is(err, graph.ErrNotServed):
		row.Evidence += "; this cloud has no photo update settings"
		row.Remedy = ""
	case code == record.GraphForbidden:
		row.Evidence += "; needed is " + n.grant
		row.Remedy = c.howToGrant(n)
	}
	return row
}

// clock is the service's time when it was looked at, and this machine's.
type clock struct{ theirs, ours time.Time }

// otherWriters says whether Entra Connect writes photos too.
func (c *checker) otherWriters(ctx context.Context) record.Check {
	o, date, err := c.cloud.Organization(ctx)
	c.clock = clock{theirs: date, ours: now()}
	if err != nil {
		return c.notRead(err, readOrganization)
	}
	if !o.SyncEnabled {
		return pass("%s is not synchronised with a directory: Entra Connect writes no photos", o.DisplayName)
	}
	last := "the time of the last sync is not known"
	if !o.LastSync.IsZero() {
		last = "last sync " + moment(o.LastSync)
	}
	if c.policy != nil && strings.EqualFold(c.policy.Source, graph.SourceCloud) {
		return pass("%s is synchronised with a directory (%s), and the photo update settings keep thumbnailPhoto out of the cloud", o.DisplayName, last)
	}
	return warn("Let one of the two write: set the photo update settings to cloud, take thumbnailPhoto out of Entra Connect's rules, or leave the photos to Entra Connect and use drift alone.",
		"Entra Connect sends thumbnailPhoto of %s to Microsoft 365 at each cycle, %s", o.DisplayName, last)
}

// The bounds on how far the two clocks may be apart: tokens and assertions are
// refused from about five minutes on.
const (
	skewWarned  = time.Minute
	skewRefused = 5 * time.Minute
)

// clockSkew compares the date of an answer with this machine's clock.
func (c *checker) clockSkew(context.Context) record.Check {
	if c.clock.theirs.IsZero() {
		return unknown("Compare this machine's clock with another by hand (w32tm /stripchart, or chronyc tracking).", "no answer of Microsoft Graph carried a date")
	}
	ahead := c.clock.ours.Sub(c.clock.theirs)
	text := fmt.Sprintf("this machine's clock is %s ahead of Microsoft Graph's", ahead.Round(10*time.Second))
	if ahead < 0 {
		text = fmt.Sprintf("this machine's clock is %s behind Microsoft Graph's", (-ahead).Round(10*time.Second))
	}
	switch away := ahead.Abs(); {
	case away > skewRefused:
		return fail(record.Errorf(record.ClockSkew, "%s: tokens and signed assertions are refused", text))
	case away > skewWarned:
		return warn(record.ClockSkew.Entry().Remedy, "%s; from 5 minutes on tokens are refused", text)
	}
	return pass("this machine's clock and Microsoft Graph's are less than a minute apart")
}
