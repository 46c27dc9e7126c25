package main

import (
	"fmt"
	"time"

	"photosync/internal/lab"
)

// buckets are the token buckets under which scans are measured: they differ in
// refill, capacity and wait.
var buckets = []lab.Bucket{
	{Refill: 100, Capacity: 200, RetryAfter: 2 * time.Second},
	{Refill: 40, Capacity: 400, RetryAfter: 10 * time.Second},
	{Refill: 150, Capacity: 300, RetryAfter: 5 * time.Second},
}

// grace is the time that finding the rate may take.
const grace = 30

func bucketText(b lab.Bucket) string {
	return fmt.Sprintf("%.0f/s, %.0f, %v", b.Refill, b.Capacity, b.RetryAfter)
}

const throttleHead = "| work | bucket: refill, capacity, Retry-After | seconds | served | allowed | share | refused after %d s | refused in all |\n|---|---|---|---|---|---|---|---|\n"

// line prints what became of the lab's bucket.
func line(work string, b lab.Bucket, o outcome, g *lab.Graph) {
	count := g.Throttle()
	var served, refused int64
	for i, second := range g.ThrottleBySecond() {
		if i >= grace {
			served, refused = served+second.Served, refused+second.Refused
		}
	}
	late := 0.0
	if served+refused > 0 {
		late = float64(refused) / float64(served+refused)
	}
	fmt.Printf("| %s | %s | %.0f | %d | %.0f | %.1f %% | %.2f %% | %d |\n", work, bucketText(b), o.Took.Seconds(), count.Served, count.Allowed,
		100*float64(count.Served)/count.Allowed, 100*late, count.Refused)
}

// throttled scans under each bucket, with about five minutes of work.
func (b *bench) throttled() error {
	fmt.Printf(throttleHead, grace)
	for _, bucket := range buckets {
		n := b.size(int(bucket.Refill*300/(1+withPhotos)) / 100 * 100)
		w, err := b.world(lab.Crowd(n, withPhotos), lab.WithLatency(latency), lab.WithBatchWidth(batchWidth), lab.WithThrottle(bucket))
		if err != nil {
			return err
		}
		o, err := w.photosync(fmt.Sprintf("bucket-%.0f", bucket.Refill), "drift")
		if err == nil {
			line(fmt.Sprintf("scan of %d", n), bucket, o, w.Graph())
		}
		_ = w.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// writes gives 2,000 people their photo under the first bucket.
func (b *bench) writes() error {
	n, bucket := b.size(2000), buckets[0]
	company := lab.Crowd(n, 1)
	for i := range company.CloudUsers {
		company.CloudUsers[i].Photo = nil
	}
	w, err := b.world(company, lab.WithLatency(latency), lab.WithBatchWidth(batchWidth), lab.WithThrottle(bucket))
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	o, err := w.photosync("writes", "sync", "--yes", "--max-change", fmt.Sprint(n), "--max-change-percent", "100")
	if err != nil {
		return err
	}
	fmt.Printf(throttleHead, grace)
	line(fmt.Sprintf("%d writes", n), bucket, o, w.Graph())
	fmt.Printf("\n%d changes Done; the lab accepted %d writes, %d people have a photo now, %d PUTs were sent, %d of all requests were refused.\n",
		o.Summary.Changes["Done"], w.Graph().Writes(), pictured(company, w), o.Summary.Requests.Put, o.Summary.Requests.Throttled)
	return nil
}

// pictured counts who has a photo in the cloud.
func pictured(c *lab.Company, w *world) (n int) {
	for _, u := range c.CloudUsers {
		if photo, _ := w.Graph().Photo(u.ID); len(photo) > 0 {
			n++
		}
	}
	return n
}
