package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// mark is a vertical line of the curve.
type mark struct {
	name string
	at   float64
}

// Where the curve is drawn, in pixels, and the least share that it shows.
const (
	curveW, curveH     = 720, 420
	plotL, plotR       = 80, 700
	plotT, plotB       = 56, 360
	leastShare         = 1e-5
	pointsOfLine       = 1000 // at each of which a line may step once
	sameColour         = "#b45309"
	differentColour    = "#1d4ed8"
	sameDash, markDash = "7 3", "2 3"
)

// curve draws the two errors that a threshold on the distance would make: the
// different pairs that it would take for the same, and the same pairs that it
// would take for different. The distances are sorted.
func curve(same, different []float64, marks []mark) string {
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" font-family="sans-serif" font-size="12" fill="#1f2937">`+"\n", curveW, curveH, curveW, curveH)
	title := english.Sprintf("Errors by threshold: %d different and %d same pairs", len(different), len(same))
	fmt.Fprintf(&s, "<title>%s</title>\n", escaped(title))
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", curveW, curveH)
	words(&s, (plotL+plotR)/2, 20, `text-anchor="middle" font-size="15" font-weight="bold"`, title)
	axes(&s)
	for i, m := range marks {
		markLine(&s, m, i)
	}
	line(&s, differentColour, "none", steps(func(x float64) float64 { return share(upTo(different, x), len(different)) }))
	line(&s, sameColour, sameDash, steps(func(x float64) float64 { return share(len(same)-upTo(same, x), len(same)) }))
	legend(&s)
	s.WriteString("</svg>\n")
	return s.String()
}

func share(k, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(k) / float64(n)
}

func escaped(text string) string {
	var s strings.Builder
	if err := xml.EscapeText(&s, []byte(text)); err != nil {
		return ""
	}
	return s.String()
}

func words(s *strings.Builder, x, y float64, how, text string) {
	fmt.Fprintf(s, `<text x="%.1f" y="%.1f" %s>%s</text>`+"\n", x, y, how, escaped(text))
}

func curveX(distance float64) float64 { return plotL + min(1, max(0, distance))*(plotR-plotL) }

// curveY gives the height of a share; what is less than the least, and nothing
// at all, lies at the foot.
func curveY(share float64) float64 {
	return plotT + math.Log10(max(leastShare, share))/math.Log10(leastShare)*(plotB-plotT)
}

func axes(s *strings.Builder) {
	for i := range 11 {
		x := curveX(float64(i) / 10)
		fmt.Fprintf(s, `<path d="M%.1f %dV%d" stroke="#e5e7eb"/>`+"\n", x, plotT, plotB)
		words(s, x, plotB+18, `text-anchor="middle"`, fmt.Sprintf("%.1f", float64(i)/10))
	}
	for e := 0; e >= -5; e-- {
		y := curveY(math.Pow10(e))
		fmt.Fprintf(s, `<path d="M%d %.1fH%d" stroke="#e5e7eb"/>`+"\n", plotL, y, plotR)
		words(s, plotL-8, y+4, `text-anchor="end"`, strconv.FormatFloat(math.Pow10(e), 'f', -1, 64))
	}
	fmt.Fprintf(s, `<path d="M%d %dV%dH%d" fill="none" stroke="#1f2937"/>`+"\n", plotL, plotT, plotB, plotR)
	words(s, (plotL+plotR)/2, plotB+40, `text-anchor="middle"`, "threshold on the distance")
	words(s, 0, 0, fmt.Sprintf(`text-anchor="middle" transform="translate(18 %d) rotate(-90)"`, (plotT+plotB)/2), "share of pairs")
}

// markLine names each mark above the plot, one under the other, so that two
// that lie close do not cover each other.
func markLine(s *strings.Builder, m mark, i int) {
	x, y := curveX(m.at), float64(plotT-20+14*i)
	anchor, by := "start", 4.0
	if m.at > 0.5 {
		anchor, by = "end", -4
	}
	fmt.Fprintf(s, `<path d="M%.1f %.0fV%d" stroke="#6b7280" stroke-dasharray="%s"/>`+"\n", x, y-9, plotB, markDash)
	words(s, x+by, y, fmt.Sprintf(`text-anchor="%s" font-size="11" fill="#4b5563"`, anchor), fmt.Sprintf("%s %.3f", m.name, m.at))
}

// steps gives the points of a line that steps at a thousand places at most. It
// ends where it comes down to the foot and begins where it leaves it.
func steps(share func(x float64) float64) string {
	var s strings.Builder
	last := float64(plotB)
	for i := range pointsOfLine + 1 {
		x, y := float64(i)/pointsOfLine, curveY(share(float64(i)/pointsOfLine))
		end := i == pointsOfLine && last != plotB
		if i > 0 && (y != last || end) {
			fmt.Fprintf(&s, "%.1f,%.1f ", curveX(x), last)
		}
		if y != last {
			fmt.Fprintf(&s, "%.1f,%.1f ", curveX(x), y)
		}
		last = y
	}
	return strings.TrimSpace(s.String())
}

func line(s *strings.Builder, colour, dash, points string) {
	fmt.Fprintf(s, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`+"\n", points, colour, dash)
}

func legend(s *strings.Builder) {
	const x, y = plotR - 250, plotB - 56
	fmt.Fprintf(s, `<rect x="%d" y="%d" width="242" height="44" fill="#ffffff" stroke="#d1d5db"/>`+"\n", x, y)
	for i, l := range []struct{ colour, dash, text string }{
		{differentColour, "none", "different pairs at or under it (false \u201csame\u201d)"},
		{sameColour, sameDash, "same pairs over it (false \u201cdifferent\u201d)"},
	} {
		at := y + 15 + 18*i
		fmt.Fprintf(s, `<path d="M%d %dH%d" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`+"\n", x+6, at, x+30, l.colour, l.dash)
		words(s, x+36, float64(at+4), `font-size="11"`, l.text)
	}
}
