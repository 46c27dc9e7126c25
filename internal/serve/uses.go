package serve

import (
	"context"

	"photosync/internal/connection"
	"photosync/internal/record"
	"photosync/internal/run"
)

// uses has the use case of each operation. The summary is nil when no run was
// begun.
var uses = map[string]func(context.Context, *answer, run.Options) (*record.Summary, error){
	"drift.get":       drift,
	"photo.sync":      sync,
	"photo.restore":   restore,
	"runs.list":       runs,
	"readiness.check": check,
}

func drift(ctx context.Context, a *answer, o run.Options) (*record.Summary, error) {
	_ = keeping(&o) // without a folder nothing is remembered
	s, err := run.Drift(ctx, o, a)
	return &s, err
}

func sync(ctx context.Context, a *answer, o run.Options) (*record.Summary, error) {
	if err := keeping(&o); err != nil && !o.DryRun {
		return nil, err
	}
	s, err := run.Sync(ctx, o, a, a)
	return &s, err
}

func restore(ctx context.Context, a *answer, o run.Options) (*record.Summary, error) {
	if err := keeping(&o); err != nil {
		return nil, err
	}
	s, err := run.Restore(ctx, o, a, a)
	return &s, err
}

func runs(ctx context.Context, a *answer, o run.Options) (*record.Summary, error) {
	if err := keeping(&o); err != nil {
		return nil, err
	}
	s, err := run.Runs(ctx, o, a)
	return &s, err
}

// keeping fills in the state folder.
func keeping(o *run.Options) (err error) {
	if o.StateDir == "" {
		o.StateDir, err = connection.DefaultStateDir()
	}
	return err
}

// check leaves out in a dry run what would write. Without a state folder it is
// the question after that which fails.
func check(ctx context.Context, a *answer, o run.Options) (*record.Summary, error) {
	if o.DryRun && o.WriteProbe != "" {
		o.WriteProbe = ""
		a.Warn("nothing is written in a dry run: --write-probe was left out")
	}
	if o.StateDir == "" {
		o.StateDir, _ = connection.DefaultStateDir()
	}
	s, err := run.Check(ctx, o, a)
	return &s, err
}
