package graph

import (
	"net/url"
	"strconv"
	"strings"

	"photosync/internal/record"
)

// roots has the Graph root of each cloud. Source: Microsoft's page on national
// cloud deployments.
var roots = map[string]string{
	"global":   "https://graph.microsoft.com",
	"usgov":    "https://graph.microsoft.us",
	"usgovdod": "https://dod-graph.microsoft.us",
	"china":    "https://microsoftgraph.chinacloudapi.cn",
}

// RootOf gives the Graph root of a cloud: global (also for ""), usgov,
// usgovdod or china.
func RootOf(environment string) (string, error) {
	if environment == "" {
		environment = "global"
	}
	if root, ok := roots[strings.ToLower(environment)]; ok {
		return root, nil
	}
	return "", record.Errorf(record.SettingInvalid, "--environment or PHOTOSYNC_ENVIRONMENT is %q, and there is no such cloud; the clouds are global, usgov, usgovdod and china", environment)
}

// CheckRoot gives WrongCloud for a Graph root that is another cloud's than the
// environment's (also "" for global), and GraphUrlNotAllowed for one that cannot
// be used. A root of no known cloud, such as a proxy's, goes with each of them.
func CheckRoot(root, environment string) error {
	u, err := parseRoot(root)
	if err != nil {
		return err
	}
	own, err := RootOf(environment)
	if err != nil {
		return err
	}
	for cloud, other := range roots {
		known, err := url.Parse(other)
		if err == nil && other != own && strings.EqualFold(u.Hostname(), known.Hostname()) {
			return record.Errorf(record.WrongCloud, "the Graph root %s is that of the cloud %s, and sign-in would be to another", root, cloud).
				Advise("Set --environment or PHOTOSYNC_ENVIRONMENT to " + cloud + ", or leave --graph-url out.")
		}
	}
	return nil
}

// parseRoot reads a Graph root and refuses what a token must not be sent to.
func parseRoot(root string) (*url.URL, error) {
	u, err := url.Parse(root)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return nil, notAllowed(root, "it is not a URL with a host")
	}
	switch {
	case u.User != nil:
		return nil, record.Errorf(record.GraphUrlNotAllowed, "the Graph root at %s carries a user name", u.Host)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, notAllowed(root, "its scheme is neither https nor http")
	case u.Scheme == "http" && !isLoopback(u):
		return nil, notAllowed(root, "plain http is for localhost, 127.0.0.1 and ::1 only")
	case !validPort(u.Port()):
		return nil, notAllowed(root, "its port is not one")
	case u.Path != "" && u.Path != "/":
		return nil, notAllowed(root, "it carries a path or a version")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, notAllowed(root, "it carries a query or a fragment")
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}, nil
}

// validPort reports whether a port is none or a number that a port can have.
func validPort(port string) bool {
	n, err := strconv.Atoi(port)
	return port == "" || err == nil && n > 0 && n < 1<<16
}

func notAllowed(root, why string) error {
	return record.Errorf(record.GraphUrlNotAllowed, "the Graph root %q cannot be used: %s", root, why)
}

// Loopback reports whether a Graph root is on this machine, where no
// credential may be needed. The error is GraphUrlNotAllowed.
func Loopback(root string) (bool, error) {
	u, err := parseRoot(root)
	return err == nil && isLoopback(u), err
}

// isLoopback knows the names to which the SDK's authentication provider also
// lets a token go over plain http.
func isLoopback(u *url.URL) bool {
	switch strings.ToLower(u.Hostname()) {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	return false
}

// sameOrigin reports whether u has the scheme, host and port of root, and no
// user name, which net/http would send along.
func sameOrigin(root, u *url.URL) bool {
	return u.User == nil && strings.EqualFold(u.Scheme, root.Scheme) &&
		strings.EqualFold(u.Hostname(), root.Hostname()) && port(u) == port(root)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "http") {
		return "80"
	}
	return "443"
}
