package auth

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"photosync/internal/record"
)

// refusals says what Microsoft Entra's numbers mean. Microsoft warns that they
// may change, so one that is not here stays SignInFailed, with the number in the
// message. Source, where nothing else is said: "Microsoft Entra authentication
// and authorization error codes",
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
var refusals = map[int]record.Code{
	90002:  record.TenantNotFound, // InvalidTenantName; also the tenant of another cloud
	900021: record.TenantNotFound, // an empty GUID; not on the page: microsoft/azure-devops-mcp#587
	900023: record.TenantNotFound, // neither a DNS name nor an external domain; not on the page: caddy-dns/azure#3

	700011: record.AppNotFound, // UnauthorizedClientAppNotFoundInOrgIdTenant
	700016: record.AppNotFound, // UnauthorizedClient_DoesNotMatchRequest

	7000215: record.SecretWrong,   // invalid client secret
	7000222: record.SecretExpired, // InvalidClientSecretExpiredKeysProvided

	50012:  record.CertificateUnknown, // AuthenticationFailed: thumbprint or signature of the client assertion
	700027: record.CertificateUnknown, // client assertion failed signature validation
	700030: record.CertificateUnknown, // the subject name in the certificate is not authorized

	500133: record.ClockSkew, // assertion is not within its valid time range
	700024: record.ClockSkew, // client assertion is not within its valid time range; not on the page: Azure/login#372, MSAL.NET#4951

	65001:  record.ConsentMissing, // DelegationDoesNotExist
	65004:  record.ConsentMissing, // UserDeclinedConsent
	65005:  record.ConsentMissing, // MisconfiguredApplication: the resource is not among the required ones
	650052: record.ConsentMissing, // the organization has not subscribed to the service
	650056: record.ConsentMissing, // misconfigured application: no permissions listed, or no consent
	650057: record.ConsentMissing, // the resource is not listed in the application's registration
	90008:  record.ConsentMissing, // TokenForItselfRequiresGraphPermission
	90094:  record.ConsentMissing, // AdminConsentRequired
	90095:  record.ConsentMissing, // AdminConsentRequiredRequestAccess

	90038:  record.WrongCloud, // NationalCloudTenantRedirection
	90043:  record.WrongCloud, // NationalCloudAuthCodeRedirection
	90051:  record.WrongCloud, // InvalidNationalCloudId
	900382: record.WrongCloud, // confidential client is not supported in cross cloud request
	900432: record.WrongCloud, // the same
	900439: record.WrongCloud, // USGClientNotSupportedOnPublicEndpoint: learn.microsoft.com/troubleshoot, error-aadsts900439

	50002:   record.SignInBlocked, // NotAllowedTenant: restricted proxy access
	50005:   record.SignInBlocked, // DevicePolicyError
	50072:   record.SignInBlocked, // UserStrongAuthEnrollmentRequiredInterrupt
	50074:   record.SignInBlocked, // UserStrongAuthClientAuthNRequiredInterrupt
	50076:   record.SignInBlocked, // UserStrongAuthClientAuthNRequired
	50078:   record.SignInBlocked, // UserStrongAuthExpired
	50079:   record.SignInBlocked, // UserStrongAuthEnrollmentRequired
	50097:   record.SignInBlocked, // DeviceAuthenticationRequired
	50105:   record.SignInBlocked, // EntitlementGrantsNotFound: the user is not assigned to the application
	50129:   record.SignInBlocked, // DeviceIsNotWorkplaceJoined
	50131:   record.SignInBlocked, // ConditionalAccessFailed
	50158:   record.SignInBlocked, // ExternalSecurityChallenge
	53000:   record.SignInBlocked, // DeviceNotCompliant
	53001:   record.SignInBlocked, // DeviceNotDomainJoined
	53002:   record.SignInBlocked, // ApplicationUsedIsNotAnApprovedApp
	53003:   record.SignInBlocked, // BlockedByConditionalAccess
	53004:   record.SignInBlocked, // ProofUpBlockedDueToRisk
	53010:   record.SignInBlocked, // ProofUpBlockedDueToSecurityInfoAcr
	53011:   record.SignInBlocked, // user blocked due to risk on home tenant
	500021:  record.SignInBlocked, // tenant restrictions
	500022:  record.SignInBlocked, // tenant restrictions
	500212:  record.SignInBlocked, // NotAllowedByOutboundPolicyTenant
	500213:  record.SignInBlocked, // NotAllowedByInboundPolicyTenant
	530002:  record.SignInBlocked, // device has to be compliant: Microsoft's "Troubleshoot AAD errors for integrations" (Viva Goals)
	530003:  record.SignInBlocked, // device has to be managed: the same page
	530004:  record.SignInBlocked, // AcceptCompliantDevice is not configured: learn.microsoft.com/troubleshoot, error-code-aadsts530004
	530032:  record.SignInBlocked, // BlockedByConditionalAccessOnSecurityPolicy
	530034:  record.SignInBlocked, // DelegatedAdminBlockedDueToSuspiciousActivity
	530035:  record.SignInBlocked, // BlockedBySecurityDefaults
	7000112: record.SignInBlocked, // UnauthorizedClientApplicationDisabled

	70018: record.SignInDeclined, // BadVerificationCode
	70019: record.SignInDeclined, // CodeExpired
	90120: record.SignInDeclined, // InvalidDeviceFlowRequest: already authorized or declined
}

