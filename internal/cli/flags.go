package cli

import (
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/connection"
	"photosync/internal/plan"
	"photosync/internal/run"
)

// Flag categories, as --help shows them.
const (
	catDirectory = "Directory (on-premises)"
	catGraph     = "Microsoft 365"
	catWho       = "Whom"
	catOutput    = "Output"
	catWrite     = "Writing"
	catBrake     = "Brakes: before the first write"
	catKeep      = "Backups"
)

// Names of flags that the code asks for.
const (
	flagServer            = "server"
	flagLdapAuth          = "ldap-auth"
	flagLdapUser          = "ldap-user"
	flagLdapPasswordStdin = "ldap-password-stdin"
	flagCAFile            = "ca-file"
	flagSearchBase        = "search-base"
	flagSearchScope       = "search-scope"
	flagLdapFilter        = "ldap-filter"
	flagUser              = "user"
	flagUsersFile         = "users-file"
	flagTenant            = "tenant"
	flagClientID          = "client-id"
	flagAuth              = "auth"
	flagCertificateFile   = "certificate-file"
	flagAccessTokenStdin  = "access-token-stdin"
	flagEnvironment       = "environment"
	flagGraphURL          = "graph-url"
	flagOutput            = "output"
	flagAll               = "all"
	flagSummary           = "summary"
	flagQuiet             = "quiet"
	flagVerbose           = "verbose"
	flagDriftExitCode     = "drift-exit-code"
	flagStateDir          = "state-dir"
	flagDryRun            = "dry-run"
	flagYes               = "yes"
	flagBaseline          = "baseline"
	flagMaxChange         = "max-change"
	flagMaxChangePercent  = "max-change-percent"
	flagConcurrency       = "concurrency"
	flagWriteProbe        = "write-probe"
	flagOnConflict        = "on-conflict"
	flagAllowDowngrade    = "allow-downgrade"
	flagRemoveOrphans     = "remove-orphans"
	flagGrace             = "grace"
	flagMaxRemove         = "max-remove"
	flagMaxShrinkPercent  = "max-shrink-percent"
	flagCanary            = "canary"
	flagIgnorePolicy      = "ignore-policy"
	flagFirst             = "first"
	flagExcludeGroup      = "exclude-group"
	flagPlan              = "plan"
	flagMaxAge            = "max-age"
	flagVerifyTimeout     = "verify-timeout"
	flagRetention         = "retention"
	flagBackupRecipient   = "backup-recipient"
	flagIdentityFile      = "identity-file"
	flagRun               = "run"
	flagList              = "list"
	flagForce             = "force"
)

// directoryFlags say how to reach the domain controller.
func directoryFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Category: catDirectory, Name: flagServer, EnvVars: []string{connection.ServerVariable}, Usage: "domain controller: `HOST` or ldaps://HOST[:PORT] for LDAPS, ldap://HOST[:PORT] for StartTLS"},
		&urfave.StringFlag{Category: catDirectory, Name: flagLdapAuth, EnvVars: []string{connection.LdapAuthVariable}, Usage: "how to bind: `basic`, a name and a password inside TLS", Value: "basic"},
		&urfave.StringFlag{Category: catDirectory, Name: flagLdapUser, EnvVars: []string{connection.LdapUserVariable}, Usage: "account that reads the directory: UPN, DOMAIN\\name or DN; its password comes from PHOTOSYNC_LDAP_PASSWORD"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catDirectory, Name: flagLdapPasswordStdin, Usage: "read the password from the first line of standard input"},
		caFlag(catDirectory, "on both sides"),
	}
}

func caFlag(category, where string) urfave.Flag {
	return &urfave.StringFlag{Category: category, Name: flagCAFile, EnvVars: []string{connection.CAFileVariable}, Usage: "PEM `FILE` with CA certificates to trust beside the system's, " + where}
}

// whoFlags say whom to look at.
func whoFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Category: catWho, Name: flagSearchBase, Usage: "`DN` to search below (default: the whole domain)"},
		&urfave.StringFlag{Category: catWho, Name: flagSearchScope, Usage: "base, one or sub", Value: "sub"},
		&urfave.StringFlag{Category: catWho, Name: flagLdapFilter, Usage: "LDAP `FILTER` that people must match, such as (department=Sales)"},
		userFlag("UPN, mail, sAMAccountName, DN, objectGUID or SID"),
		usersFileFlag(),
	}
}

func userFlag(forms string) urfave.Flag {
	return &urfave.StringSliceFlag{Category: catWho, Name: flagUser, Usage: "a person: " + forms + "; may be given again and again"}
}

