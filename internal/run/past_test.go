package run_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"photosync/internal/auth"
	"photosync/internal/lab"
	"photosync/internal/match"
	"photosync/internal/photo"
	"photosync/internal/record"
	"photosync/internal/run"
	"photosync/internal/state"
)

// listener is a sink that keeps what only people who ask for it read.
type listener struct {
	sink
	verbose []string
}

func (l *listener) Verbose(text string) { l.verbose = append(l.verbose, text) }

// scan gives what a drift gives: rows and warnings as text, but for what it says
// of its memory, and the summary.
func scan(t *testing.T, o run.Options) (rows string, s record.Summary, out *listener) {
	t.Helper()
	out = &listener{}
	s, err := run.Drift(t.Context(), o, out)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, r := range out.rows {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	for _, w := range out.warnings {
		if !ofMemory(w) {
			text.WriteString(w + "\n")
		}
	}
	return text.String(), s, out
}

func ofMemory(warning string) bool { return strings.HasPrefix(warning, "what earlier runs compared ") }

// forgetful is the options without a memory.
func forgetful(o run.Options) run.Options {
	o.StateDir = ""
	return o
}

// everybody names all people of a company.
func everybody(c *lab.Company) []run.Named {
	var people []run.Named
	for _, p := range c.People {
		people = append(people, run.Named{Name: p.UserPrincipalName})
	}
	return people
}

// A scan of known people downloads nothing, and its rows are those of a cold one
// to the last byte: of a whole scope, of named people, and of those who are
// handed over.
func TestWarmScan(t *testing.T) {
	company := small()
	handed := func(o run.Options) run.Options { return alone(o, company.People...) }
	for name, of := range map[string]func(run.Options) run.Options{
		"the whole scope": func(o run.Options) run.Options { return o },
		"named people":    func(o run.Options) run.Options { o.People = everybody(company); return o },
		"one person":      func(o run.Options) run.Options { o.People = everybody(company)[:1]; return o },
		"handed over":     handed,
	} {
		t.Run(name, func(t *testing.T) {
			_, o := start(t, company)
			without, _, _ := scan(t, of(forgetful(o)))
			cold, before, _ := scan(t, of(o))
			warm, after, out := scan(t, of(o))
			if cold != without || warm != without {
				t.Errorf("cold:\n%s\nwarm:\n%s", cmp.Diff(without, cold), cmp.Diff(without, warm))
			}
			if before.Requests.Download == 0 || after.Requests.Download != 0 {
				t.Errorf("%d downloads, then %d", before.Requests.Download, after.Requests.Download)
			}
			if diff := cmp.Diff(before.Statuses, after.Statuses); diff != "" {
				t.Error(diff)
			}
			if !slices.ContainsFunc(out.verbose, func(text string) bool {
				return strings.HasPrefix(text, "comparisons known from earlier runs: ") && strings.HasSuffix(text, ", new: 0")
			}) {
				t.Errorf("it says %q", out.verbose)
			}
		})
	}
}

// What one way of looking at people found out, the others know.
func TestWaysShareAMemory(t *testing.T) {
	company := small()
	_, o := start(t, company)
	scan(t, o)
	named := o
	named.People = everybody(company)
	for name, o := range map[string]run.Options{"named people": named, "handed over": alone(o, company.People...)} {
		if _, s, _ := scan(t, o); s.Requests.Download != 0 {
			t.Errorf("%s: %d downloads", name, s.Requests.Download)
		}
	}
	out := &sink{}
	dry := o
	dry.Baseline, dry.DryRun = record.BaselineAD, true
	if s, err := run.Sync(t.Context(), dry, nobody{t}, out); err != nil || s.Requests.Download != 0 || len(out.changes) == 0 {
		t.Errorf("a dry run: %v, %d downloads, %d changes", err, s.Requests.Download, len(out.changes))
	}
}

// The price of a warm scan: a request for 20 people who are in the cloud, and
// the pages of the roster.
func TestRequestsOfAWarmScan(t *testing.T) {
	for name, company := range map[string]*lab.Company{"small": small(), "large": lab.LargeCompany(330)} {
		t.Run(name, func(t *testing.T) {
			l, o := start(t, company)
			scan(t, o)
			l.Graph().ForgetRequests()
			_, s, out := scan(t, o)
			var matched int64
			for _, r := range out.rows {
				if r.CloudId != "" && r.Status != record.Ambiguous {
					matched++
				}
			}
			want := record.Requests{Roster: int64(len(company.CloudUsers)+998) / 999, Batch: (matched + 19) / 20, BatchItems: matched}
			if s.Requests != want {
				t.Errorf("got %+v, want %+v", s.Requests, want)
			}
			sent := 0
			for _, r := range l.Graph().Requests() {
				if !r.InBatch {
					sent++
				}
			}
			if int64(sent) != want.Roster+want.Batch {
				t.Errorf("%d requests reached the cloud", sent)
			}
		})
	}
}

// A photo that moved is downloaded, and nobody else's.
func TestWhatMovedIsDownloaded(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseInSync][0]
	person, _ := company.Person(who)
	user, _ := company.CloudUser(who)
	other, _ := company.Person(company.Cases()[lab.CaseInSync][1])
	picture := scaled(t, other.Photo, 96) // which takes one download
	for name, move := range map[string]func(*testing.T, *lab.Lab){
		"in the cloud": func(t *testing.T, l *lab.Lab) {
			if err := l.Graph().SetPhoto(user.ID, picture); err != nil {
				t.Fatal(err)
			}
		},
		"on-premises": func(t *testing.T, l *lab.Lab) {
			if !l.Directory().SetPhoto(who, picture) {
				t.Fatal("nobody has the photo")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, o := start(t, company)
			scan(t, o)
			move(t, l)
			rows, s, out := scan(t, o)
			if s.Requests.Download != 1 || out.row(t, person.UserPrincipalName).Status != record.Drifted {
				t.Errorf("%d downloads, the row is %+v", s.Requests.Download, out.row(t, who))
			}
			if want, _, _ := scan(t, forgetful(o)); rows != want {
				t.Error(cmp.Diff(want, rows))
			}
			if again, s, _ := scan(t, o); again != rows || s.Requests.Download != 0 {
				t.Errorf("again: %d downloads, %s", s.Requests.Download, cmp.Diff(rows, again))
			}
		})
	}
}

