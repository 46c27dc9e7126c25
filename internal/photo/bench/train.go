package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"go/format"
	"math"
	"os"
	"path/filepath"
	"slices"

	"photosync/internal/photo"
)

// questions are what photo.Compare asks, and the kinds of pairs that teach the
// answer yes. All copies teach no.
var questions = []struct {
	name, asks string
	kinds      []string
}{
	{"colour", "are the colours others?", []string{"recoloured", "black and white"}},
	{"part", "is a part of the picture another?", []string{"glasses", "hat", "badge"}},
	{"pose", "does the same person or thing lie otherwise?", []string{"same person, another photo", "closer crop", "mirrored"}},
	{"whole", "is it another picture?", []string{"another person, same background", "another background", anyPicture, "the picture most alike", "flat tile"}},
}

// looseness is how freely weights follow the data: the inverse of the strength
// of their penalty, on measures of unit deviation. A tenth of what is usual
// keeps weights small, so that measures never seen before are judged sensibly.
const looseness = 0.1

// The shares of the copies of the half that teaches that are to lie within
// photo.SameUpTo and photo.DifferentFrom. What remains is what a person has to
// look at, or is wrong.
const shareSame, shareNotDifferent = 0.993, 0.9995

// train fits the questions on the pairs of the half that teaches and writes
// them as Go, with the two distances, to DIR/weights.go.
func train(ctx context.Context, dir string, pairs []pair) error {
	var all []judged
	for _, p := range pairs {
		if !p.of.held() {
			all = append(all, judged{pair: p})
		}
	}
	pictures, err := decodeAll(ctx, pathsOf(all))
	if err != nil {
		return err
	}
	rows := make([][]float64, len(all))
	err = inParallel(ctx, len(all), func(i int) error {
		m := photo.Measure(pictures[all[i].a.path], pictures[all[i].b.path])
		rows[i] = m[:]
		return nil
	})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "package photo\n\n// questions are what [Compare] asks, in the order of [MeasureNames]. Written by\n// internal/photo/bench -train from %d labelled pairs; see docs/comparison.md.\nvar questions = [...]question{\n", len(all))
	most := make([]float64, len(all))
	for i := range most {
		most[i] = math.Inf(-1)
	}
	for _, q := range questions {
		var x [][]float64
		var yes []bool
		for i, p := range all {
			if p.same || slices.Contains(q.kinds, p.kind) {
				x, yes = append(x, rows[i]), append(yes, !p.same)
			}
		}
		bias, weights := logistic(x, yes)
		fmt.Fprintf(&out, "\t{ // %s\n\t\tname: %q, bias: %.4f,\n\t\tweights: [measures]float64{\n", q.asks, q.name, bias)
		for i, w := range weights {
			fmt.Fprintf(&out, "\t\t\t%.4f, // %s\n", w, photo.MeasureNames[i])
		}
		out.WriteString("\t\t},\n\t},\n")
		for i, r := range rows {
			most[i] = max(most[i], bias+dot(weights, r))
		}
	}
	out.WriteString("}\n")
	var copies []float64
	nearest := math.Inf(1)
	for i, p := range all {
		if p.same {
			copies = append(copies, most[i])
		} else {
			nearest = min(nearest, most[i])
		}
	}
	slices.Sort(copies)
	at := func(share float64) float64 { return sigmoid(copies[int(share*float64(len(copies)-1))]) }
	fmt.Printf("SameUpTo %.4f, DifferentFrom %.4f; the nearest different pair is at %.4f\n", at(shareSame), at(shareNotDifferent), sigmoid(nearest))
	src, err := format.Source(out.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "weights.go"), src, 0o644)
}

func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

func dot(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// logistic fits a logistic regression by Newton's method, with a penalty on
// the squares of the weights, both answers counting the same in all.
func logistic(x [][]float64, yes []bool) (bias float64, weights []float64) {
	n := len(x[0])
	mean, deviation := make([]float64, n), make([]float64, n)
	var positive float64
	for i, r := range x {
		for j, v := range r {
			mean[j] += v / float64(len(x))
		}
		if yes[i] {
			positive++
		}
	}
	for _, r := range x {
		for j, v := range r {
			deviation[j] += (v - mean[j]) * (v - mean[j]) / float64(len(x))
		}
	}
	for j, v := range deviation {
		deviation[j] = cmp.Or(math.Sqrt(v), 1)
	}
	beta := make([]float64, n+1) // the last is the bias
	z := make([]float64, n+1)
	for range 30 {
		gradient := make([]float64, n+1)
		hessian := make([][]float64, n+1)
		for j := range hessian {
			hessian[j] = make([]float64, n+1)
		}
		for j := range n {
			gradient[j], hessian[j][j] = -beta[j], 1
		}
		hessian[n][n] = 1e-9
		for i, r := range x {
			for j, v := range r {
				z[j] = (v - mean[j]) / deviation[j]
			}
			z[n] = 1
			p, weight, target := sigmoid(dot(beta, z)), looseness, 0.0
			if yes[i] {
				weight, target = looseness*(float64(len(x))-positive)/positive, 1
			}
			for j := range z {
				gradient[j] += weight * (target - p) * z[j]
				for k := range j + 1 {
					hessian[j][k] += weight * p * (1 - p) * z[j] * z[k]
				}
			}
		}
		for j := range hessian {
			for k := range j {
				hessian[k][j] = hessian[j][k]
			}
		}
		var moved float64
		for j, d := range solve(hessian, gradient) {
			beta[j] += d
			moved = max(moved, math.Abs(d))
		}
		if moved < 1e-6 {
			break
		}
	}
	bias, weights = beta[n], make([]float64, n)
	for j := range n {
		weights[j] = beta[j] / deviation[j]
		bias -= weights[j] * mean[j]
	}
	return bias, weights
}

// solve solves a symmetric, positive definite system by elimination.
func solve(a [][]float64, b []float64) []float64 {
	for i := range a {
		for j := i + 1; j < len(a); j++ {
			f := a[j][i] / a[i][i]
			for k := i; k < len(a); k++ {
				a[j][k] -= f * a[i][k]
			}
			b[j] -= f * b[i]
		}
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := i + 1; j < len(a); j++ {
			b[i] -= a[i][j] * b[j]
		}
		b[i] /= a[i][i]
	}
	return b
}
