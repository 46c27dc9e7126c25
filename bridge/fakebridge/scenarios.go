package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"photosync/bridge"
)

// scenario is one way to behave.
type scenario struct {
	play func(*child)
	deaf bool // takes no notice of cancel, of signals and of the end of standard input
	mute bool // never reads standard input
}

// scenarios has them by name. Those of a fault give one row before it where the
// protocol has come that far, so that a test can see that it is kept.
var scenarios = map[string]scenario{
	// as it should be
	"good":    {play: good},
	"canned":  {play: canned},
	"early":   {play: early},
	"echo":    {play: echo},
	"dribble": {play: dribble},
	"sync":    {play: syncPhotos},
	"serve":   {play: serve},
	"streams": {play: streams},
	"types":   {play: types},
	"sign":    {play: sign},
	"prompt":  {play: prompt},
	"check":   {play: check},

	// odd, but allowed
	"bom":  {play: func(c *child) { c.raw("\ufeff"); good(c) }},
	"crlf": {play: crlf},
	"blank": {play: func(c *child) {
		c.raw("\n\n")
		c.request()
		c.raw("\n")
		c.row()
		c.raw("  \n")
		c.finish()
	}},
	"unknown-type":  {play: with(`{"v":1,"type":"weather","id":%d,"sky":"blue"}`)},
	"unknown-field": {play: with(`{"v":1,"type":"warning","id":%d,"message":"odd","mood":{"deep":[1,2]}}`)},
	"alive":         {play: alive},
	"stderr-flood":  {play: stderrFlood},
	"flood":         {play: flood, mute: true},
	"person-error":  {play: personError},
	"hang-at-end":   {play: func(c *child) { good1(c); c.hang() }, deaf: true},
	"alive-at-end":  {play: aliveAtEnd, deaf: true},
	"heir-at-end":   {play: func(c *child) { good1(c); heir(); os.Exit(0) }},

	// faults before the first row
	"no-hello":         {play: func(c *child) { c.hang() }},
	"no-hello-deaf":    {play: func(c *child) { c.hang() }, deaf: true},
	"exit-at-once":     {play: func(*child) { os.Exit(0) }},
	"panic-at-once":    {play: func(*child) { panic("the fake has no hello") }},
	"wrong-protocol":   {play: func(c *child) { c.say("%s", helloLine(9, 9, bridge.Version())); c.hang() }},
	"wrong-version":    {play: func(c *child) { c.say("%s", helloLine(1, 1, "9.9.9")); c.hang() }},
	"garbage-at-once":  {play: func(c *child) { c.say("Welcome to PHP"); c.hang() }},
	"no-hello-but-row": {play: func(c *child) { c.row(); c.hang() }},

	// faults after a row
	"garbage":        {play: after(func(c *child) { c.say("Segmentation fault (core dumped)"); c.hang() })},
	"array":          {play: after(func(c *child) { c.say(`[{"v":1,"type":"alive","id":1}]`); c.hang() })},
	"broken-json":    {play: after(func(c *child) { c.say(`{"v":1,"type":"result","id":1,"items":[}`); c.hang() })},
	"case-keys":      {play: after(func(c *child) { c.say(`{"v":1,"type":"warning","id":%d,"message":"a","MESSAGE":"b"}`, c.id); c.hang() })},
	"no-type":        {play: after(func(c *child) { c.say(`{"v":1,"id":%d}`, c.id); c.hang() })},
	"row-not-object": {play: after(func(c *child) { c.say(`{"v":1,"type":"result","id":%d,"kind":"drift","items":["x"]}`, c.id); c.hang() })},
	"half-line":      {play: after(func(c *child) { c.raw(`{"v":1,"type":"res`); os.Exit(0) })},
	"half-line-hang": {play: after(func(c *child) { c.raw(`{"v":1,"type":"res`); c.hang() })},
	"endless-line":   {play: after(endless)},
	"long-line":      {play: after(longLine)},
	"silence":        {play: after(func(c *child) { c.hang() })},
	"silence-deaf":   {play: after(func(c *child) { c.hang() }), deaf: true},
	"exit-0":         {play: after(func(*child) { os.Exit(0) })},
	"exit-3":         {play: after(func(*child) { os.Exit(3) })},
	"panic":          {play: after(func(*child) { panic("the fake stumbles on purpose") })},
	"killed":         {play: after(killed)},
	"closed-stdout":  {play: after(closedStdout), deaf: true},
	"no-counts": {play: after(func(c *child) {
		c.last(`{"v":1,"type":"end","id":%d,"status":"ok","exitCode":0,"summary":null,"durationMs":1}`, c.id)
		c.rest(0)
	})},
	"null-counts": {play: after(func(c *child) {
		c.last(`{"v":1,"type":"end","id":%d,"status":"ok","exitCode":0,"counts":null,"summary":null,"durationMs":1}`, c.id)
		c.rest(0)
	})},
	"wrong-counts":   {play: after(func(c *child) { c.given++; c.finish() })},
	"wrong-errors":   {play: after(func(c *child) { c.faults++; c.finish() })},
	"wrong-proposed": {play: after(wrongProposed)},
	"wrong-id":       {play: after(func(c *child) { c.id += 98; c.row(); c.id -= 98; c.hang() })},
	"wrong-v":        {play: after(func(c *child) { c.say(`{"v":2,"type":"warning","id":%d,"message":"from tomorrow"}`, c.id); c.hang() })},
	"propose-twice":  {play: proposeTwice},
	"fatal":          {play: after(func(c *child) { fatal(c); c.end("failed", 12); c.rest(12) })},
	"fatal-no-end":   {play: after(func(c *child) { fatal(c); os.Exit(12) })},
	"odd-category":   {play: after(oddCategory)},
	"failed":         {play: after(func(c *child) { c.end("failed", 1); c.rest(1) })},
	"cancelled":      {play: after(func(c *child) { c.end("cancelled", 130); c.rest(130) })},
	"odd-status":     {play: after(func(c *child) { c.end("splendid", 0); c.rest(0) })},
	"heir":           {play: after(func(*child) { heir(); os.Exit(0) })},
	"deaf":           {play: dribble, deaf: true},
	"sign-twice":     {play: signTwice},

	// checks that failed, and checks that did not come to their end
	"check-failed":  {play: checkFailed("ChecksFailed", "invalid", 1)},
	"check-single":  {play: checkFailed("DirectoryUnreachable", "connection", 12)},
	"check-broken":  {play: checkFailed("InternalError", "internal", 1)},
	"check-refused": {play: checkRefused},
	"check-unsaid":  {play: func(c *child) { c.request(); c.checks(); c.end("failed", 1); c.rest(1) }},
	"check-stopped": {play: func(c *child) { c.request(); c.checks(); c.end("cancelled", 130); c.rest(130) }},
	"check-odd":     {play: func(c *child) { c.request(); c.check(`{"Check":"SignIn"}`); c.hang() }},
}