func TestScansAroundASync(t *testing.T) {
	_, o := start(t, small())
	scan(t, o)
	o.Baseline = record.BaselineAD
	s, err := run.Sync(t.Context(), o, answer(true), &sink{})
	if err != nil || s.Changes[record.Done] == 0 {
		t.Fatalf("%v, %+v", err, s.Changes)
	}
	rows, s, _ := scan(t, o)
	if s.Requests.Download == 0 {
		t.Error("what was written was taken on trust")
	}
	// Only who knows that a photo was agreed on once can call it an orphan.
	if want, _, _ := scan(t, forgetful(o)); strings.Replace(rows, "DisabledAccount,Orphan", "DisabledAccount", 1) != want || rows == want {
		t.Error(cmp.Diff(want, rows))
	}
	if _, s, _ := scan(t, o); s.Requests.Download != 0 {
		t.Errorf("%d downloads", s.Requests.Download)
	}
}

// within opens the file of a run's memory and shows its only scope.
func within(t *testing.T, o run.Options, do func(scope *bbolt.Bucket) error) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(o.StateDir, "state.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		scopes := 0
		err := tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if string(name) == "about" {
				return nil
			}
			scopes++
			return do(b)
		})
		if scopes != 1 {
			t.Errorf("%d scopes", scopes)
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// What another version of the comparison found out is found out again.
func TestAnotherVersionOfTheComparison(t *testing.T) {
	_, o := start(t, small())
	want, cold, _ := scan(t, o)
	within(t, o, func(scope *bbolt.Bucket) error {
		older, err := scope.CreateBucket([]byte("compared 0"))
		if err != nil {
			return err
		}
		now := scope.Bucket([]byte("compared 2"))
		if now.Inspect().KeyN == 0 {
			t.Error("nothing was remembered")
		}
		return errors.Join(now.ForEach(older.Put), scope.DeleteBucket([]byte("compared 2")))
	})
	rows, s, _ := scan(t, o)
	if rows != want || s.Requests.Download != cold.Requests.Download {
		t.Errorf("%d downloads, %d at first", s.Requests.Download, cold.Requests.Download)
	}
}

// Whatever becomes of the memory, the rows are the same, and the run ends well.
func TestRunsWithoutTheirMemory(t *testing.T) {
	_, o := start(t, small())
	want, cold, _ := scan(t, o)
	healthy, err := os.ReadFile(filepath.Join(o.StateDir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, o *run.Options)
		warns   string // the beginning of the one warning, "" for none
		verbose string
	}{
		"a folder that cannot be made": {func(t *testing.T, o *run.Options) {
			o.StateDir = filepath.Join(o.StateDir, "state.db", "below")
		}, "", "what earlier runs compared and agreed on is not known, and photos are judged without: "},
		"locked": {func(t *testing.T, o *run.Options) {
			db, err := bbolt.Open(filepath.Join(o.StateDir, "state.db"), 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
		}, "what earlier runs compared and agreed on is not known, and photos are judged without: ", ""},
		"damaged": {func(t *testing.T, o *run.Options) {
			if err := os.Truncate(filepath.Join(o.StateDir, "state.db"), 9000); err != nil {
				t.Fatal(err)
			}
		}, "what earlier runs compared and agreed on is lost, and the run starts without: ", ""},
		"newer": {func(t *testing.T, o *run.Options) {
			within(t, *o, func(scope *bbolt.Bucket) error {
				return scope.Tx().Bucket([]byte("about")).Put([]byte("schema"), []byte("99"))
			})
		}, "what earlier runs compared and agreed on is not known, and photos are judged without: ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.StateDir = t.TempDir()
			if err := os.WriteFile(filepath.Join(o.StateDir, "state.db"), healthy, 0o600); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, &o)
			rows, s, out := scan(t, o)
			if s.ExitCode != 0 || s.Requests.Download != cold.Requests.Download {
				t.Errorf("exit code %d, %d downloads, %d at first", s.ExitCode, s.Requests.Download, cold.Requests.Download)
			}
			ours := slices.DeleteFunc(slices.Clone(out.warnings), func(w string) bool { return !ofMemory(w) })
			if c.warns == "" && len(ours) > 0 || c.warns != "" && (len(ours) != 1 || !strings.HasPrefix(ours[0], c.warns)) {
				t.Errorf("the warnings are %q", ours)
			}
			if !slices.ContainsFunc(out.verbose, func(text string) bool { return strings.Contains(text, c.verbose) }) {
				t.Errorf("it says %q", out.verbose)
			}
			if rows != want {
				t.Error(cmp.Diff(want, rows))
			}
		})
	}
}

