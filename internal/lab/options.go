package lab

import "time"

// Option sets how the lab behaves from its start.
type Option func(*settings)

type settings struct {
	now             func() time.Time
	tokens          bool
	visibleAfter    time.Duration
	visibleReads    int
	pageSize        int
	emptyPages      bool
	latency         time.Duration
	seed            uint64
	serverNames     []string
	certificateAged bool
}

// WithTokens says whether Microsoft Graph demands a bearer token; without this
// option it does not. See [Graph.IssueToken].
func WithTokens(required bool) Option { return func(s *settings) { s.tokens = required } }

// WithVisibilityDelay makes a written photo visible only after d. Until then
// reads show what was there before.
func WithVisibilityDelay(d time.Duration) Option { return func(s *settings) { s.visibleAfter = d } }

// WithVisibilityReads makes a written photo visible only after n more requests
// have read that user's photo and seen what was there before.
func WithVisibilityReads(n int) Option { return func(s *settings) { s.visibleReads = n } }

// WithPageSize lowers the largest page of both sides: the directory's
// MaxPageSize (1000) and what Graph gives in one page whatever $top says (999).
func WithPageSize(largest int) Option { return func(s *settings) { s.pageSize = largest } }

// WithEmptyPages makes every second page of a list of users empty, with a
// link to the next page, as the documentation allows.
func WithEmptyPages() Option { return func(s *settings) { s.emptyPages = true } }

// WithLatency lets Microsoft Graph take d for every request. The items of a
// batch take no time of their own.
func WithLatency(d time.Duration) Option { return func(s *settings) { s.latency = d } }

// WithSeed changes the order in which the answers of a batch come.
func WithSeed(seed uint64) Option { return func(s *settings) { s.seed = seed } }

// WithClock gives the lab another clock: for the expiry of tokens and for
// [WithVisibilityDelay].
func WithClock(now func() time.Time) Option { return func(s *settings) { s.now = now } }

// WithServerNames replaces the names and addresses in the directory's
// certificate, for tests of a name that does not fit.
func WithServerNames(names ...string) Option { return func(s *settings) { s.serverNames = names } }

// WithExpiredCertificate gives the directory a certificate that has expired.
func WithExpiredCertificate() Option { return func(s *settings) { s.certificateAged = true } }
