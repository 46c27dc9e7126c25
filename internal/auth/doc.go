// Package auth turns settings into a credential for Microsoft Graph. It is the
// only package that imports azidentity; of this module it imports record alone.
//
// Start with [Credential]. It takes what the settings name, completely, or says
// what is missing; it never tries one thing after the other.
package auth
