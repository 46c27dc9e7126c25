package main

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// texts reads an SVG to its end and gives its texts and the numbers of points of its lines.
func texts(t *testing.T, svg string) (said []string, points []int) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return said, points
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.CharData:
			said = append(said, string(token))
		case xml.StartElement:
			for _, a := range token.Attr {
				if a.Name.Local == "points" {
					points = append(points, len(strings.Fields(a.Value)))
				}
			}
		}
	}
}

func TestCurve(t *testing.T) {
	var same, different []float64
	for i := range 30_000 {
		same = append(same, float64(i)/60_000)
		different = append(different, 0.3+0.7*float64(i)/30_000)
	}
	said, points := texts(t, curve(same, different, []mark{{"<same> & \"near\"", 0.1}, {"different", 0.9}}))
	for _, want := range []string{"<same> & \"near\" 0.100", "different 0.900", "threshold on the distance", "share of pairs", "0.00001",
		"Errors by threshold: 30,000 different and 30,000 same pairs"} {
		if !slices.Contains(said, want) {
			t.Errorf("no text %q", want)
		}
	}
	if len(points) != 2 || slices.Max(points) > 2*pointsOfLine+2 || slices.Min(points) < 100 {
		t.Errorf("points of the lines: %v, want two lines of at most %d", points, 2*pointsOfLine+2)
	}
}

func TestCurveOfNothing(t *testing.T) {
	if _, points := texts(t, curve(nil, nil, nil)); !slices.Equal(points, []int{0, 0}) {
		t.Errorf("points of the lines: %v, want none", points)
	}
}

func TestSteps(t *testing.T) {
	different := []float64{0.25, 0.5}
	rises := steps(func(x float64) float64 { return share(upTo(different, x), 2) })
	if want := "235.0,360.0 235.0,74.3 390.0,74.3 390.0,56.0 700.0,56.0"; rises != want {
		t.Errorf("rising line %s, want %s", rises, want)
	}
	falls := steps(func(x float64) float64 { return share(2-upTo(different, x), 2) })
	if want := "80.0,56.0 235.0,56.0 235.0,74.3 390.0,74.3 390.0,360.0"; falls != want {
		t.Errorf("falling line %s, want %s", falls, want)
	}
}
