// Package bridge holds the contract between the binary and its hosts: the
// version that both must have, and contract.json beside this file, which names
// rows, lists, error codes and exit codes for other languages. It is a leaf: it
// imports nothing of this module, and a row is bytes to it.
//
// Start with [Version].
package bridge

import (
	_ "embed" // for version.txt
	"strings"
)

//go:embed version.txt
var version string

// Version gives the product's version, such as "0.1.0", without a leading v.
func Version() string { return strings.TrimSpace(version) }
