package directory

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/hashicorp/go-hclog"
	"github.com/jimlambrt/gldap"

	"photosync/internal/match"
)

const (
	fakeBase     = "DC=corp,DC=example"
	fakeUser     = "reader@corp.example"
	fakePassword = "s3cret-Pa55word"
)

// object is an entry of the fake directory; keys of attributes are as AD has them.
type object struct {
	dn         string
	attributes map[string][]string
}

// fake is a small directory: simple bind, search with pages, StartTLS.
type fake struct {
	*authority
	config  *tls.Config
	objects []object
	bind    func(user, password string) (code int, text string)
	// onSearch runs before each search is answered; a code other than 0 is the answer.
	onSearch func(n int, m *gldap.SearchMessage) (code int, text string)

	mu       sync.Mutex
	searches []*gldap.SearchMessage
	binds    int
	relay    *relay
}

func (f *fake) ldaps() string { return "ldaps://" + f.relay.addr() }
func (f *fake) plain() string { return "ldap://" + f.relay.addr() }

func (f *fake) settings() Settings {
	return Settings{Server: f.ldaps(), User: fakeUser, Password: NewSecret(fakePassword), RootCAs: f.pool()}
}

// serve starts the fake, by LDAPS or, with startTLS, on a plain port.
func (f *fake) serve(t testing.TB, startTLS bool) *fake {
	t.Helper()
	if f.authority == nil {
		f.authority = newAuthority(t)
	}
	if f.config == nil {
		f.config = f.good()
	}
	server, err := gldap.NewServer(gldap.WithLogger(hclog.NewNullLogger()))
	if err != nil {
		t.Fatal(err)
	}
	mux, err := gldap.NewMux()
	if err != nil {
		t.Fatal(err)
	}
	_ = mux.Bind(f.handleBind)
	_ = mux.Search(f.handleSearch)
	_ = mux.ExtendedOperation(f.handleStartTLS, gldap.ExtendedOperationStartTLS)
	_ = server.Router(mux)
	var opts []gldap.Option
	if !startTLS {
		opts = append(opts, gldap.WithTLSConfig(f.config))
	}
	addr := freeAddr(t)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Run(addr, opts...) }()
	for !server.Ready() {
	}
	f.relay = newRelay(t, addr)
	t.Cleanup(func() {
		f.relay.close()
		_ = server.Stop()
		<-done
	})
	return f
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (f *fake) handleStartTLS(w *gldap.ResponseWriter, r *gldap.Request) {
	resp := r.NewExtendedResponse(gldap.WithResponseCode(gldap.ResultSuccess))
	resp.SetResponseName(gldap.ExtendedOperationStartTLS)
	if w.Write(resp) == nil {
		_ = r.StartTLS(f.config)
	}
}

func (f *fake) handleBind(w *gldap.ResponseWriter, r *gldap.Request) {
	f.mu.Lock()
	f.binds++
	f.mu.Unlock()
	code, text := gldap.ResultInvalidCredentials, "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v3839"
	if m, err := r.GetSimpleBindMessage(); err == nil {
		if f.bind != nil {
			code, text = f.bind(m.UserName, string(m.Password))
		} else if m.UserName == fakeUser && string(m.Password) == fakePassword {
			code, text = gldap.ResultSuccess, ""
		}
	}
	answer := r.NewBindResponse(gldap.WithResponseCode(code))
	answer.SetDiagnosticMessage(text)
	_ = w.Write(answer)
}

func (f *fake) handleSearch(w *gldap.ResponseWriter, r *gldap.Request) {
	done := r.NewSearchDoneResponse(gldap.WithResponseCode(gldap.ResultSuccess))
	defer func() { _ = w.Write(done) }()
	m, err := r.GetSearchMessage()
	if err != nil {
		done.SetResultCode(gldap.ResultProtocolError)
		return
	}
	if m.BaseDN == "" {
		e := r.NewSearchResponseEntry("")
		e.AddAttribute("defaultNamingContext", []string{fakeBase})
		_ = w.Write(e)
		return
	}
	f.mu.Lock()
	f.searches = append(f.searches, m)
	n := len(f.searches)
	f.mu.Unlock()
	if f.onSearch != nil {
		if code, text := f.onSearch(n, m); code != 0 {
			done.SetResultCode(code)
			done.SetDiagnosticMessage(text)
			return
		}
	}
	f.answer(w, r, m, done)
}

func (f *fake) answer(w *gldap.ResponseWriter, r *gldap.Request, m *gldap.SearchMessage, done *gldap.SearchResponseDone) {
	found, ok := f.find(m)
	if !ok {
		done.SetResultCode(gldap.ResultNoSuchObject)
		return
	}
	for _, c := range m.Controls {
		if page, ok := c.(*gldap.ControlPaging); ok {
			from, _ := strconv.Atoi(string(page.Cookie))
			to := min(from+int(page.PagingSize), len(found))
			answer := &gldap.ControlPaging{}
			if to < len(found) {
				answer.Cookie = []byte(strconv.Itoa(to))
			}
			found = found[from:to]
			done.SetControls(answer)
		}
	}
	for i, o := range found {
		if m.SizeLimit > 0 && int64(i) == m.SizeLimit {
			done.SetResultCode(gldap.ResultSizeLimitExceeded)
			return
		}
		e := r.NewSearchResponseEntry(o.dn)
		for name, values := range o.attributes {
			if slices.Contains(m.Attributes, name) {
				e.AddAttribute(name, values)
			}
		}
		if w.Write(e) != nil {
			return
		}
	}
}