// A damaged memory is begun anew by the very run that found it so.
func TestDamagedMemoryIsBegunAnew(t *testing.T) {
	_, o := start(t, small())
	scan(t, o)
	path := filepath.Join(o.StateDir, "state.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("damage"), 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	scan(t, o)
	if aside, _ := filepath.Glob(path + ".damaged-*"); len(aside) != 1 {
		t.Errorf("set aside: %v", aside)
	}
	if _, s, out := scan(t, o); s.Requests.Download != 0 || len(out.warnings) != 0 {
		t.Errorf("%d downloads, warnings %q", s.Requests.Download, out.warnings)
	}
}

// What a failed read left open is found out by the next run.
func TestHalfAComparisonIsNotRemembered(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseCloudBetter][0]
	l, o := start(t, company)
	o.People = run.Names(who)
	l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
		if strings.HasSuffix(r.Path, "/photo/$value") {
			return &lab.Fault{Status: 404, Code: "ImageNotFound"}
		}
		return nil
	})
	_, _, out := scan(t, o)
	if r := out.row(t, who); r.Reason != record.Reencoded {
		t.Fatalf("got %+v", r)
	}
	l.Graph().Fail(nil)
	_, _, out = scan(t, o)
	if r := out.row(t, who); r.Reason != record.CloudBetter {
		t.Errorf("got %+v", r)
	}
	if _, s, out := scan(t, o); s.Requests.Download != 0 || out.row(t, who).Reason != record.CloudBetter {
		t.Errorf("%d downloads, %+v", s.Requests.Download, out.row(t, who))
	}
}

