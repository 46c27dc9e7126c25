package cli

import (
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/plan"
	"photosync/internal/record"
	"photosync/internal/run"
)

// writing reads what a sync may write.
func (c *command) writing(u *urfave.Context, o *run.Options) error {
	baseline, err := choice(u, flagBaseline, "review", "onpremises", "cloud")
	if err != nil {
		return err
	}
	o.Baseline = map[string]record.Baseline{
		"review": record.BaselineReview, "onpremises": record.BaselineAD, "cloud": record.BaselineCloud,
	}[baseline]
	conflict, err := choice(u, flagOnConflict, "skip", "onpremises", "cloud")
	if err != nil {
		return err
	}
	o.OnConflict = map[string]record.OnConflict{
		"skip": record.ConflictSkip, "onpremises": record.ConflictAD, "cloud": record.ConflictCloud,
	}[conflict]
	o.AllowDowngrade, o.RemoveOrphans, o.IgnorePolicy = u.Bool(flagAllowDowngrade), u.Bool(flagRemoveOrphans), u.Bool(flagIgnorePolicy)
	o.Canary, o.ExcludeGroups, o.PlanFile = u.String(flagCanary), u.StringSlice(flagExcludeGroup), u.String(flagPlan)
	if err := limits(u, o); err != nil {
		return err
	}
	err = periods(u, map[string]*time.Duration{
		flagGrace: &o.Grace, flagMaxAge: &o.MaxPlanAge, flagVerifyTimeout: &o.VerifyTimeout, flagRetention: &o.Retention,
	})
	if err != nil {
		return err
	}
	if err := notZero(u, map[string]time.Duration{flagMaxAge: o.MaxPlanAge, flagVerifyTimeout: o.VerifyTimeout}); err != nil {
		return err
	}
	if o.PlanFile == "-" {
		return record.Errorf(record.Usage, "--%s cannot be -; a plan is a file", flagPlan)
	}
	if o.DryRun { // which writes the plan
		return checkFile(flagPlan, o.PlanFile)
	}
	return planAlone(u)
}

// limits reads the brakes that are numbers, and --first.
func limits(u *urfave.Context, o *run.Options) error {
	o.Limits = plan.Limits{
		MaxChange: u.Int(flagMaxChange), MaxChangePercent: u.Int(flagMaxChangePercent),
		MaxRemove: u.Int(flagMaxRemove), MaxShrinkPercent: u.Int(flagMaxShrinkPercent),
	}
	for _, flag := range []string{flagMaxChange, flagMaxChangePercent, flagMaxRemove, flagMaxShrinkPercent} {
		if n := u.Int(flag); n < 0 {
			return record.Errorf(record.Usage, "--%s cannot be %d; it is 0 or more", flag, n)
		}
	}
	o.First = u.Int(flagFirst)
	if u.IsSet(flagFirst) && o.First < 1 {
		return record.Errorf(record.Usage, "--%s cannot be %d; it is 1 or more", flagFirst, o.First).Advise("Leave out --first to carry out all changes.")
	}
	return nil
}

// notZero refuses a length of time that leaves none.
func notZero(u *urfave.Context, given map[string]time.Duration) error {
	for flag, d := range given {
		if d == 0 {
			return record.Errorf(record.Usage, "--%s cannot be %q; it is more than nothing", flag, u.String(flag))
		}
	}
	return nil
}

// beforePlan are the flags that decide what is in a plan.
var beforePlan = []string{
	flagUser, flagUsersFile, flagSearchBase, flagSearchScope, flagLdapFilter,
	flagBaseline, flagOnConflict, flagRemoveOrphans, flagAllowDowngrade, flagFirst, flagExcludeGroup,
}

// planAlone refuses what says anew what a plan that is carried out has settled.
func planAlone(u *urfave.Context) error {
	if !u.IsSet(flagPlan) {
		return nil
	}
	var wrong []string
	for _, flag := range beforePlan {
		if u.IsSet(flag) {
			wrong = append(wrong, "--"+flag)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return record.Errorf(record.Usage, "--plan without --dry-run carries out that plan and nothing else, and does not go with %s", strings.Join(wrong, ", ")).
		Advise("Add --dry-run to make a plan; to carry one out, leave them out.")
}
