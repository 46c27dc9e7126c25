package bridge

// WithBounds makes the bounds of the input small enough for a test.
func (o Options) WithBounds(people int, photoBytes, photo int64) Options {
	o.bounds = bounds{people, photoBytes, photo}
	return o
}

// ASCII gives what a line has of a piece of JSON.
func ASCII(js string) string { return string(appendASCII(nil, []byte(js))) }
