// Command troubled is a lab for the tests of the module: the small company, in
// which Microsoft Graph refuses some people's photos, to be read or to be
// written. It prints the environment that points photosync at it as KEY=VALUE
// lines, the last one PHOTOSYNC_ACCESS_TOKEN, and ends with its input.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"photosync/internal/lab"
)

// Whose photo in the cloud cannot be read, and whose cannot be replaced.
var (
	unreadable = []string{"juergen.gross@corp.example", "priya.raman@corp.example"}
	unwritable = []string{"tom.bakker@corp.example", "elif.yilmaz@corp.example"}
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() (err error) {
	company := lab.SmallCompany()
	l, err := lab.Start(company)
	if err != nil {
		return err
	}
	state, err := os.MkdirTemp("", "photosync-troubled-*")
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, l.Close(), os.RemoveAll(state)) }()
	faults := make(map[string]string) // the code, by method and path as far as the photo
	for method, upns := range map[string][]string{http.MethodGet: unreadable, http.MethodPut: unwritable} {
		for _, upn := range upns {
			u, ok := company.CloudUser(upn)
			if !ok {
				return fmt.Errorf("the small company has no %s", upn)
			}
			faults[method+" /users/"+u.ID] = "ErrorInvalidTrouble"
		}
	}
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		user, _, _ := strings.Cut(r.Path, "/photo")
		if code := faults[r.Method+" "+user]; code != "" && user != r.Path {
			return &lab.Fault{Status: http.StatusBadRequest, Code: code}
		}
		return nil
	})
	d := l.Directory()
	for _, e := range [][2]string{
		{"PHOTOSYNC_SERVER", d.LDAPSURL()},
		{"PHOTOSYNC_CA_FILE", d.CAFile()},
		{"PHOTOSYNC_LDAP_USER", d.BindUser()},
		{"PHOTOSYNC_LDAP_PASSWORD", d.BindPassword()},
		{"PHOTOSYNC_GRAPH_URL", l.Graph().URL()},
		{"PHOTOSYNC_STATE_DIR", state},
		{"PHOTOSYNC_LDAP_AUTH", "basic"},
		{"PHOTOSYNC_ENVIRONMENT", "global"},
		{"PHOTOSYNC_ACCESS_TOKEN", l.Graph().IssueToken(time.Hour)},
	} {
		if _, err := fmt.Printf("%s=%s\n", e[0], e[1]); err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
