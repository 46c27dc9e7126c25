package lab

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// revocation says which tokens are refused although their time has not come.
type revocation struct {
	mu       sync.Mutex
	expired  int64 // serial of the last token that is
	demanded int64 // serial of the last token that does not meet claims
	claims   string
}

// ExpireTokens makes every token that was issued so far be refused with 401
// InvalidAuthenticationToken. It matters with [WithTokens] only.
func (g *Graph) ExpireTokens() {
	g.revoked.mu.Lock()
	defer g.revoked.mu.Unlock()
	g.revoked.expired = g.issued.Load()
}

// DemandClaims does what continuous access evaluation does: every token that
// was issued so far is refused with 401 and a challenge that carries claims, a
// JSON text. A token that is issued later meets it. With "" nothing is demanded
// any more. It matters with [WithTokens] only.
func (g *Graph) DemandClaims(claims string) {
	g.revoked.mu.Lock()
	defer g.revoked.mu.Unlock()
	g.revoked.claims, g.revoked.demanded = claims, g.issued.Load()
}

// met gives the refusal of a token by its serial, nil if there is none.
func (r *revocation) met(serial int64) *reply {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case serial <= r.expired:
		return unauthorized("Lifetime validation failed, the token is expired.")
	case r.claims != "" && serial <= r.demanded:
		out := unauthorized("Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp")
		out.header.Set("WWW-Authenticate", challenge+`, error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString([]byte(r.claims))+`"`)
		return out
	}
	return nil
}

// readToken checks the Authorization header.
func (g *Graph) readToken(header http.Header) (*token, *reply) {
	values := header.Values("Authorization")
	if len(values) != 1 {
		return nil, unauthorized("Access token is empty.")
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	parts := strings.Split(text, ".")
	if !strings.EqualFold(scheme, "Bearer") || len(parts) != 3 {
		return nil, unauthorized("IDX14100: JWT is not well formed, there are no dots (.).")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	signature, err2 := base64.RawURLEncoding.DecodeString(parts[2])
	var t token
	if err != nil || err2 != nil || json.Unmarshal(claims, &t) != nil {
		return nil, unauthorized("IDX14100: JWT is not well formed.")
	}
	if !hmac.Equal(signature, g.sign(parts[0]+"."+parts[1])) {
		return nil, unauthorized("Access token validation failure. Invalid signature.")
	}
	if !slices.Contains(graphAudiences, strings.TrimSuffix(t.Audience, "/")) {
		return nil, unauthorized("Access token validation failure. Invalid audience.")
	}
	if g.settings.now().Unix() >= t.Expires {
		return nil, unauthorized("Lifetime validation failed, the token is expired.")
	}
	return &t, g.revoked.met(t.Serial)
}

// challenge is how the WWW-Authenticate header begins.
const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"`

func unauthorized(message string) *reply {
	r := refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", message)
	r.header.Set("WWW-Authenticate", challenge+`, client_id="00000003-0000-0000-c000-000000000000"`)
	return r
}

// allow refuses a call whose token has none of the roles, neither as the
// application's nor as a delegated one.
func (c *call) allow(roles []string, code, message string) *reply {
	if c.token == nil {
		return nil
	}
	scopes := strings.Fields(c.token.Scopes)
	if slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(c.token.Roles, r) || slices.Contains(scopes, r) }) {
		return nil
	}
	return refuse(http.StatusForbidden, code, message)
}
