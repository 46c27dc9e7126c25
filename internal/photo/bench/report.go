package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"photosync/internal/photo"
)

// report compares the pairs and writes what was found of one half.
func report(ctx context.Context, dir, half string, originals []*original, pairs []pair) error {
	r := findings{half: half, originals: originals, drawn: len(pairs)}
	var err error
	if r.decoding, err = speedOfDecoding(ctx, pathsOfHalf(pairs, half)); err != nil {
		return err
	}
	pictures, all, err := judge(ctx, pairs)
	if err != nil {
		return err
	}
	if err := writePairs(filepath.Join(dir, "pairs.tsv"), all); err != nil {
		return err
	}
	for _, j := range telling(all) {
		if halfOf(j.of) == half {
			r.pairs = append(r.pairs, j)
		} else {
			r.others = append(r.others, j)
		}
	}
	r.told = len(r.pairs) + len(r.others)
	if r.comparing, err = speedOfComparing(ctx, pictures, r.pairs); err != nil {
		return err
	}
	r.fair = only(r.pairs, judged.centred)
	if r.candidates, err = holdAgainst(ctx, r.fair); err != nil {
		return err
	}
	r.encoders = encoderVersions(ctx, dir)
	if err := os.WriteFile(filepath.Join(dir, "errors.svg"), []byte(r.curve()), 0o644); err != nil {
		return err
	}
	text := r.write(time.Now())
	if err := os.WriteFile(filepath.Join(dir, "report.md"), []byte(text), 0o644); err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(text)
	return err
}

// target is a figure that was asked for and the one that was reached.
type target struct {
	what, asked, reached string
	met                  bool
}

// What is asked for.
const (
	leastPairs, leastHard = 20_000, 5_000
	mostWrong             = 1.0 / 1000
	mostWrongOfKind       = 1.0 / 200
	mostUnsure            = 1.0 / 200
	leastCompared         = 2000
	leastDecoded          = 1000
)

func (r *findings) targets() []target {
	different, same := only(r.pairs, isDifferent), only(r.pairs, isSame)
	hard := count(different, isHard)
	falseSame, falseDifferent, unsure := count(different, judged.wrong), count(same, judged.wrong), count(r.pairs, isUnsure)
	kind, k, n := worstKind(same)
	return []target{
		{"different pairs judged same", "0 of at least 20,000, at least 5,000 of them of hard kinds",
			oneIn(falseSame, len(different)) + english.Sprintf(", %d of them of hard kinds", hard),
			falseSame == 0 && len(different) >= leastPairs && hard >= leastHard},
		{"same pairs judged different", "at most 1 in 1,000 of at least 20,000", oneIn(falseDifferent, len(same)),
			len(same) >= leastPairs && share(falseDifferent, len(same)) <= mostWrong},
		{"the same, of the worst kind", "at most 1 in 200", kind + ": " + oneIn(k, n), n > 0 && share(k, n) <= mostWrongOfKind},
		{"pairs judged unsure", "at most 1 in 200", oneIn(unsure, len(r.pairs)), len(r.pairs) > 0 && share(unsure, len(r.pairs)) <= mostUnsure},
		{"comparing, one core", "at least 2,000 pairs a second",
			english.Sprintf("%.0f a second, of %d pairs", r.comparing.perSecond, r.comparing.of), r.comparing.perSecond >= leastCompared},
		{"decoding, one core", "at least 1,000 files a second: JPEG, 10 to 20 KB, shorter side 96 to 240 pixels, at least 200 files",
			english.Sprintf("%.0f a second, of %d files", r.decoding.perSecond, r.decoding.of),
			r.decoding.perSecond >= leastDecoded && r.decoding.of >= leastFiles},
	}
}

// worstKind gives the kind of same pairs of which the largest share is wrong.
func worstKind(same []judged) (kind string, k, n int) {
	for _, group := range kinds(same) {
		if w := count(group, judged.wrong); kind == "" || share(w, len(group)) > share(k, n) {
			kind, k, n = group[0].kind, w, len(group)
		}
	}
	return kind, k, n
}

// english writes numbers with commas.
var english = message.NewPrinter(language.BritishEnglish)

func oneIn(k, n int) string {
	if k == 0 {
		return english.Sprintf("0 of %d", n)
	}
	return english.Sprintf("%d of %d (1 in %.0f)", k, n, float64(n)/float64(k))
}

// upperBound gives the share that the true one does not exceed, with 95%
// confidence on that side, when k of n were found: Clopper and Pearson's bound.
func upperBound(k, n int) float64 {
	if k >= n {
		return 1
	}
	low, high := 0.0, 1.0
	for range 60 {
		p := (low + high) / 2
		if atMost(k, n, p) > 0.05 {
			low = p
		} else {
			high = p
		}
	}
	return high
}

