package cli

import (
	"slices"

	urfave "github.com/urfave/cli/v2"

	"photosync/internal/connection"
	"photosync/internal/plan"
)

// Flag categories, as --help shows them.
const (
	catDirectory = "Directory (on-premises)"
	catGraph     = "Microsoft 365"
	catWho       = "Whom"
	catOutput    = "Output"
	catWrite     = "Writing"
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
)

// directoryFlags say how to reach the domain controller.
func directoryFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Category: catDirectory, Name: flagServer, EnvVars: []string{connection.ServerVariable}, Usage: "domain controller: `HOST` or ldaps://HOST[:PORT] for LDAPS, ldap://HOST[:PORT] for StartTLS"},
		&urfave.StringFlag{Category: catDirectory, Name: flagLdapAuth, EnvVars: []string{connection.LdapAuthVariable}, Usage: "how to bind: `basic`, a name and a password inside TLS", Value: "basic"},
		&urfave.StringFlag{Category: catDirectory, Name: flagLdapUser, EnvVars: []string{connection.LdapUserVariable}, Usage: "account that reads the directory: UPN, DOMAIN\\name or DN; its password comes from PHOTOSYNC_LDAP_PASSWORD"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catDirectory, Name: flagLdapPasswordStdin, Usage: "read the password from the first line of standard input"},
		&urfave.StringFlag{Category: catDirectory, Name: flagCAFile, EnvVars: []string{connection.CAFileVariable}, Usage: "PEM `FILE` with CA certificates to trust beside the system's, on both sides"},
	}
}

// whoFlags say whom to look at.
func whoFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Category: catWho, Name: flagSearchBase, Usage: "`DN` to search below (default: the whole domain)"},
		&urfave.StringFlag{Category: catWho, Name: flagSearchScope, Usage: "base, one or sub", Value: "sub"},
		&urfave.StringFlag{Category: catWho, Name: flagLdapFilter, Usage: "LDAP `FILTER` that people must match, such as (department=Sales)"},
		&urfave.StringSliceFlag{Category: catWho, Name: flagUser, Usage: "a person: UPN, mail, sAMAccountName, DN, objectGUID or SID; may be given again and again"},
		&urfave.StringFlag{Category: catWho, Name: flagUsersFile, Usage: "`FILE` with one person a line; - is standard input"},
	}
}

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
	return append(peopleFlags(),
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagDryRun, Usage: "show what would be done; nothing can be written"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagYes, Usage: "do not ask; needed where there is no terminal"},
		&urfave.StringFlag{Category: catWrite, Name: flagBaseline, Usage: "which side is right where the photos differ: review (undecided, leave them), onpremises or cloud (accept what is there)", Value: "review"},
		&urfave.IntFlag{Category: catWrite, Name: flagMaxChange, Usage: "stop before the first write when more than `N` people would change", Value: plan.DefaultLimits.MaxChange},
		&urfave.IntFlag{Category: catWrite, Name: flagMaxChangePercent, Usage: "the same, in percent of a whole scope of more than 200 people", Value: plan.DefaultLimits.MaxChangePercent},
	)
}

func checkFlags() []urfave.Flag {
	return slices.Concat(directoryFlags(), graphFlags(), outputFlags(), []urfave.Flag{
		&urfave.StringSliceFlag{Category: catWho, Name: flagUser, Usage: "the person whose photo is read as a trial, by any name that drift takes (default: the first with a photo whom the directory gives)"},
		&urfave.StringFlag{Category: catWrite, Name: flagWriteProbe, Usage: "write a test picture for this `UPN`, a test user's, look until it is seen, and put back what was there"},
		&urfave.BoolFlag{DisableDefaultText: true, Category: catWrite, Name: flagYes, Usage: "do not ask before --write-probe; needed where there is no terminal"},
	})
}