// after takes a request, gives a row, and goes on.
func after(then func(*child)) func(*child) {
	return func(c *child) {
		c.request()
		c.row()
		then(c)
	}
}

// with gives a row, an odd line and another row.
func with(format string) func(*child) {
	return after(func(c *child) {
		c.say(format, c.id)
		c.row()
		c.finish()
	})
}

// finish ends a good run.
func (c *child) finish() {
	c.end("ok", 0)
	c.rest(0)
}

func good(c *child) { good1(c); c.rest(0) }

func good1(c *child) {
	c.request()
	c.row()
	c.end("ok", 0)
}

// serve answers one request after another.
func serve(c *child) {
	c.hello()
	for {
		c.given, c.faults = 0, 0
		c.next()
		c.row()
		c.end("ok", 0)
	}
}

// canned gives its rows when the input has ended.
func canned(c *child) {
	c.request()
	c.many(rows(50_000))
	c.finish()
}

// early gives its rows before it has seen the input, and reads that meanwhile.
func early(c *child) {
	c.hello()
	l := c.await("request")
	c.id = l.ID
	c.many(rows(50_000))
	if l.Params.People {
		c.await("inputEnd")
	}
	c.finish()
}

// echo has a single thread: it reads a line of input, then writes a row for each
// item of it, and reads on only then.
func echo(c *child) {
	c.hello()
	c.id = c.await("request").ID
	for l := range c.said {
		switch l.Type {
		case "input":
			c.many(bytes.Count(l.Items, []byte(`","`)) + 1)
		case "inputEnd":
			c.finish()
		}
	}
	os.Exit(130)
}

