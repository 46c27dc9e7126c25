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

	batchWidth    int
	bucket        Bucket
	overload      Overload
	policy        PhotoPolicy
	brokenEvery   int
	slowEvery     int
	slowFor       time.Duration
	wrongEvery    int
	missingEvery  int
	falseEvery    int
	clockSkew     time.Duration
	endlessRoster bool
	foreignLink   string
	redirect      string
	captivePortal bool
	withoutLog    bool
	tls           bool
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

// WithLatency lets Microsoft Graph take d for every request. Requests that come
// at the same time wait at the same time. The items of a batch take no time of
// their own unless [WithBatchWidth] says otherwise.
func WithLatency(d time.Duration) Option { return func(s *settings) { s.latency = d } }

// WithBatchWidth says how many items of a batch Microsoft Graph carries out at
// a time: a batch of k items takes k/n times the latency of [WithLatency],
// rounded up. With 0 a batch takes one latency.
func WithBatchWidth(n int) Option { return func(s *settings) { s.batchWidth = n } }

// WithBatchDisorder leaves each missing-th item out of the answers of the
// batches, counted over all of them; the item is carried out all the same. The
// answers that are there come in a shuffled order, as they do without this
// option. With 0 none is missing.
func WithBatchDisorder(missing int) Option { return func(s *settings) { s.missingEvery = missing } }

// WithFalseNoPhoto makes each every-th photo whose metadata an item of a batch
// asks for look as if there were none: in turn as a 404 ImageNotFound and as a
// 404 with a null body and no headers. Requests outside a batch hear the truth.
func WithFalseNoPhoto(every int) Option { return func(s *settings) { s.falseEvery = every } }

// WithClockSkew shifts the Date header of every answer by d, and nothing else.
func WithClockSkew(d time.Duration) Option { return func(s *settings) { s.clockSkew = d } }

// WithoutRequestLog stores no requests, so that a long benchmark does not
// collect them: [Graph.Requests] and [Graph.WriteLog] stay empty. What is
// counted is counted all the same (see [Graph.Throttle] and [Graph.Writes]).
func WithoutRequestLog() Option { return func(s *settings) { s.withoutLog = true } }

// WithSeed changes the order in which the answers of a batch come.
func WithSeed(seed uint64) Option { return func(s *settings) { s.seed = seed } }

// WithClock gives the lab another clock: for the expiry of tokens, for
// [WithVisibilityDelay], for [WithThrottle] and for the Date header.
func WithClock(now func() time.Time) Option { return func(s *settings) { s.now = now } }

// WithServerNames replaces the names and addresses in the directory's
// certificate, for tests of a name that does not fit.
func WithServerNames(names ...string) Option { return func(s *settings) { s.serverNames = names } }

// WithExpiredCertificate gives the directory a certificate that has expired.
func WithExpiredCertificate() Option { return func(s *settings) { s.certificateAged = true } }
