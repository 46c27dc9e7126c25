// Package bridge is the wire between the binary and its hosts: the lines of
// docs/bridge-protocol.md and the order in which they may come. It also has
// the version that both must have, and contract.json beside this file, which
// names rows, lists, error codes and exit codes for other languages. It is a
// leaf: it imports nothing of this module, and a row is bytes to it.
//
// Start with [Open]; a [Conn] gives one [Request] after another.
package bridge

import (
	_ "embed" // for version.txt
	"strings"
)

// ProtocolVersion is the v of every line.
const ProtocolVersion = 1

// Bounds of what a host may send. The input of requests that wait counts
// together with that of the open one: all of it is in memory.
const (
	MaxLine       = 8 << 20 // bytes of a line, without its LF
	MaxLineItems  = 500     // items of an input line
	MaxPeople     = 250_000
	MaxPhotoBytes = 1 << 30 // all photos, decoded
	MaxPhoto      = 4 << 20 // one photo, decoded
	MaxWaiting    = 16      // requests that wait for their turn
)

//go:embed version.txt
var version string

// Version gives the product's version, such as "0.1.0", without a leading v.
func Version() string { return strings.TrimSpace(version) }
