package lab

import (
	"bytes"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// small is the small company, drawn once for all tests; nothing changes it.
var small = sync.OnceValue(SmallCompany)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startLab starts a lab with the small company and closes it with the test.
func startLab(t *testing.T, opts ...Option) *Lab {
	t.Helper()
	return startWith(t, small(), opts...)
}

func startWith(t *testing.T, c *Company, opts ...Option) *Lab {
	t.Helper()
	l, err := Start(c, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestCloseLeavesNothing(t *testing.T) {
	began := time.Now()
	l, err := Start(small())
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("start took %v", took)
	}
	conn := bindTLS(t, l.Directory())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if _, err := conn.Search(peopleSearch(l.Directory())); err == nil {
		t.Error("a connection outlived Close")
	}
	conn.Close()
	if _, err := os.Stat(l.Directory().CAFile()); !os.IsNotExist(err) {
		t.Errorf("the CA file is still there: %v", err)
	}
	goleak.VerifyNone(t)
}

func TestCloseEndsDelayedAnswers(t *testing.T) {
	l := startLab(t)
	asked := make(chan struct{})
	l.Graph().Fail(func(FaultRequest) *Fault {
		close(asked)
		return &Fault{Delay: time.Hour}
	})
	failed := make(chan error, 1)
	go func() {
		_, err := tryAsk(t, l.Graph(), http.MethodGet, "/users", nil)
		failed <- err
	}()
	<-asked
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("the delayed answer came all the same")
	}
}

func TestCAFileHoldsTheAuthority(t *testing.T) {
	d := startLab(t).Directory()
	got, err := os.ReadFile(d.CAFile())
	if err != nil || !bytes.Equal(got, d.CAPEM()) {
		t.Errorf("CA file: %v", err)
	}
}