// dribble gives a row every 20 ms, for ever unless PHOTOSYNC_FAKE_ROWS says how many.
func dribble(c *child) {
	c.request()
	for left := rows(-1); left != 0; left-- {
		c.row()
		time.Sleep(20 * time.Millisecond)
	}
	c.finish()
}

// syncPhotos proposes one change after another and does what the host decides, or
// would do it in a dry run. Its log shows the decisions.
func syncPhotos(c *child) {
	l := c.request()
	done, skipped := 0, 0
	count := rows(3)
	for n := 1; n <= count; n++ {
		c.propose(n)
		d := c.await("decision")
		status, reason := "Done", "null"
		switch {
		case l.DryRun:
			status = "WouldChange"
		case !d.Proceed:
			status, reason = "Skipped", `"Declined"`
			skipped++
		default:
			done++
		}
		c.given++
		c.say(`{"v":1,"type":"result","id":%d,"kind":"change","items":[{"UserPrincipalName":"person%d@corp.example","DisplayName":"Person %d","SamAccountName":"person%d",`+
			`"ObjectGuid":"3f2504e0-4f89-11d3-9a0c-%012d","CloudId":"8a0e1b52-6c1d-4a57-b0e7-%012d","Action":"Upload","Status":%q,"Reason":%s,"OnPremisesSha256":null,"ETagBefore":null,`+
			`"ETagAfter":null,"BackupSha256":null,"Bytes":9000,"RunId":"20260131T235959Z-fake","At":"2026-01-31T23:59:59.123Z","ErrorCode":null,"ErrorMessage":null,"Remedy":null,"RequestId":null}]}`,
			c.id, n, n, n, n, n, status, reason)
	}
	c.last(`{"v":1,"type":"end","id":%d,"status":"ok","exitCode":0,"counts":{"result":%d,"error":0,"proposed":%d,"done":%d,"skipped":%d},"summary":null,"durationMs":1}`,
		c.id, count, count, done, skipped)
	c.rest(0)
}

func (c *child) propose(ref int) {
	c.say(`{"v":1,"type":"propose","id":%d,"ref":%d,"action":"Upload","target":"person%d@corp.example","displayName":"Person %d","reason":"NeverSynced","replaces":false}`,
		c.id, ref, ref, ref)
}

// proposeTwice asks the same question again before the answer is there. When
// both are answered it says what the real one says to a second answer.
func proposeTwice(c *child) {
	c.request()
	c.propose(1)
	c.propose(1)
	c.await("decision")
	c.await("decision")
	c.fault("BridgeProtocol", "protocol", "null", true)
	c.last(`{"v":1,"type":"end","id":%d,"status":"failed","exitCode":1,"counts":{"result":0,"error":1,"proposed":2,"done":0,"skipped":0},"summary":null,"durationMs":1}`, c.id)
	os.Exit(1)
}

// streams has a line for every stream of PowerShell, between two rows.
func streams(c *child) {
	c.request()
	c.say(`{"v":1,"type":"verbose","id":%d,"message":"verbose of the fake"}`, c.id)
	c.say(`{"v":1,"type":"warning","id":%d,"message":"warning of the fake"}`, c.id)
	c.row()
	c.fault("UserNotFound", "notFound", `"nobody@corp.example"`, false)
	c.say(`{"v":1,"type":"progress","id":%d,"activity":"Comparing","done":1,"total":2,"secondsLeft":null}`, c.id)
	c.say(`{"v":1,"type":"progress","id":%d,"activity":"Comparing","done":1,"total":0,"secondsLeft":7}`, c.id)
	c.say(`{"v":1,"type":"debug","id":%d,"message":"debug of the fake"}`, c.id)
	c.row()
	c.end("partial", 3)
	c.rest(3)
}

