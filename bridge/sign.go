package bridge

import (
	"context"
	"errors"
)

type signLine struct {
	head
	Ref  int64  `json:"ref"`
	Data []byte `json:"data"`
}

// signed is the host's answer: a signature, or why there is none.
type signed struct {
	signature []byte
	failure   string
}

// Sign asks the host to sign with the private key of the request's certificate,
// and gives the RSASSA-PKCS1-v1_5 signature with SHA-256 over data. What the
// host says of a failure is the text of the error. Whoever asks knows that the
// request has a certificate; this package does not.
func (r *Request) Sign(ctx context.Context, data []byte) ([]byte, error) {
	var s signed
	came := make(chan struct{})
	err := r.say(func() error {
		// Known before the line is out: the answer may be here at once.
		r.conn.mu.Lock()
		ref := r.signatures.issue(func(got signed) { s = got; close(came) })
		r.conn.mu.Unlock()
		return r.conn.say(signLine{headOf("sign", r.ID), ref, data})
	})
	if err != nil {
		return nil, err
	}
	if err := r.wait(ctx, came); err != nil {
		return nil, err
	}
	if s.failure != "" {
		return nil, errors.New(clip(s.failure))
	}
	return s.signature, nil
}
