package record

import (
	"fmt"
	"strings"
)

// ErrorsPage gives docs/errors.md: the catalogue, as people read it.
func ErrorsPage() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, errorsHead, len(Catalogue))
	for _, f := range Fixers {
		fmt.Fprintf(&b, "\n## %s\n\n| Code | Exit | Again | Meaning | What to do |\n|---|---|---|---|---|\n", fixerTitles[f])
		for _, e := range Catalogue {
			if e.Who != f {
				continue
			}
			again := ""
			if e.Again {
				again = "yes"
			}
			fmt.Fprintf(&b, "| `%s` | %d | %s | %s | %s |\n", e.Code, e.Exit, again, cell(e.Meaning), cell(e.Remedy))
		}
	}
	b.WriteString(errorsTail)
	return []byte(b.String())
}

// cell keeps a text inside its cell of a Markdown table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

var fixerTitles = map[Fixer]string{
	Operator:       "For whoever runs the command or wrote its script (`Operator`)",
	DirectoryAdmin: "For whoever keeps the domain controllers (`DirectoryAdmin`)",
	TenantAdmin:    "For whoever keeps applications, licences and policies of the tenant (`TenantAdmin`)",
	NetworkAdmin:   "For whoever keeps firewall and proxy (`NetworkAdmin`)",
	PhotoOwner:     "For the person in the photo, or whoever keeps the photos (`PhotoOwner`)",
	Microsoft:      "For Microsoft (`Microsoft`)",
	Project:        "For this project (`Project`)",
}

const errorsHead = `# Every answer has a name

The catalogue of the %d errors: what each code means, who can do something about it, and what. The binary, the module and this
page have it from one source; the page is written by ` + "`go test ./internal/record -run ErrorsPage -update`" + `.

A code stands in the property ` + "`ErrorCode`" + ` of a row and of the summary, at the start of the last line on standard error, and in
the FullyQualifiedErrorId of a cmdlet's error. The exit code is that of a run which the error ends; an error of one person alone
is on that person's row, and the run goes on. *Again* says that the same may go well later without anybody having done
anything. The message names what was attempted, on whom, and why it failed, with the service's own code, known to photosync or
not; ` + "`RequestId`" + ` is what Microsoft's support asks for. No token, secret or photo is ever in any of them.
`

const errorsTail = `
## Answers that are no errors

| The service says | It means | What becomes of it |
|---|---|---|
| 404 with ImageNotFound, ErrorEntityNotFound, ErrorItemNotFound, ProfileNotFoundException or EnterpriseEntityNotFound; in a batch also without any body; 200 with a picture of 1x1 | the user is there and has no photo | ` + "`MissingInCloud` or `NoPhoto`" + `; what a batch says of it is asked again singly before a write |
| 429, 503 or 504, of a request or of one item of a batch | fewer requests, please | asked again after Retry-After, or after a growing, random wait |
| 401 with claims (continuous access evaluation) | the token is to be renewed | a new token is asked for with those claims, once |
`
