// Package record holds what leaves the program: the rows, the summary, the
// closed lists their fields draw from, the catalogue of error codes and the
// exit codes. Its field names are the public contract; bridge/contract.json is
// generated from them.
//
// Start with [Row]. The package is a leaf: it imports nothing of this module.
package record
