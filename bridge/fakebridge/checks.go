package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
)

// toBeSigned is no text, and beyond ASCII.
var toBeSigned = []byte("header.claims\x00\xff")

// sign asks for two signatures, one after the other, and gives a row when both
// are those of the certificate.
func sign(c *child) {
	l := c.request()
	for ref := 1; ref <= 2; ref++ {
		c.ask(ref)
		if a := c.await("signature"); !signed(l.Params.Certificate, a.Data) {
			c.log("NOT SIGNED: " + a.Error)
			c.fault("SignatureUnavailable", "auth", "null", true)
			c.end("failed", 11)
			c.rest(11)
		}
	}
	if l.Op == "readiness.check" {
		c.check(checkRow("SignIn", "Pass", "null", "null"))
	} else {
		c.row()
	}
	c.finish()
}

func signTwice(c *child) {
	c.request()
	c.ask(1)
	c.ask(1)
	c.hang()
}

func (c *child) ask(ref int) {
	c.say(`{"v":1,"type":"sign","id":%d,"ref":%d,"data":%q}`, c.id, ref, base64.StdEncoding.EncodeToString(toBeSigned))
}

func signed(certificate, signature []byte) bool {
	cert, err := x509.ParseCertificate(certificate)
	if err != nil {
		return false
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	sum := sha256.Sum256(toBeSigned)
	return ok && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
}

// prompt tells a person a code, and gives a row.
func prompt(c *child) {
	c.request()
	c.say(`{"v":1,"type":"prompt","id":%d,"message":"To sign in, open https://microsoft.com/devicelogin and enter the code FAKE123."}`, c.id)
	c.row()
	c.finish()
}

// check gives a row of each status, of which none has failed.
func check(c *child) {
	c.request()
	c.check(checkRow("Directory", "Pass", "null", "null"))
	c.check(checkRow("PhotoPolicy", "Warn", `"Look at the policy."`, "null"))
	c.finish()
}

// checks gives rows of which some have failed.
func (c *child) checks() {
	c.check(checkRow("SignIn", "Pass", "null", "null"))
	c.check(checkRow("Directory", "Fail", `"Check the name."`, `"DirectoryUnreachable"`))
	c.check(checkRow("CloudUser", "Unknown", `"Run it again."`, "null"))
}

// checkFailed gives such rows and ends with a fatal error.
func checkFailed(code, category string, exit int) func(*child) {
	return func(c *child) {
		c.request()
		c.checks()
		c.fault(code, category, "null", true)
		c.end("failed", exit)
		c.rest(exit)
	}
}

func checkRefused(c *child) {
	c.request()
	c.fault("SettingInvalid", "invalid", "null", true)
	c.end("failed", 10)
	c.rest(10)
}

func (c *child) check(row string) {
	c.given++
	c.say(`{"v":1,"type":"result","id":%d,"kind":"check","items":[%s]}`, c.id, row)
}

func checkRow(check, status, remedy, code string) string {
	return fmt.Sprintf(`{"Check":%q,"Status":%q,"Evidence":"the fake looked","Remedy":%s,"ErrorCode":%s,"RequestId":null}`, check, status, remedy, code)
}
