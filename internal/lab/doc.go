// Package lab holds the two worlds of a hybrid organisation in one process: an
// embedded directory that speaks LDAP as Active Directory does, and an
// embedded Microsoft Graph. Both listen on loopback only. The demo runs on
// them, and tests use them as a strict counterpart: what the documentation
// forbids is refused with the documented error.
//
// Start with [Start], which takes a [Company] (see [SmallCompany],
// [LargeCompany] and [Crowd]) and gives a [Lab] with a [Directory] and a
// [Graph].
//
// Microsoft Graph can be made hard on its clients: an [Option] sets how it is
// from the start, a Set method of [Graph] changes it while it runs. Where
// something happens each so many times, a counter decides and not chance.
//
// The package must not import the rooms that it is there to test (graph,
// directory, match, photo, drift): a lab that shares their code agrees with
// their mistakes.
package lab
