// Package directorytest starts a real Active Directory compatible domain
// controller, Samba's, for the tests of this module's packages. Start with
// [Samba]. It takes the lab's script samba-ad, which lies outside the module.
package directorytest