// types has texts that look like dates, names beyond ASCII, and a lone surrogate.
func types(c *child) {
	c.request()
	c.given++
	row := string(driftRow(nil, 1))
	row = strings.Replace(row, `"DisplayName":"M\u00fcller, Person 1"`, `"DisplayName":"2026-01-31T23:59:59Z"`, 1)
	row = strings.Replace(row, `"SamAccountName":"person1"`, `"SamAccountName":"\u738b \ud83d\ude00 \u0142 \ud83d"`, 1)
	row = strings.Replace(row, `"OnPremisesBytes":8001`, `"OnPremisesBytes":3000000000`, 1)
	c.say(`{"v":1,"type":"result","id":%d,"kind":"drift","items":[%s]}`, c.id, row)
	c.finish()
}

func personError(c *child) {
	c.request()
	c.row()
	c.fault("UserNotFound", "notFound", `"nobody@corp.example"`, false)
	c.row()
	c.fault("IdentityAmbiguous", "invalid", `"twin"`, false)
	c.end("partial", 3)
	c.rest(3)
}

func crlf(c *child) {
	c.raw(helloLine(1, 1, bridge.Version()) + "\r\n")
	c.next()
	c.given++
	c.raw(fmt.Sprintf(`{"v":1,"type":"result","id":%d,"kind":"drift","items":[%s]}`, c.id, driftRow(nil, 1)) + "\r\n")
	c.finish()
}

// alive is slow but says so, for three seconds.
func alive(c *child) {
	c.request()
	for range 15 {
		c.say(`{"v":1,"type":"alive","id":%d}`, c.id)
		time.Sleep(200 * time.Millisecond)
	}
	c.row()
	c.finish()
}

// aliveAtEnd goes on talking when everything is said, for fifteen seconds.
func aliveAtEnd(c *child) {
	good1(c)
	for range 150 {
		c.say(`{"v":1,"type":"alive","id":0}`)
		time.Sleep(100 * time.Millisecond)
	}
	os.Exit(0)
}

// stderrFlood writes 10 MB to standard error in the middle of a run.
func stderrFlood(c *child) {
	c.request()
	c.row()
	text := []byte(strings.Repeat("noise ", 10_000))
	for range 170 {
		if _, err := os.Stderr.Write(text); err != nil {
			break
		}
	}
	c.row()
	c.finish()
}

// flood gives about 50 MB of rows, or as many as are wanted, without ever reading
// the host.
func flood(c *child) {
	c.hello()
	c.id = 1
	c.many(rows(55_000))
	c.end("ok", 0)
	os.Exit(0)
}

// endless writes a line that never ends, in pieces, so that the host hears
// something all the time.
func endless(c *child) {
	c.raw(`{"v":1,"type":"warning","id":1,"message":"`)
	for {
		c.raw(strings.Repeat("a", 64<<10))
		time.Sleep(5 * time.Millisecond)
	}
}

func longLine(c *child) {
	c.say(`{"v":1,"type":"warning","id":%d,"message":"%s"}`, c.id, strings.Repeat("a", bridge.MaxLine+1<<20))
	c.hang()
}

func killed(*child) {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		fail(99, err.Error())
	}
	select {}
}

func closedStdout(c *child) {
	if err := os.Stdout.Close(); err != nil {
		fail(99, err.Error())
	}
	c.hang()
}

func wrongProposed(c *child) {
	c.last(`{"v":1,"type":"end","id":%d,"status":"ok","exitCode":0,"counts":{"result":1,"error":0,"proposed":1,"done":1,"skipped":0},"summary":null,"durationMs":1}`, c.id)
	c.rest(0)
}

func oddCategory(c *child) {
	c.fault("TomorrowsError", "weather", `"someone"`, true)
	c.end("failed", 77)
	c.rest(77)
}

func fatal(c *child) { c.fault("DirectoryConnectionLost", "connection", "null", true) }

// heir starts a process that keeps standard output open for eight seconds.
func heir() {
	cmd := exec.Command(os.Args[0], "hold", "8")
	cmd.Stdout = os.Stdout
	if err := cmd.Start(); err != nil {
		fail(99, err.Error())
	}
	if err := note(os.Getenv("PHOTOSYNC_FAKE_PID"), fmt.Sprint(cmd.Process.Pid)); err != nil {
		fail(99, err.Error())
	}
}