// remembers reports whether a person is remembered in the scope of a lab, and
// that is confirmed.
func remembers(t *testing.T, l *lab.Lab, o run.Options, tenant string, p lab.Person) bool {
	t.Helper()
	s, err := state.Open(o.StateDir, state.Scope{Graph: l.Graph().URL(), Tenant: tenant}, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	c := recalled(t, s, p)
	return c != nil && c.Confirmed
}

// recalled gives what a store knows of a person's comparison, nil for nothing.
func recalled(t *testing.T, s *state.Store, p lab.Person) *state.Compared {
	t.Helper()
	id := match.GUID(p.ObjectGUID)
	known, err := s.Recall([]match.GUID{id})
	if err != nil {
		t.Fatal(err)
	}
	return known[id].Compared
}

// Of a photo that moves between its metadata and its download nothing is
// trusted: what was compared is not what the etag names.
func TestPhotoThatMovesMeanwhileIsNotTrusted(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseDrifted][0]
	person, _ := company.Person(who)
	user, _ := company.CloudUser(who)
	for name, moves := range map[string]bool{"it moves": true, "it stays": false} {
		t.Run(name, func(t *testing.T) {
			l, o := start(t, company)
			if err := l.Graph().SetPhoto(user.ID, scaled(t, user.Photo, 96)); err != nil { // no rendition is asked for
				t.Fatal(err)
			}
			l.Graph().Fail(func(r lab.FaultRequest) *lab.Fault {
				if moves && strings.HasSuffix(r.Path, "$value") {
					if err := l.Graph().SetPhoto(user.ID, scaled(t, person.Photo, 96)); err != nil {
						t.Error(err)
					}
				}
				return nil
			})
			o.People = run.Names(who)
			scan(t, o)
			if got := remembers(t, l, o, "", person); got == moves {
				t.Errorf("remembered: %v", got)
			}
		})
	}
}

// A tenant is known by its id in the token, however it is named.
func TestTenantsHaveTheirOwn(t *testing.T) {
	company := small()
	person, _ := company.Person(company.Cases()[lab.CaseInSync][0])
	l, o := start(t, company, lab.WithTokens(true))
	sign := func(tenant string) run.Options {
		o := o
		token := l.Graph().IssueTokenFor(lab.TokenSpec{TTL: time.Hour, Roles: []string{"User.Read.All", "ProfilePhoto.Read.All"}, Tenant: tenant})
		o.Auth = auth.Settings{Environment: "global", AccessToken: auth.Secret(token)}
		o.People = run.Names(person.UserPrincipalName)
		return o
	}
	const another = "99999999-0000-0000-0000-000000000000"
	scan(t, sign(""))
	if !remembers(t, l, o, l.Graph().Tenant(), person) || remembers(t, l, o, "", person) {
		t.Error("it is not under the tenant of the token")
	}
	if _, s, _ := scan(t, sign("")); s.Requests.Download != 0 {
		t.Errorf("another token of the same tenant: %d downloads", s.Requests.Download)
	}
	if remembers(t, l, o, another, person) {
		t.Error("another tenant knows the person")
	}
}