func usersFileFlag() urfave.Flag {
	return &urfave.StringFlag{Category: catWho, Name: flagUsersFile, Usage: "`FILE` with one person a line; - is standard input"}
}

// journalForms are the names by which the journal knows a person.
const journalForms = "UPN, sAMAccountName, objectGUID or cloud id, as they were at the write"

// graphFlags say how to sign in to Microsoft 365 and how to reach it.
func graphFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Category: catGraph, Name: flagTenant, EnvVars: []string{connection.TenantVariable}, Usage: "tenant id or domain"},
		&urfave.StringFlag{Category: catGraph, Name: flagClientID, EnvVars: []string{connection.ClientIDVariable}, Usage: "application (client) id"},
		&urfave.StringFlag{Category: catGraph, Name: flagAuth, Usage: "how to sign in: client-secret, certificate, managed-identity, workload-identity, browser, device-code, azure-cli or token (default: the complete set in the environment)"},
		&urfave.StringFlag{Category: catGraph, Name: flagCertificateFile, EnvVars: []string{connection.CertificateVariable}, Usage: "PEM or PFX `FILE` with certificate and key; its password comes from AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catGraph, Name: flagAccessTokenStdin, Usage: "read a ready access token from standard input (its second line after --ldap-password-stdin)"},
		&urfave.StringFlag{Category: catGraph, Name: flagEnvironment, EnvVars: []string{connection.EnvironmentVariable}, Usage: "cloud: global, usgov, usgovdod or china", Value: "global"},
		&urfave.StringFlag{Category: catGraph, Name: flagGraphURL, EnvVars: []string{connection.GraphURLVariable}, Usage: "Graph root `URL`, without version (default: the cloud's); plain http on loopback only"},
		&urfave.IntFlag{Category: catGraph, Name: flagConcurrency, Usage: "no more than `N` requests to Microsoft Graph at once", DefaultText: "found by itself"},
	}
}

// outputFlags say what is shown and where things are kept.
func outputFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Category: catOutput, Name: flagOutput, Usage: "text, json (JSON Lines) or csv", Value: "text"},
		&urfave.StringFlag{Category: catOutput, Name: flagSummary, Usage: "write a summary of the run to `FILE`, as JSON"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catOutput, Name: flagQuiet, Usage: "no progress and no summary on standard error; errors and warnings stay"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catOutput, Name: flagVerbose, Usage: "say on standard error what is done"},
		&urfave.StringFlag{Category: catOutput, Name: flagStateDir, EnvVars: []string{connection.StateDirVariable}, Usage: "`DIR` for journal, backups and what earlier runs compared", DefaultText: "ProgramData, /var/lib/userphotosync as root, else the XDG state folder"},
	}
}

// peopleFlags are those of the commands that go over people.
func peopleFlags() []urfave.Flag {
	return slices.Concat(directoryFlags(), whoFlags(), graphFlags(), outputFlags(), []urfave.Flag{
		&urfave.BoolFlag{DisableDefaultText: true, Category: catOutput, Name: flagAll, Usage: "also people who need no attention"},
	})
}

func driftFlags() []urfave.Flag {
	return append(peopleFlags(),
		&urfave.BoolFlag{DisableDefaultText: true, Category: catOutput, Name: flagDriftExitCode, Usage: "exit with 4 when somebody is Drifted or MissingInCloud"},
	)
}

