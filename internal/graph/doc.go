// Package graph is the cloud side: it reads people and photos from Microsoft
// Graph and writes photos there. It is the only package that imports
// msgraph-sdk-go; of this module it imports record, match and pace alone.
//
// Start with [Client]. A [Writer] is a thing apart, so that a dry run has none.
//
// One place sends requests (send.go), one place waits and tries again
// (retry.go), one place says what a refusal means (refusal.go). How many
// requests are under way, over the whole client, is found out by package pace.
package graph
