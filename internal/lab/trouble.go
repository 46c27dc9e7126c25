package lab

import "net/http"

// Trouble is what is the matter with a user when it comes to the photo.
type Trouble string

// The troubles. The two of mailboxes and the store's fault meet reads and
// writes; the others meet uploads only.
const (
	NoTrouble         Trouble = ""
	NoMailbox         Trouble = "NoMailbox"         // 404 MailboxNotEnabledForRESTAPI
	MailboxOnPremises Trouble = "MailboxOnPremises" // 404 MailboxNotHostedInExchangeOnline
	StoreFault        Trouble = "StoreFault"        // 500 ErrorStoreInternalServerError
	TooSmallAnyway    Trouble = "TooSmallAnyway"    // 400 ValidationWidthTooSmall, whatever the size
	FormatRefused     Trouble = "FormatRefused"     // 415 UnsupportedMediaType
	UnknownForbidden  Trouble = "UnknownForbidden"  // 403 SomeNewPolicyCode
)

// Trouble gives the user with that id or UPN a trouble; "" ends it. It reports
// whether there is such a user.
func (g *Graph) Trouble(id string, t Trouble) bool {
	a := g.account(id)
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.trouble = t
	return true
}

// toRead gives the refusal of a read, nil if there is none.
func (t Trouble) toRead() *reply {
	switch t {
	case NoMailbox:
		return refuse(http.StatusNotFound, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
	case MailboxOnPremises:
		return refuse(http.StatusNotFound, "MailboxNotHostedInExchangeOnline", "The mailbox is not hosted in Exchange Online.")
	case StoreFault:
		return refuse(http.StatusInternalServerError, "ErrorStoreInternalServerError", "An internal store error occurred.")
	}
	return nil
}

// toReplace gives the refusal of an upload, nil if there is none.
func (t Trouble) toReplace() *reply {
	switch t {
	case TooSmallAnyway:
		return tooSmall()
	case FormatRefused:
		return refuse(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The format of the photo is not supported.")
	case UnknownForbidden:
		return refuse(http.StatusForbidden, "SomeNewPolicyCode", "The operation is not allowed by a policy of the organization.")
	}
	return t.toRead()
}

// toRemove gives the refusal of a removal, nil if there is none.
func (t Trouble) toRemove() *reply { return t.toRead() }