func (f *fake) find(m *gldap.SearchMessage) (found []object, ok bool) {
	filter, err := ldap.CompileFilter(m.Filter)
	if err != nil {
		return nil, false
	}
	base := strings.ToLower(m.BaseDN)
	for _, o := range f.objects {
		dn := strings.ToLower(o.dn)
		if g, named := strings.CutPrefix(base, "<guid="); named && strings.TrimSuffix(g, ">") == guidOf(o) {
			base = dn
		}
		_, parent, _ := strings.Cut(dn, ",")
		ok = ok || dn == base || strings.HasSuffix(dn, ","+base)
		in := dn == base && m.Scope != gldap.SingleLevel ||
			m.Scope == gldap.SingleLevel && parent == base || m.Scope == gldap.WholeSubtree && strings.HasSuffix(dn, ","+base)
		if in && f.matches(filter, o) {
			found = append(found, o)
		}
	}
	return found, ok
}

func guidOf(o object) string {
	var g match.GUID
	if v := o.attributes["objectGUID"]; len(v) > 0 {
		copy(g[:], v[0])
	}
	return g.String()
}

// matches evaluates and, or, not, equality, presence and memberOf in chains.
func (f *fake) matches(p *ber.Packet, o object) bool {
	switch p.Tag {
	case ldap.FilterAnd:
		return !slices.ContainsFunc(p.Children, func(c *ber.Packet) bool { return !f.matches(c, o) })
	case ldap.FilterOr:
		return slices.ContainsFunc(p.Children, func(c *ber.Packet) bool { return f.matches(c, o) })
	case ldap.FilterNot:
		return !f.matches(p.Children[0], o)
	case ldap.FilterEqualityMatch:
		want := p.Children[1].Data.Bytes()
		for name, values := range o.attributes {
			if strings.EqualFold(name, p.Children[0].Data.String()) && slices.ContainsFunc(values, func(v string) bool {
				return bytes.EqualFold([]byte(v), want)
			}) {
				return true
			}
		}
	case ldap.FilterPresent:
		return len(o.attributes[p.Data.String()]) > 0
	case ldap.FilterExtensibleMatch:
		part := make(map[ber.Tag]string)
		for _, c := range p.Children {
			part[c.Tag] = c.Data.String()
		}
		return part[ldap.MatchingRuleAssertionMatchingRule] == inChain && part[ldap.MatchingRuleAssertionType] == "memberOf" &&
			f.linked(o, part[ldap.MatchingRuleAssertionMatchValue], len(f.objects))
	}
	return false
}

// linked reports whether a chain of at most that many links leads up to a group.
func (f *fake) linked(o object, group string, most int) bool {
	for _, up := range o.attributes["memberOf"] {
		if strings.EqualFold(up, group) {
			return true
		}
		i := slices.IndexFunc(f.objects, func(g object) bool { return strings.EqualFold(g.dn, up) })
		if i >= 0 && most > 0 && f.linked(f.objects[i], group, most-1) {
			return true
		}
	}
	return false
}

// fakeGUID gives a GUID that carries a number.
func fakeGUID(n int) (g match.GUID) {
	copy(g[:], fmt.Sprintf("guid%012d", n))
	return g
}

// human gives a person of the fake directory, with more attributes in pairs.
func human(n int, more ...string) object {
	name, g := fmt.Sprintf("user%d", n), fakeGUID(n)
	o := object{dn: fmt.Sprintf("CN=%s,OU=Lab,%s", name, fakeBase), attributes: map[string][]string{
		"objectCategory": {"person"}, "objectClass": {"top", "user"}, "objectGUID": {string(g[:])},
		"objectSid": {string(fakeSID(n))}, "sAMAccountName": {name}, "userPrincipalName": {name + "@corp.example"},
		"mail": {name + "@mail.example"}, "displayName": {"User " + strconv.Itoa(n)}, "userAccountControl": {"512"},
		"thumbnailPhoto": {"\xff\xd8\xff photo of " + name},
	}}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] == "" {
			delete(o.attributes, more[i])
		} else {
			o.attributes[more[i]] = []string{more[i+1]}
		}
	}
	return o
}

func fakeSID(n int) []byte {
	b, _ := parseSID(fmt.Sprintf("S-1-5-21-1-2-3-%d", n))
	return b
}

func humans(count int) []object {
	out := make([]object, count)
	for i := range out {
		out[i] = human(i)
	}
	return out
}
