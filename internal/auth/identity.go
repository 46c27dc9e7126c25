package auth

import (
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"photosync/internal/record"
)

// nearTimeout is how long a managed identity's endpoint has to take a connection:
// it is on this machine or its link, and away from Azure nobody answers at all.
const nearTimeout = 5 * time.Second

// managedIdentity signs in as the identity of this machine or Automation account,
// or as the user-assigned one that ClientID names. azidentity finds the endpoint
// by the process's environment: that of App Service and Azure Automation
// (IDENTITY_ENDPOINT with IDENTITY_HEADER), of Azure ML or Cloud Shell
// (MSI_ENDPOINT), of Azure Arc (its agent), else the metadata service of Azure's
// machines (IMDS).
func (s Settings) managedIdentity(h home) (azcore.TokenCredential, error) {
	o := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: s.options(h)}
	next := s.transport
	if next == nil {
		next = s.client(nil, nearTimeout) // no proxy leads to this machine or its link
	}
	o.Transport = wire{next: identityWire{next: next, now: s.Now}, near: true}
	if s.Env("IDENTITY_SERVER_THUMBPRINT") != "" && s.transport == nil {
		o.Transport = s.client(nil, nearTimeout) // Service Fabric: azidentity pins the certificate, and takes a plain client only
	}
	what := "sign in as the managed identity"
	if s.ClientID != "" {
		o.ID = azidentity.ClientID(s.ClientID)
		what += " " + s.ClientID
	}
	c, err := azidentity.NewManagedIdentityCredential(o)
	if err != nil {
		return nil, record.Errorf(record.SettingInvalid, "%s: %s", what, s.scrub(err.Error()))
	}
	return s.wrap(h, ManagedIdentity, c, what), nil
}

// identityWire makes the endpoints of managed identities alike.
type identityWire struct {
	next policy.Transporter
	now  func() time.Time
}

// Do sends a request as Azure Automation documents it, and gives the end of the
// token in a form that azidentity can read.
//
// Requests of the App Service form carry X-IDENTITY-HEADER; Azure Automation
// documents Metadata: True beside it
// (https://learn.microsoft.com/azure/automation/enable-managed-identity-for-automation),
// which App Service was seen to take, too (Azure/azure-sdk-for-net#12869).
func (w identityWire) Do(req *http.Request) (*http.Response, error) {
	if req.Header.Get("X-Identity-Header") != "" && req.Header.Get("Metadata") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("Metadata", "True")
	}
	resp, err := w.next.Do(req)
	if err != nil || resp.StatusCode/100 != 2 {
		return resp, err
	}
	body, err := load(resp)
	if err != nil {
		return nil, err
	}
	replace(resp, withReadableEnd(body, w.now()))
	return resp, nil
}