// Without a state folder nothing is read or written.
func TestNoStateFolder(t *testing.T) {
	_, o := start(t, small())
	dir := t.TempDir()
	t.Chdir(dir)
	for range 2 {
		if _, s, _ := scan(t, forgetful(o)); s.Requests.Download == 0 {
			t.Error("something is remembered")
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// A run that the cloud never answered touches no folder.
func TestNothingIsMadeBeforeTheCloudAnswers(t *testing.T) {
	l, o := start(t, small())
	l.Graph().Fail(func(lab.FaultRequest) *lab.Fault { return &lab.Fault{Status: 401, Code: "InvalidAuthenticationToken"} })
	if _, err := run.Drift(t.Context(), o, &sink{}); record.CodeOf(err) != record.GraphTokenRejected {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(o.StateDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
}

// through puts a proxy before Microsoft Graph that changes the answers to
// downloads.
func through(t *testing.T, o run.Options, change func(*http.Response)) run.Options {
	t.Helper()
	root, err := url.Parse(o.GraphRoot)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(root); r.Out.Host = r.In.Host },
		ModifyResponse: func(r *http.Response) error {
			if strings.HasSuffix(r.Request.URL.Path, "$value") {
				change(r)
			}
			return nil
		},
	})
	t.Cleanup(server.Close)
	o.GraphRoot = server.URL
	return o
}

// headers are what a download may come with for an etag, and whether that says
// that it is of the photo which the metadata names.
var headers = map[string]struct {
	change func(*http.Response)
	same   bool
}{
	"the etag":           {func(*http.Response) {}, true},
	"the etag, but weak": {func(r *http.Response) { r.Header.Set("ETag", "W/"+r.Header.Get("ETag")) }, true},
	"the etag, bare":     {func(r *http.Response) { r.Header.Set("ETag", strings.Trim(r.Header.Get("ETag"), `"`)) }, true},
	"none":               {func(r *http.Response) { r.Header.Del("ETag") }, false},
	"an empty one":       {func(r *http.Response) { r.Header.Set("ETag", "") }, false},
	"another":            {func(r *http.Response) { r.Header.Set("ETag", `"another"`) }, false},
	"another each time":  {func(r *http.Response) { r.Header.Set("ETag", `"`+r.Header.Get("Request-Id")+`"`) }, false},
	"only the largest size's": {func(r *http.Response) {
		if strings.Contains(r.Request.URL.Path, "/photos/") {
			r.Header.Del("ETag")
		}
	}, false},
}

// Where downloads do not say which photo they are of, the second scan downloads
// as the first did, and the third nothing. All of them give the same rows.
func TestWhatIsNotConfirmedIsComparedOnceMore(t *testing.T) {
	for name, c := range headers {
		t.Run(name, func(t *testing.T) {
			l, o := start(t, small())
			o = through(t, o, c.change)
			want, cold, _ := scan(t, forgetful(o))
			all := cold.Requests.Download
			second := all
			switch {
			case c.same:
				second = 0
			case name == "only the largest size's": // what rests on that alone is confirmed
				second = ofRenditions(l)
				if second == 0 || second == all {
					t.Fatalf("%d downloads of %d are of people with a rendition", second, all)
				}
			}
			for i, downloads := range []int64{all, second, 0, 0} {
				rows, s, _ := scan(t, o)
				if rows != want {
					t.Errorf("scan %d:\n%s", i, cmp.Diff(want, rows))
				}
				if got := s.Requests.Download; got != downloads {
					t.Errorf("scan %d: %d downloads, want %d", i, got, downloads)
				}
			}
		})
	}
}

// ofRenditions counts the downloads so far for people of whom a rendition was one.
func ofRenditions(l *lab.Lab) (n int64) {
	downloads, renditions := make(map[string]int64), make(map[string]bool)
	for _, r := range l.Graph().Requests() {
		user, rendition, _ := strings.Cut(strings.TrimSuffix(r.Path, "/$value"), "/photo")
		if strings.HasSuffix(r.Path, "/$value") {
			downloads[user]++
			renditions[user] = renditions[user] || rendition != ""
		}
	}
	for user, of := range downloads {
		if renditions[user] {
			n += of
		}
	}
	return n
}

// One of the service's servers is behind: the etag is the new photo's and the
// bytes are the old one's. Only as long as that lasts is the row wrong.
func TestStaleBytesUnderANewEtag(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseInSync][0]
	person, _ := company.Person(who)
	user, _ := company.CloudUser(who)
	other, _ := company.Person(company.Cases()[lab.CaseDrifted][0])
	for name, side := range map[string]int{"a rendition": 240, "the largest size": 96} {
		for header, etag := range map[string]string{"no etag": "", "the old etag": `"old"`} {
			for scope, people := range map[string][]run.Named{"of one": run.Names(who), "of all": nil} {
				t.Run(name+", "+header+", a run "+scope, func(t *testing.T) {
					l, o := start(t, company)
					old := scaled(t, user.Photo, side)
					now := scaled(t, other.Photo, side)
					if !l.Directory().SetPhoto(who, old) {
						t.Fatal("nobody has the photo")
					}
					if err := l.Graph().SetPhoto(user.ID, now); err != nil {
						t.Fatal(err)
					}
					behind := true
					o.People = people
					through := through(t, o, func(r *http.Response) {
						if behind && strings.Contains(r.Request.URL.Path, user.ID) {
							r.Body = io.NopCloser(bytes.NewReader(old))
							r.ContentLength = int64(len(old))
							r.Header.Set("Content-Length", strconv.Itoa(len(old)))
							if r.Header.Set("ETag", etag); etag == "" {
								r.Header.Del("ETag")
							}
						}
					})
					if _, _, out := scan(t, through); out.row(t, person.UserPrincipalName).Status != record.InSync {
						t.Fatalf("while it is behind: %+v", out.row(t, person.UserPrincipalName))
					}
					behind = false
					want, _, _ := scan(t, forgetful(through))
					for i, downloads := range []int64{1, 0} {
						rows, s, out := scan(t, through)
						if got := out.row(t, person.UserPrincipalName); got.Status != record.Drifted || rows != want || s.Requests.Download != downloads {
							t.Errorf("scan %d after it: %d downloads, %+v\n%s", i, s.Requests.Download, got, cmp.Diff(want, rows))
						}
					}
				})
			}
		}
	}
}

// What a run comes to that differs from what was seen once was seen once itself.
func TestWhatDiffersIsNotConfirmedByIt(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseInSync][0]
	person, _ := company.Person(who)
	_, o := start(t, company)
	o.People = run.Names(who)
	unmarked := through(t, o, headers["none"].change)
	scan(t, unmarked)
	scope := state.Scope{Graph: unmarked.GraphRoot}
	for name, spoil := range map[string]func(*state.Compared){
		"verdict":        func(c *state.Compared) { c.Comparison.Verdict = photo.Unsure },
		"distance":       func(c *state.Compared) { c.Comparison.Distance += 1e-8 },
		"same bytes":     func(c *state.Compared) { c.Comparison.SameBytes = !c.Comparison.SameBytes },
		"detail":         func(c *state.Compared) { c.OnPremisesDetail++ },
		"cloud's detail": func(c *state.Compared) { c.CloudDetail++ },
		"kind":           func(c *state.Compared) { c.OnPremisesKind = photo.Initials },
		"cloud's kind":   func(c *state.Compared) { c.CloudKind = photo.Silhouette },
		"size":           func(c *state.Compared) { c.CloudBytes, c.CloudFormat, c.CloudWidth, c.CloudHeight = 9, photo.PNG, 9, 9 },
		"on-premises":    func(c *state.Compared) { c.Of.OnPremisesSHA256 = strings.Repeat("0", 64) },
		"cloud user":     func(c *state.Compared) { c.Of.CloudID = "99999999-0000-0000-0000-000000000000" },
		"etag":           func(c *state.Compared) { c.Of.CloudETag = `"another"` },
		"nothing":        func(*state.Compared) {},
		"hardly":         func(c *state.Compared) { c.Comparison.Distance += 1e-10 },
	} {
		t.Run(name, func(t *testing.T) {
			change(t, unmarked, scope, person, func(c *state.Compared) { c.Confirmed = false; spoil(c) })
			_, s, _ := scan(t, unmarked)
			if s.Requests.Download == 0 {
				t.Error("what was seen once is trusted")
			}
			var got state.Compared
			change(t, unmarked, scope, person, func(c *state.Compared) { got = *c })
			if want := name == "nothing" || name == "hardly"; got.Confirmed != want {
				t.Errorf("confirmed: %v", got.Confirmed)
			}
		})
	}
}

