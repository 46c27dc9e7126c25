package apply

// Point names a moment of a write, for tests that end the process there.
type Point = string

// The points, in the order in which a change passes them. One whose write is put
// off and tried again passes PointLookedAgain and PointSent for each try.
const (
	PointPrepared    Point = "apply: prepared"     // the upload is made, if there is to be one
	PointBackedUp    Point = "apply: backed up"    // what was there is kept, if anything was
	PointIntended    Point = "apply: intended"     // the intent is recorded
	PointLookedAgain Point = "apply: looked again" // both sides are as planned; the write comes next
	PointSent        Point = "apply: sent"         // the write was answered, or its answer will never come
	PointSeen        Point = "apply: seen"         // the read-back is over; the outcome is not recorded
	PointRecorded    Point = "apply: recorded"     // the outcome is recorded
)

// Points lists every [Point] of this package.
var Points = []Point{PointPrepared, PointBackedUp, PointIntended, PointLookedAgain, PointSent, PointSeen, PointRecorded}

func (w *work) at(p Point) {
	if w.At != nil {
		w.At(p)
	}
}