// atMost gives the chance of k or fewer of n, when each has the chance p,
// which is neither 0 nor 1.
func atMost(k, n int, p float64) float64 {
	var sum float64
	term := float64(n) * math.Log1p(-p)
	for i := range k + 1 {
		sum += math.Exp(term)
		term += math.Log(float64(n-i)) - math.Log(float64(i+1)) + math.Log(p) - math.Log1p(-p)
	}
	return sum
}

// encoderVersions asks the encoders that are installed now.
func encoderVersions(ctx context.Context, dir string) []string {
	convert := "convert"
	if _, err := exec.LookPath("convert-im6.q16"); err == nil { // as the kitchen does
		convert = "convert-im6.q16"
	}
	sharp := "version unknown"
	var p struct{ Version string }
	if b, err := os.ReadFile(filepath.Join(dir, "sharp", "node_modules", "sharp", "package.json")); err == nil && json.Unmarshal(b, &p) == nil {
		sharp = p.Version
	}
	return []string{
		"cjpeg: " + versionOf(ctx, "cjpeg"),
		"imagemagick: " + versionOf(ctx, convert),
		"cwebp: " + versionOf(ctx, "cwebp"),
		"sharp, and mozjpeg as an option of it: " + sharp,
	}
}

// versionOf gives the first line that a program prints, without the word
// version and what comes behind the numbers.
func versionOf(ctx context.Context, program string) string {
	said, err := exec.CommandContext(ctx, program, "-version").CombinedOutput()
	if err != nil && len(said) == 0 {
		return "version unknown"
	}
	first, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte("\n"))
	var kept []string
	for _, word := range strings.Fields(string(first)) {
		if strings.EqualFold(strings.TrimSuffix(word, ":"), "version") {
			continue
		}
		kept = append(kept, word)
		if word[0] >= '0' && word[0] <= '9' {
			break
		}
	}
	return strings.Join(kept, " ")
}

// findings are all that the report tells.
type findings struct {
	half                string
	originals           []*original
	drawn, told         int      // pairs of both halves, and those that are left of them
	pairs, others       []judged // of the half, and of the other one
	fair                []judged // of the half, for the candidates
	candidates          []separation
	comparing, decoding speed
	encoders            []string
	strings.Builder
}

// curve draws the errors, and the distances that part the verdicts.
func (r *findings) curve() string {
	marks := []mark{{"Same up to here", photo.SameUpTo}, {"Different from here", photo.DifferentFrom}}
	return curve(distances(only(r.pairs, isSame)), distances(only(r.pairs, isDifferent)), marks)
}

func (r *findings) sayf(format string, a ...any) { _, _ = english.Fprintf(r, format, a...) }

