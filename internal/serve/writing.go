package serve

import (
	"math"
	"strings"
	"time"

	"photosync/bridge"
	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// writing are the parameters of a sync that say what is written, and when not.
type writing struct {
	OnConflict       record.OnConflict `json:"onConflict"`
	AllowDowngrade   bool              `json:"allowDowngrade"`
	RemoveOrphans    bool              `json:"removeOrphans"`
	GraceSeconds     *int64            `json:"graceSeconds"`
	First            *int              `json:"first"`
	ExcludeGroups    []string          `json:"excludeGroups"`
	PlanPath         string            `json:"planPath"`
	MaxAgeSeconds    *int64            `json:"maxAgeSeconds"`
	MaxRemove        *int              `json:"maxRemove"`
	MaxShrinkPercent *int              `json:"maxShrinkPercent"`
	IgnorePolicy     bool              `json:"ignorePolicy"`
	RetentionDays    *int64            `json:"retentionDays"`
}

// undoing are the parameters of a restore, some of which a sync has too.
type undoing struct {
	RunID           string `json:"runId"`
	Force           bool   `json:"force"`
	IdentityFile    string `json:"identityFile"`
	VerifySeconds   *int64 `json:"verifySeconds"`
	BackupRecipient string `json:"backupRecipient"`
}

// sync puts what is written, and when not, into the options.
func (p *parameters) sync(o *run.Options) {
	o.Baseline, o.OnConflict = listed(record.Baselines, p.Baseline), listed(record.OnConflicts, p.OnConflict)
	o.AllowDowngrade, o.RemoveOrphans, o.IgnorePolicy = p.AllowDowngrade, p.RemoveOrphans, p.IgnorePolicy
	o.ExcludeGroups, o.PlanFile = p.ExcludeGroups, p.PlanPath
	o.Limits = plan.Limits{
		MaxChange:        orElse(p.MaxChange, plan.DefaultLimits.MaxChange),
		MaxChangePercent: orElse(p.MaxChangePercent, plan.DefaultLimits.MaxChangePercent),
		MaxRemove:        orElse(p.MaxRemove, plan.DefaultLimits.MaxRemove),
		MaxShrinkPercent: orElse(p.MaxShrinkPercent, plan.DefaultLimits.MaxShrinkPercent),
	}
	o.First = orElse(p.First, 0)
	o.Grace = period(p.GraceSeconds, time.Second, run.DefaultGrace)
	o.MaxPlanAge = period(p.MaxAgeSeconds, time.Second, run.DefaultMaxPlanAge)
	o.VerifyTimeout = period(p.VerifySeconds, time.Second, run.DefaultVerifyTimeout)
	o.Retention = period(p.RetentionDays, day, run.DefaultRetention)
}

// restore puts how writes are undone into the options.
func (p *parameters) restore(o *run.Options) {
	o.Force = p.Force
	o.VerifyTimeout = period(p.VerifySeconds, time.Second, run.DefaultVerifyTimeout)
}

const day = 24 * time.Hour

func period(n *int64, unit, fallback time.Duration) time.Duration {
	if n == nil {
		return fallback
	}
	return time.Duration(*n) * unit
}

func orElse(n *int, fallback int) int {
	if n == nil {
		return fallback
	}
	return *n
}

// listed gives the value of the list that is written like this, whatever the
// case; "" for none.
func listed[T ~string](list []T, text T) T {
	for _, v := range list {
		if strings.EqualFold(string(v), string(text)) {
			return v
		}
	}
	return ""
}

// checkWriting refuses what no sync and no restore can do.
func (p *parameters) checkWriting(r *bridge.Request) error {
	refuse := func(format string, args ...any) error { return record.Errorf(record.SettingInvalid, format, args...) }
	if c := string(p.OnConflict); c != "" && !known(record.OnConflicts, c) {
		return refuse("there is no answer %q to a conflict", c)
	}
	for name, n := range map[string]*int{
		"maxChange": p.MaxChange, "maxChangePercent": p.MaxChangePercent, "maxRemove": p.MaxRemove, "maxShrinkPercent": p.MaxShrinkPercent, "first": p.First,
	} {
		if n != nil && *n < 0 {
			return refuse("%s cannot be negative", name)
		}
	}
	for name, length := range map[string]struct {
		n     *int64
		unit  time.Duration
		least int64
	}{
		"graceSeconds": {p.GraceSeconds, time.Second, 0}, "retentionDays": {p.RetentionDays, day, 0},
		"maxAgeSeconds": {p.MaxAgeSeconds, time.Second, 1}, "verifySeconds": {p.VerifySeconds, time.Second, 1},
	} {
		switch n := length.n; {
		case n == nil:
		case *n < 0:
			return refuse("%s cannot be negative", name)
		case *n < length.least || *n > math.MaxInt64/int64(length.unit):
			return refuse("%s cannot be %d", name, *n)
		}
	}
	for _, group := range p.ExcludeGroups {
		if strings.TrimSpace(group) == "" {
			return refuse("excludeGroups names no group")
		}
	}
	if wrong := p.beforePlan(r); p.PlanPath != "" && !r.DryRun && len(wrong) > 0 {
		return record.Errorf(record.SettingInvalid, "--plan without --dry-run carries out that plan and nothing else, and does not go with %s", strings.Join(wrong, ", ")).
			Advise("Add --dry-run to make a plan; to carry one out, leave them out.")
	}
	return nil
}

// beforePlan gives the flags of what was given that decides what is in a plan.
func (p *parameters) beforePlan(r *bridge.Request) (given []string) {
	for _, f := range []struct {
		flag  string
		given bool
	}{
		{"--user", r.WantsPeople}, {"--search-base", p.SearchBase != ""}, {"--search-scope", p.SearchScope != ""}, {"--ldap-filter", p.LdapFilter != ""},
		{"--baseline", p.Baseline != ""}, {"--on-conflict", p.OnConflict != ""}, {"--remove-orphans", p.RemoveOrphans},
		{"--allow-downgrade", p.AllowDowngrade}, {"--first", p.First != nil}, {"--exclude-group", p.ExcludeGroups != nil},
	} {
		if f.given {
			given = append(given, f.flag)
		}
	}
	return given
}
