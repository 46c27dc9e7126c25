package bridge

// WithBounds makes the bounds of the input small enough for a test.
func (o Options) WithBounds(people int, photoBytes, photo int64) Options {
	o.bounds = bounds{people, photoBytes, photo}
	return o
}

// ASCII gives what a line has of a piece of JSON.
func ASCII(js string) string { return string(appendASCII(nil, []byte(js))) }

// Fields splits a JSON object as the reader does; of fields of the same name
// the last one counts.
func Fields(js []byte) map[string]string {
	fields := make(map[string]string)
	for name, value := range object(js) {
		fields[name] = string(value)
	}
	return fields
}

// Elements splits a JSON array as the reader does.
func Elements(js []byte) []string {
	var elements []string
	for value := range array(js) {
		elements = append(elements, string(value))
	}
	return elements
}
