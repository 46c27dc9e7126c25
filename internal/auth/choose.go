package auth

import (
	"slices"
	"strings"

	"photosync/internal/record"
)

// tokenFile is the variable with the path of a token that another issuer, such
// as Kubernetes, keeps fresh. Source: Azure Kubernetes Service, workload identity.
const tokenFile = "AZURE_FEDERATED_TOKEN_FILE"

// The parts of the sets, by the names under which people set them.
const (
	tenantName      = "the tenant (AZURE_TENANT_ID or --tenant)"
	clientName      = "the client id (AZURE_CLIENT_ID or --client-id)"
	secretName      = "the client secret (AZURE_CLIENT_SECRET)"
	certificateName = "the certificate file (AZURE_CLIENT_CERTIFICATE_PATH or --certificate-file)"
	tokenFileName   = "the token file (" + tokenFile + ")"
	tokenName       = "the token (PHOTOSYNC_ACCESS_TOKEN or --access-token-stdin)"
)

// everyWay is what to do where nothing was set.
const everyWay = "Set AZURE_TENANT_ID and AZURE_CLIENT_ID, with AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or " + tokenFile + "; " +
	"or use --auth managed-identity on Azure, Azure Automation or Azure Arc; or let a person sign in with --auth browser or --auth device-code, " +
	"with tenant and client id; or use the login of the Azure CLI with --auth azure-cli and --tenant; " +
	"or hand in a token with PHOTOSYNC_ACCESS_TOKEN or --access-token-stdin."

// choose gives the method, "" where none is needed. It guesses nothing.
func (s Settings) choose() (string, error) {
	method := strings.ToLower(s.Method)
	switch method {
	case "":
		chosen, err := s.chooseBySettings()
		if err != nil {
			return "", err
		}
		method = chosen
	case Token, ClientSecret, Certificate, WorkloadIdentity, Browser, DeviceCode, AzureCLI:
		if err := s.complete(method); err != nil {
			return "", err
		}
	case ManagedIdentity:
	default:
		return "", record.Errorf(record.SettingInvalid, "--auth is %q, and there is no such method; the methods are client-secret, certificate, managed-identity, workload-identity, browser, device-code, azure-cli and token", s.Method)
	}
	return method, s.suitable(method)
}

func (s Settings) chooseBySettings() (string, error) {
	if s.AccessToken != "" {
		return Token, nil
	}
	kinds := s.kinds()
	if len(kinds) > 1 {
		return "", twoKinds(kinds)
	}
	switch {
	case s.ClientSecret != "":
		return ClientSecret, s.complete(ClientSecret)
	case len(kinds) == 0 && s.CertificatePassword != "", s.CertificateFile != "", s.hasSigner():
		return Certificate, s.complete(Certificate)
	case s.Env(tokenFile) != "":
		return WorkloadIdentity, s.complete(WorkloadIdentity)
	case s.Tenant != "" || s.ClientID != "":
		return "", s.begun()
	case announced(s.Env):
		return ManagedIdentity, nil
	case s.Loopback:
		return "", nil
	}
	return "", record.Errorf(record.CredentialsMissing, "no credentials for Microsoft 365 are set").Advise(everyWay)
}

// kinds lists the proofs that are set.
func (s Settings) kinds() []string {
	var kinds []string
	add := func(there bool, kind string) {
		if there {
			kinds = append(kinds, kind)
		}
	}
	add(s.ClientSecret != "", "a client secret")
	add(s.CertificateFile != "", "a certificate file")
	add(s.hasSigner(), "a certificate whose key lies elsewhere")
	add(s.Env(tokenFile) != "", "a token file ("+tokenFile+")")
	return kinds
}

func twoKinds(kinds []string) error {
	which := "both "
	if len(kinds) > 2 {
		which = ""
	}
	return record.Errorf(record.CredentialsIncomplete, "%s%s are set", which, strings.Join(kinds, " and ")).
		Advise("Choose one with --auth client-secret, --auth certificate or --auth workload-identity, or take the others away.")
}

func (s Settings) hasSigner() bool { return len(s.Certificate) > 0 || s.Signer != nil }

// complete gives an error that names exactly what the method still lacks.
func (s Settings) complete(method string) error {
	var missing []string
	need := func(there bool, name string) {
		if !there {
			missing = append(missing, name)
		}
	}
	if method != Token {
		need(s.Tenant != "", tenantName)
	}
	if method != Token && method != AzureCLI {
		need(s.ClientID != "", clientName)
	}
	switch method {
	case Token:
		need(s.AccessToken != "", tokenName)
	case ClientSecret:
		need(s.ClientSecret != "", secretName)
	case Certificate:
		need(s.CertificateFile != "" || s.hasSigner(), certificateName)
		need(!s.hasSigner() || s.Signer != nil, "somebody who signs with the certificate's private key")
		need(!s.hasSigner() || len(s.Certificate) > 0, "the certificate of the key that signs")
	case WorkloadIdentity:
		need(s.Env(tokenFile) != "", tokenFileName)
	}
	if len(missing) == 0 {
		return nil
	}
	return record.Errorf(record.CredentialsIncomplete, "sign-in by %s lacks %s", method, strings.Join(missing, " and "))
}

// begun gives the error for a tenant or a client id and nothing to prove it with.
func (s Settings) begun() error {
	var missing []string
	if s.Tenant == "" {
		missing = append(missing, tenantName)
	}
	if s.ClientID == "" {
		missing = append(missing, clientName)
	}
	missing = append(missing, secretName+" or "+certificateName+" or "+tokenFileName)
	e := record.Errorf(record.CredentialsIncomplete, "sign-in lacks %s", strings.Join(missing, " and "))
	switch {
	case s.Tenant == "":
		return e.Advise("Complete the set; or use --auth managed-identity if the client id is that of a managed identity.")
	case s.ClientID == "":
		return e.Advise("Complete the set; or use --auth azure-cli to sign in as the Azure CLI is signed in.")
	}
	return e.Advise("Complete the set; or let a person sign in with --auth browser or --auth device-code.")
}

// suitable refuses what a complete set cannot make good for.
func (s Settings) suitable(method string) error {
	switch {
	case method == "" || method == Token || method == ManagedIdentity:
		return nil
	case slices.Contains([]string{"common", "organizations", "consumers", "adfs"}, strings.ToLower(s.Tenant)):
		return record.Errorf(record.SettingInvalid, "%s is %q, which is no tenant: any tenant could be picked", tenantName, s.Tenant).
			Advise("Name the tenant by its id or by one of its domains.")
	case method == Certificate && s.CertificateFile != "" && s.hasSigner():
		return record.Errorf(record.CredentialsIncomplete, "both a certificate file and a certificate whose key lies elsewhere are set").
			Advise("Take one of them away.")
	case method == DeviceCode && s.Prompt == nil:
		return record.Errorf(record.SettingInvalid, "--auth is device-code, and nobody can be told the code here").
			Advise("Use it where a person reads the messages; without one, use a certificate, a client secret or a managed identity.")
	}
	return nil
}

// announced reports whether the environment itself says that it has a managed
// identity: App Service and Automation, Azure ML and Cloud Shell, Arc.
func announced(env func(string) string) bool {
	return (env("IDENTITY_ENDPOINT") != "" && env("IDENTITY_HEADER") != "") || env("MSI_ENDPOINT") != "" || env("IMDS_ENDPOINT") != ""
}