// table writes a table's head.
func (r *findings) table(columns ...string) {
	r.sayf("\n| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)))
}

func (r *findings) write(now time.Time) string {
	r.sayf("# What photo.Compare gets wrong\n\nOn the half of the originals named %q.\n", r.half)
	r.writeMaterial(now)
	r.writeTargets()
	r.writeKinds()
	r.writeOriginals()
	r.writeCandidates()
	r.writeWorst()
	return r.String()
}

func (r *findings) writeMaterial(now time.Time) {
	r.sayf("\n## What was compared\n")
	halves := map[string]map[string]int{"tune": {}, "held": {}}
	var names []string
	for _, o := range r.originals {
		halves[halfOf(o)][o.kind]++
		halves[halfOf(o)][""]++
		names = append(names, o.kind)
	}
	slices.Sort(names)
	r.table("originals", "tune", "held")
	for _, kind := range slices.Compact(names) {
		r.sayf("| %s | %d | %d |\n", kind, halves["tune"][kind], halves["held"][kind])
	}
	r.sayf("| all | %d | %d |\n\n", halves["tune"][""], halves["held"][""])
	r.sayf("- pairs of this half: %d different, %d same\n", count(r.pairs, isDifferent), count(r.pairs, isSame))
	r.sayf("- left out in both halves: %d pairs that were drawn twice or are a file and itself\n", r.drawn-r.told)
	r.sayf("- same byte for byte, though made by two recipes: %d pairs\n", count(r.pairs, func(j judged) bool { return j.SameBytes }))
	r.sayf("- files: %d in this half, %d in both\n", len(pathsOf(r.pairs)), len(pathsOf(slices.Concat(r.pairs, r.others))))
	r.sayf("- encoders, as installed when this was written: %s\n", strings.Join(r.encoders, "; "))
	r.sayf("- %s, %d cores\n- %s\n", runtime.Version(), runtime.NumCPU(), now.Format(time.DateOnly))
}

func (r *findings) writeTargets() {
	r.sayf("\n## Targets\n")
	r.table("figure", "target", "reached", "met")
	for _, t := range r.targets() {
		r.sayf("| %s | %s | %s | %s |\n", t.what, t.asked, t.reached, map[bool]string{true: "yes", false: "no"}[t.met])
	}
	r.sayf("\nHard kinds are all different pairs but %q. Speeds are by the clock: what else the cores did meanwhile slowed them.\n", anyPicture)
	kind, k, n := worstKind(only(r.others, isSame))
	if kind == "" {
		kind = "none"
	}
	different, same := only(r.others, isDifferent), only(r.others, isSame)
	r.sayf("\nThe other half: different judged same %s; same judged different %s, worst kind %s: %s; unsure %s.\n",
		oneIn(count(different, judged.wrong), len(different)), oneIn(count(same, judged.wrong), len(same)), kind, oneIn(k, n),
		oneIn(count(r.others, isUnsure), len(r.others)))
}

// sideNames name the two sorts of pairs.
var sideNames = map[bool]string{true: "same", false: "different"}

func (r *findings) writeKinds() {
	r.sayf("\n## Kinds\n\nA 1%% distance is the one that 1%% of the pairs do not exceed.\n")
	r.table("truth", "kind", "pairs", "originals", "judged same", "unsure", "different", "least", "1%", "median", "99%", "most")
	for _, group := range kinds(r.pairs) {
		d := distances(group)
		unsure, wrong := count(group, isUnsure), count(group, judged.wrong)
		same, different := wrong, len(group)-unsure-wrong
		if group[0].same {
			same, different = different, wrong
		}
		r.sayf("| %s | %s | %d | %d | %d | %d | %d | %.4f | %.4f | %.4f | %.4f | %.4f |\n", sideNames[group[0].same], group[0].kind, len(group),
			originalsWith(group, always), same, unsure, different, d[0], quantile(d, 0.01), quantile(d, 0.5), quantile(d, 0.99), d[len(d)-1])
	}
}

func (r *findings) writeOriginals() {
	r.sayf("\n## Originals\n\n" +
		"Pairs of one original are not independent: they share its background, light and contrast, so that what misleads one misleads others. " +
		"What was drawn by chance is the originals. The bound is Clopper and Pearson's, one-sided, at 95%%, on the share of originals " +
		"with at least one such pair among as many pairs as here; it holds for originals like these. " +
		"A pair of two originals counts for the first.\n")
	r.table("pairs", "originals", "with such a pair", "at most (95%)")
	different, same := only(r.pairs, isDifferent), only(r.pairs, isSame)
	r.bound("different, judged same", different, judged.wrong)
	r.bound("same, judged different", same, judged.wrong)
	r.bound("any, judged unsure", r.pairs, isUnsure)
	for _, group := range kinds(r.pairs) {
		name := sideNames[group[0].same] + ", " + group[0].kind
		r.bound(name+": judged "+sideNames[!group[0].same], group, judged.wrong)
		r.bound(name+": unsure", group, isUnsure)
	}
}

func (r *findings) bound(what string, pairs []judged, f func(judged) bool) {
	k, n := originalsWith(pairs, f), originalsWith(pairs, always)
	r.sayf("| %s | %d | %d | %.3f%% |\n", what, n, k, 100*upperBound(k, n))
}

func (r *findings) writeCandidates() {
	r.sayf("\n## Simpler distances\n\n" +
		"On the same pairs, without those in which a file is a square that is not cut from the middle, whatever kind they count to: " +
		"the simpler distances see the middle square only, so that such pairs would be unfair to them. " +
		"Pairs at a limit count as beyond it.\n")
	r.sayf("\nPairs: %d different, %d same; left out: %d.\n", count(r.fair, isDifferent), count(r.fair, isSame), len(r.pairs)-len(r.fair))
	r.table("distance", "area under the ROC curve", "different pairs no farther than 99.9% of the same", "same pairs no nearer than the nearest different")
	for _, c := range r.candidates {
		r.sayf("| %s | %.6f | %.3f%% | %.3f%% |\n", c.name, c.auc, 100*c.passed, 100*c.missed)
	}
}

// worstOfKind is how many pairs of each kind are listed.
const worstOfKind = 10

func (r *findings) writeWorst() {
	r.sayf("\n## The worst pairs of each kind\n\nThe nearest different pairs and the farthest same ones.\n")
	for _, group := range kinds(r.pairs) {
		r.sayf("\n### %s: %s\n", sideNames[group[0].same], group[0].kind)
		r.table("distance", "verdict", "original", "one file", "its recipe", "the other", "its recipe")
		for _, j := range worst(group) {
			r.sayf("| %.4f | %s | %s | %s | %s | %s | %s |\n", j.Distance, j.Verdict, j.of.id,
				filepath.Base(j.a.path), j.a.recipe, filepath.Base(j.b.path), j.b.recipe)
		}
	}
}

func worst(group []judged) []judged {
	sorted := slices.SortedStableFunc(slices.Values(group), func(a, b judged) int {
		if a.same {
			a, b = b, a
		}
		return cmp.Compare(a.Distance, b.Distance)
	})
	return sorted[:min(worstOfKind, len(sorted))]
}
