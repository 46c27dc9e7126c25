// Package auth turns settings into a credential for Microsoft Graph. It is the
// only package that imports azidentity; of this module it imports record alone.
//
// Start with [Credential]. It takes what the settings name, completely, or says
// what is missing; it never tries one thing after the other. Why a sign-in
// failed has a code of its own, which the table in refusal.go gives for Microsoft
// Entra's numbers.
//
// [Read] says what a token says of itself, and [Settings.CertificateExpires]
// until when the certificate is good.
package auth