// declined has the OAuth errors of a sign-in that a person did not complete.
// Source: Microsoft's page on the device authorization grant flow, and RFC 6749.
var declined = []string{"authorization_pending", "slow_down", "authorization_declined", "expired_token", "bad_verification_code", "access_denied"}

// advices has what to do about numbers for which the catalogue knows less.
var advices = map[int]string{
	7000218: "Allow public client flows for the application (Authentication, Advanced settings), or sign in with its client secret or certificate.",
	50011:   "Add http://localhost as a redirect URI for mobile and desktop applications to the application (Authentication).",
	50105:   "Assign the person to the application (Enterprise applications, Users and groups).",
	500113:  "Add http://localhost as a redirect URI for mobile and desktop applications to the application (Authentication).",
	7000112: "Enable the application in this tenant (Enterprise applications, Properties).",
}

// said is what a refusal says.
type said struct {
	word    string // OAuth's error, such as invalid_client
	text    string // for people, on one line
	numbers []int  // Microsoft Entra's, the most telling first
	id      string // by which Microsoft finds the request
}

var (
	aadsts      = regexp.MustCompile(`AADSTS([0-9]{4,9})`)
	correlation = regexp.MustCompile(`(?i)Correlation ID: ([0-9a-f-]{1,64})`)
	identifier  = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
)

// maxSaid bounds the text of a refusal, in bytes.
const maxSaid = 1000

// answered reads the body of a refusal: OAuth's words, or the message of a managed
// identity's endpoint. It reports false for one that is neither.
func answered(body []byte) (said, bool) {
	var a struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Message       string `json:"message"`
		Codes         []int  `json:"error_codes"`
		CorrelationID string `json:"correlation_id"`
		TraceID       string `json:"trace_id"`
	}
	if json.Unmarshal(body, &a) != nil || a.Error == "" && a.Description == "" && a.Message == "" {
		return said{}, false
	}
	s := spoken(cmp.Or(a.Description, a.Message))
	s.word = a.Error
	if s.text == "" {
		s.text = short(a.Error)
	}
	s.numbers = append(s.numbers, a.Codes...)
	for _, id := range []string{a.TraceID, a.CorrelationID} {
		if identifier.MatchString(id) {
			s.id = id
		}
	}
	return s, true
}

// spoken reads a text of Microsoft Entra. Trace id, correlation id and time
// follow on lines of their own, or after the sentence, and are left out of the text.
func spoken(text string) said {
	var s said
	for _, m := range aadsts.FindAllStringSubmatch(text, 10) {
		if n, err := strconv.Atoi(m[1]); err == nil && !slices.Contains(s.numbers, n) {
			s.numbers = append(s.numbers, n)
		}
	}
	if m := correlation.FindStringSubmatch(text); m != nil {
		s.id = m[1]
	}
	text, _, _ = strings.Cut(text, "Trace ID:")
	s.text = strings.TrimRight(short(text), ". ")
	return s
}

func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + "..."
	}
	return text
}

// code gives what the numbers say, "" for numbers that are not known.
func (s said) code() record.Code {
	for _, n := range s.numbers {
		code, ok := refusals[n]
		if ok && code == record.CertificateUnknown && strings.Contains(strings.ToLower(s.text), "key used is expired") {
			return record.CertificateExpired // at Microsoft Entra, whose clock may differ from this machine's
		}
		if ok {
			return code
		}
	}
	return ""
}

func (s said) advice() string {
	for _, n := range s.numbers {
		if a := advices[n]; a != "" {
			return a
		}
	}
	return ""
}
