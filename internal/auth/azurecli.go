package auth

import (
	"context"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// azureCLI takes the tokens of whoever is signed in to the Azure CLI, always of
// the tenant of the settings: the CLI's own default is left out.
func (s Settings) azureCLI(h home) (azcore.TokenCredential, error) {
	c, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.Tenant})
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, AzureCLI, &remembered{TokenCredential: c, now: s.Now}, "sign in to tenant "+s.Tenant+" with the Azure CLI"), nil
}

// renewal is how long before its end a remembered token is asked for anew. The
// Azure CLI renews its own at the same time.
const renewal = 5 * time.Minute

// remembered keeps a token as long as it is good. azidentity keeps none of the
// Azure CLI's, and starts a program for each request to Graph.
type remembered struct {
	azcore.TokenCredential
	now   func() time.Time
	mu    sync.Mutex
	token azcore.AccessToken
}

// GetToken gives the token that is kept, or a new one when that is near its end
// or claims are asked for.
func (r *remembered) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.Claims == "" && r.token.ExpiresOn.Sub(r.now()) > renewal {
		return r.token, nil
	}
	token, err := r.TokenCredential.GetToken(ctx, o)
	if err == nil {
		r.token = token
	}
	return token, err
}
