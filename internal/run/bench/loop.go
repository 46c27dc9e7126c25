package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// loop does what scripts do today: for each person GET photo and, if there is
// one, GET photo/$value; so many people at once.
func loop(root string, ids []string, atOnce int) (time.Duration, int64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	defer client.CloseIdleConnections()
	var (
		wg     sync.WaitGroup
		n      atomic.Int64
		failed atomic.Pointer[error]
		queue  = make(chan string)
	)
	get := func(path string) int {
		n.Add(1)
		resp, err := client.Get(root + "/v1.0/users/" + path)
		if err != nil {
			failed.Store(&err)
			return 0
		}
		defer func() { _ = resp.Body.Close() }()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			failed.Store(&err)
		}
		return resp.StatusCode
	}
	began := time.Now()
	for range atOnce {
		wg.Go(func() {
			for id := range queue {
				if get(id+"/photo") == http.StatusOK {
					get(id + "/photo/$value")
				}
			}
		})
	}
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, 0, fmt.Errorf("the loop: %w", *err)
	}
	return time.Since(began), n.Load(), nil
}
