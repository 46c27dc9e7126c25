package auth

import (
	"context"
	"os"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	opener "github.com/pkg/browser"

	"photosync/internal/record"
)

// quiet keeps what a browser says when it is started off standard output, which
// carries data. The variable is the module's that azidentity opens browsers with.
var quiet = sync.OnceFunc(func() { opener.Stdout = os.Stderr })

// browser signs a person in with the browser of this machine, which comes back to
// http://localhost and a free port. The application needs http://localhost as a
// redirect URI for mobile and desktop applications.
func (s Settings) browser(h home) (azcore.TokenCredential, error) {
	quiet()
	c, err := azidentity.NewInteractiveBrowserCredential(&azidentity.InteractiveBrowserCredentialOptions{
		ClientOptions: s.options(h), TenantID: s.Tenant, ClientID: s.ClientID,
	})
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, Browser, c, "sign in to tenant "+s.Tenant+" with the browser, through application "+s.ClientID), nil
}

// deviceCode signs a person in with a browser anywhere: Prompt says where to go
// and which code to type there.
func (s Settings) deviceCode(h home) (azcore.TokenCredential, error) {
	tell := func(ctx context.Context, m azidentity.DeviceCodeMessage) error {
		text := record.OneLine(m.Message)
		if text == "" {
			text = record.OneLine("To sign in, open " + m.VerificationURL + " in a browser and enter the code " + m.UserCode + ".")
		}
		trailOf(ctx).prompt()
		s.Prompt(text)
		return nil
	}
	c, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: s.options(h), TenantID: s.Tenant, ClientID: s.ClientID, UserPrompt: tell,
	})
	if err != nil {
		return nil, s.unusable(err)
	}
	return s.wrap(h, DeviceCode, c, "sign in to tenant "+s.Tenant+" with a device code, through application "+s.ClientID), nil
}
