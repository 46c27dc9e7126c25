// Package directory is the on-premises side: it reads people and their photos
// from Active Directory over LDAP. It never writes, and nothing is sent before
// TLS is up and the domain controller's certificate has been verified.
//
// Start with [Connect]: it gives an [AD], which streams everybody in a [Scope]
// or looks up one named person. [Handed] is the source of people who come with
// their photos, and needs no directory. Every error is a [photosync/internal/record.Error]
// that says which server, which step and on whom.
//
// The package imports record and match of this module and nothing else. What
// the directory answers is taken for hostile: attributes may be missing or
// malformed, and count as unset then.
package directory