func syncFlags() []urfave.Flag {
	return slices.Concat(peopleFlags(), mayWriteFlags(), []urfave.Flag{
		&urfave.StringFlag{Category: catWrite, Name: flagBaseline, Usage: "which side is right where the photos differ and nobody has decided yet: review (undecided, leave them), onpremises or cloud (accept what is there)", Value: "review"},
		&urfave.StringFlag{Category: catWrite, Name: flagOnConflict, Usage: "what becomes of a cloud photo that changed since both sides agreed: skip (leave the person's own choice alone), onpremises (the directory is right) or cloud (accept what is there)", Value: "skip"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagAllowDowngrade, Usage: "replace the same picture with more detail, too"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagRemoveOrphans, Usage: "remove cloud photos that were ours and whose person has none in the directory any more, is gone or is disabled; needs --max-remove too"},
		durationFlag(catWrite, flagGrace, "how long somebody must have been seen as an orphan before that", run.DefaultGrace),
		&urfave.IntFlag{Category: catWrite, Name: flagFirst, Usage: "carry out `N` changes, the first of the plan, as a pilot", DefaultText: "all"},
		&urfave.StringSliceFlag{Category: catWrite, Name: flagExcludeGroup, Usage: "`DN` of a group whose members, also through other groups, are left out; may be given again and again"},
		&urfave.StringFlag{Category: catWrite, Name: flagPlan, Usage: "with --dry-run, write the plan to `FILE`; without it, carry out the plan in FILE, that and nothing else"},
		durationFlag(catWrite, flagMaxAge, "carry out no plan that is older", run.DefaultMaxPlanAge),
		verifyFlag(),
		&urfave.IntFlag{Category: catBrake, Name: flagMaxChange, Usage: "stop when more than `N` people would change", Value: plan.DefaultLimits.MaxChange},
		&urfave.IntFlag{Category: catBrake, Name: flagMaxChangePercent, Usage: "the same, in percent of a whole scope of more than 200 people", Value: plan.DefaultLimits.MaxChangePercent},
		&urfave.IntFlag{Category: catBrake, Name: flagMaxRemove, Usage: "stop when more than `N` photos would be removed", Value: plan.DefaultLimits.MaxRemove},
		&urfave.IntFlag{Category: catBrake, Name: flagMaxShrinkPercent, Usage: "stop when the directory gives less than at the last run over the same scope, by more than `P` percent", Value: plan.DefaultLimits.MaxShrinkPercent},
		&urfave.StringFlag{Category: catBrake, Name: flagCanary, Usage: "stop unless this person, by any name that --user takes, is in sync"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catBrake, Name: flagIgnorePolicy, Usage: "do not stop when the tenant's photo update settings leave photos to somebody else"},
		recipientFlag(),
		durationFlag(catKeep, flagRetention, "how long runs and their backups are kept; 0 is for ever", run.DefaultRetention),
	})
}

func restoreFlags() []urfave.Flag {
	return slices.Concat([]urfave.Flag{
		&urfave.StringFlag{Category: catWho, Name: flagRun, Usage: "the run to undo, by its `ID`; with people, only what it wrote for them"},
		userFlag(journalForms),
		usersFileFlag(),
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWho, Name: flagList, Usage: "list the runs, the latest first, and change nothing; with --run only that one"},
	}, graphFlags(), []urfave.Flag{caFlag(catGraph, "such as a proxy's")}, outputFlags(), mayWriteFlags(), []urfave.Flag{
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagForce, Usage: "also where the cloud photo changed since, or the write is not known to have arrived"},
		verifyFlag(),
		&urfave.StringFlag{Category: catKeep, Name: flagIdentityFile, EnvVars: []string{connection.IdentityFileVariable}, Usage: "`FILE` with the age identity (the private key) that opens encrypted backups"},
		recipientFlag(),
	})
}

func pruneFlags() []urfave.Flag {
	return slices.Concat(outputFlags(), mayWriteFlags(), []urfave.Flag{
		durationFlag(catKeep, flagRetention, "take away what is older", run.DefaultRetention),
	})
}

func forgetFlags() []urfave.Flag {
	return slices.Concat([]urfave.Flag{userFlag(journalForms), usersFileFlag()}, outputFlags(), mayWriteFlags())
}

// mayWriteFlags are those of the commands that ask before they change something.
func mayWriteFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagDryRun, Usage: "show what would be done; nothing can be written"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagYes, Usage: "do not ask; needed where there is no terminal"},
	}
}

// durationFlag is read by [period].
func durationFlag(category, name, usage string, value time.Duration) urfave.Flag {
	return &urfave.StringFlag{Category: category, Name: name, Usage: usage + "; `D` is 7d, 36h, 90m or 30s", Value: inDays(value)}
}

func verifyFlag() urfave.Flag {
	return durationFlag(catWrite, flagVerifyTimeout, "how long a write is looked for before it counts as Pending", run.DefaultVerifyTimeout)
}

func recipientFlag() urfave.Flag {
	return &urfave.StringFlag{Category: catKeep, Name: flagBackupRecipient, EnvVars: []string{connection.BackupRecipientVariable}, Usage: "age public `KEY` (age1...) to encrypt backups for"}
}

func checkFlags() []urfave.Flag {
	return slices.Concat(directoryFlags(), graphFlags(), outputFlags(), []urfave.Flag{
		&urfave.StringSliceFlag{Category: catWho, Name: flagUser, Usage: "the person whose photo is read as a trial, by any name that drift takes (default: the first with a photo whom the directory gives)"},
		&urfave.StringFlag{Category: catWrite, Name: flagWriteProbe, Usage: "write a test picture for this `UPN`, a test user's, look until it is seen, and put back what was there"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagYes, Usage: "do not ask before --write-probe; needed where there is no terminal"},
		recipientFlag(),
	})
}