// change does something to what is remembered of a person.
func change(t *testing.T, o run.Options, scope state.Scope, p lab.Person, do func(*state.Compared)) {
	t.Helper()
	s, err := state.Open(o.StateDir, scope, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := recalled(t, s, p)
	if c == nil {
		t.Fatal("nothing is remembered")
	}
	do(c)
	s.Note(match.GUID(p.ObjectGUID), *c)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What is remembered of other photos than those of now says nothing: of another
// photo in the directory, of another cloud user, under another etag.
func TestOnlyTheSamePairIsRecalled(t *testing.T) {
	company := small()
	who := company.Cases()[lab.CaseInSync][0]
	person, _ := company.Person(who)
	l, o := start(t, company)
	o.People = run.Names(who)
	want, _, _ := scan(t, o)
	scope := state.Scope{Graph: l.Graph().URL()}
	for name, c := range map[string]struct {
		spoil   func(*state.Compared)
		recalls bool
	}{
		"the same pair":             {func(*state.Compared) {}, true},
		"seen once":                 {func(c *state.Compared) { c.Confirmed = false }, false},
		"another photo on-premises": {func(c *state.Compared) { c.Of.OnPremisesSHA256 = strings.Repeat("0", 64) }, false},
		"another cloud user":        {func(c *state.Compared) { c.Of.CloudID = "99999999-0000-0000-0000-000000000000" }, false},
		"another etag":              {func(c *state.Compared) { c.Of.CloudETag = `"another"` }, false},
	} {
		t.Run(name, func(t *testing.T) {
			change(t, o, scope, person, func(is *state.Compared) {
				is.Comparison = photo.Comparison{Verdict: photo.Different, Distance: 1}
				c.spoil(is)
			})
			rows, s, out := scan(t, o)
			if got := out.row(t, person.UserPrincipalName).Status == record.Drifted; got != c.recalls || (s.Requests.Download == 0) != c.recalls {
				t.Errorf("recalled: %v, %d downloads", got, s.Requests.Download)
			}
			if !c.recalls && rows != want {
				t.Error(cmp.Diff(want, rows))
			}
			change(t, o, scope, person, func(is *state.Compared) { is.Of.CloudETag = `"gone"` })
			scan(t, o) // as it was
		})
	}
}
