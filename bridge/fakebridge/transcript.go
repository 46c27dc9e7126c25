package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"photosync/bridge"
)

// replay plays a transcript, a text file with one step a line:
//
//	< {"v":1,...}   says the line; $ID and $VERSION in it stand for the number of
//	                the request and the version of this build
//	> request       waits for the next line of that type from the host and passes
//	                over others; a whole line of the host's, {"type":...}, will do
//	! sleep 200     waits so many milliseconds
//	! exit 3        ends with that code
//
// Blank lines and those that start with # are for people. After the last step it
// waits for the end of standard input and ends with 0.
func replay(c *child, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for n, step := range strings.Split(string(text), "\n") {
		step = strings.TrimSpace(step)
		if step == "" || step[0] == '#' {
			continue
		}
		if err := c.step(step); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n+1, err)
		}
	}
	return nil
}

func (c *child) step(step string) error {
	what, rest := step[0], strings.TrimSpace(step[1:])
	switch what {
	case '<':
		rest = strings.ReplaceAll(rest, "$ID", strconv.FormatInt(c.id, 10))
		rest = strings.ReplaceAll(rest, "$VERSION", bridge.Version())
		if strings.Contains(rest, `"type":"end"`) {
			c.last("%s", rest)
		} else {
			c.say("%s", rest)
		}
		return nil
	case '>':
		if strings.HasPrefix(rest, "{") {
			var l line
			if err := json.Unmarshal([]byte(rest), &l); err != nil {
				return err
			}
			rest = l.Type
		}
		if l := c.await(rest); l.Type == "request" {
			c.id = l.ID
		}
		return nil
	case '!':
		word, number, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		switch word {
		case "sleep":
			time.Sleep(time.Duration(n) * time.Millisecond)
			return nil
		case "exit":
			os.Exit(n)
		}
	}
	return fmt.Errorf("no step: %s", step)
}
