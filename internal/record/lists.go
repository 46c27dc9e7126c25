package record

// Status says how a person's two photos stand to each other. The list is closed.
type Status string

// The statuses of a [Row].
const (
	InSync            Status = "InSync"            // both sides show the same picture, or the difference was accepted
	Drifted           Status = "Drifted"           // both sides have a picture, and they differ
	MissingInCloud    Status = "MissingInCloud"    // a picture on-premises only
	MissingOnPremises Status = "MissingOnPremises" // a picture in the cloud only
	NoPhoto           Status = "NoPhoto"           // no picture on either side
	NotInCloud        Status = "NotInCloud"        // no cloud user matches the person
	Ambiguous         Status = "Ambiguous"         // more than one match on either side, or anchors that contradict
	Unreadable        Status = "Unreadable"        // the on-premises value is not a usable picture
	Unknown           Status = "Unknown"           // a read failed; the row carries the error
)

// Statuses lists every [Status], in the order in which summaries show them.
var Statuses = []Status{InSync, Drifted, MissingInCloud, MissingOnPremises, NoPhoto, NotInCloud, Ambiguous, Unreadable, Unknown}

// NeedsAttention reports whether a row with this status is shown without --all.
func (s Status) NeedsAttention() bool { return s != InSync && s != NoPhoto }

// IsDrift reports whether the status counts as drift for --drift-exit-code:
// the directory has a picture that the cloud does not show.
func (s Status) IsDrift() bool { return s == Drifted || s == MissingInCloud }

// Reason says why a row has its status or a change its end. The list is open:
// readers must accept values that they do not know.
type Reason string

// The reasons known to this version. [ReasonPrecedence] says which one wins
// when several are true of a person.
const (
	Identical          Reason = "Identical"          // the bytes are equal
	Reencoded          Reason = "Reencoded"          // the same picture in other bytes: re-encoded, resized or cropped
	CloudBetter        Reason = "CloudBetter"        // the same picture, with more detail in the cloud
	OnPremisesBetter   Reason = "OnPremisesBetter"   // the same picture, with more detail on-premises
	Accepted           Reason = "Accepted"           // the difference was accepted as it is
	NoBaseline         Reason = "NoBaseline"         // the pictures differ and nobody has said yet which side is right
	BaselineOnPremises Reason = "BaselineOnPremises" // the pictures differ and the baseline says that AD is right
	OnPremisesChanged  Reason = "OnPremisesChanged"  // the on-premises photo changed since the two agreed
	CloudChanged       Reason = "CloudChanged"       // the cloud photo changed since the two agreed: somebody's own choice
	BothChanged        Reason = "BothChanged"        // both changed since they agreed
	CloudRemoved       Reason = "CloudRemoved"       // the cloud photo was taken away since the two agreed
	OnPremisesRemoved  Reason = "OnPremisesRemoved"  // the directory has no photo any more, and once agreed with the cloud: an orphan
	PersonGone         Reason = "PersonGone"         // the person left the directory, and once agreed with the cloud: an orphan
	AccountDisabled    Reason = "AccountDisabled"    // the account is disabled, and once agreed with the cloud: an orphan
	OrphanRemoved      Reason = "OrphanRemoved"      // photosync took the cloud photo away, and the account is still disabled
	NeverSynced        Reason = "NeverSynced"        // the cloud has no picture and no agreement says that it ever had
	Uncertain          Reason = "Uncertain"          // the comparison cannot tell; a person has to look
	NotAnImage         Reason = "NotAnImage"         // the value is not a picture
	Base64Text         Reason = "Base64Text"         // the value is a usable picture as base64 or hexadecimal text; the picture counts like any other
	Truncated          Reason = "Truncated"          // the picture ends in the middle
	TooSmall           Reason = "TooSmall"           // under 48 pixels on a side
	TooManyPixels      Reason = "TooManyPixels"      // over the pixel bound; it is not decoded
	UnsupportedFormat  Reason = "UnsupportedFormat"  // a picture, of a format that is not decoded
	PlaceholderPhoto   Reason = "PlaceholderPhoto"   // a 1x1 picture that stands for none, or a placeholder that would replace a photo
	AnchorMismatch     Reason = "AnchorMismatch"     // a weaker key matches, the immutable ids contradict
	TwoCloudUsers      Reason = "TwoCloudUsers"      // two cloud users carry the key
	TwoPeople          Reason = "TwoPeople"          // two people claim the cloud user
	ReadFailed         Reason = "ReadFailed"         // a read failed; see ErrorCode
	ChangedMeanwhile   Reason = "ChangedMeanwhile"   // one side moved between the plan and the write; nothing was written
	Declined           Reason = "Declined"           // whoever was asked said no
	RunStopped         Reason = "RunStopped"         // the run was cancelled or stopped before this change was begun
	NotVisibleYet      Reason = "NotVisibleYet"      // the write was accepted; the service does not show it yet
	WithinGrace        Reason = "WithinGrace"        // an orphan that has not been one for long enough to be removed
	Excluded           Reason = "Excluded"           // a member of a group that is left out
	BeyondFirst        Reason = "BeyondFirst"        // not among the first, to which the run was limited
	Restored           Reason = "Restored"           // what was there before an earlier write was put back
	NothingToRestore   Reason = "NothingToRestore"   // the write that is to be undone never reached the service
)

// ReasonPrecedence is the published order in which a row's reason is chosen:
// the first that is true of the person wins. Reasons of changes follow.
var ReasonPrecedence = []Reason{
	ReadFailed,
	TwoCloudUsers, TwoPeople, AnchorMismatch,
	NotVisibleYet, AccountDisabled,
	OnPremisesChanged, CloudChanged, BothChanged, CloudRemoved, PersonGone, OnPremisesRemoved,
	Base64Text, NotAnImage, TooManyPixels, UnsupportedFormat, Truncated, PlaceholderPhoto, TooSmall,
	OrphanRemoved,
	Identical, CloudBetter, OnPremisesBetter, Reencoded,
	Accepted, NeverSynced,
	Uncertain, BaselineOnPremises, NoBaseline,
	ChangedMeanwhile, WithinGrace, Excluded, BeyondFirst, Declined, RunStopped, Restored, NothingToRestore,
}

// Finding is something true of a person beside the reason. The list is open.
type Finding string

// The findings known to this version.
const (
	// OverExchangeImportLimit: more than 10 KB on-premises, the cause that Microsoft KB 3062745 names.
	OverExchangeImportLimit Finding = "OverExchangeImportLimit"
	// OverAttributeLimit: more than the 102,400 bytes that AD's thumbnailPhoto can hold; only from other sources.
	OverAttributeLimit Finding = "OverAttributeLimit"
	// DisabledAccount: the on-premises account is disabled, and not because a shared mailbox's always is.
	DisabledAccount Finding = "DisabledAccount"
	// SharedMailbox: the person is a shared, room or equipment mailbox.
	SharedMailbox Finding = "SharedMailbox"
	// MailboxOnPremises: the mailbox is in the on-premises Exchange organisation.
	MailboxOnPremises Finding = "MailboxOnPremises"
	// FlatTile: the on-premises picture is one colour or one smooth gradient.
	FlatTile Finding = "FlatTile"
	// Initials: the on-premises picture is a few letters on one colour.
	Initials Finding = "Initials"
	// Silhouette: the on-premises picture is a plain grey head and shoulders.
	Silhouette Finding = "Silhouette"
	// SharedPicture: the on-premises picture was seen before, in this run, on another person.
	SharedPicture Finding = "SharedPicture"
	// Orphan: the cloud photo once agreed with the directory's, and its person has none there any more, is gone or is disabled.
	Orphan Finding = "Orphan"
)

// Findings lists every [Finding] in the order in which rows join them.
var Findings = []Finding{
	OverExchangeImportLimit, OverAttributeLimit, DisabledAccount, SharedMailbox, MailboxOnPremises,
	FlatTile, Initials, Silhouette, SharedPicture, Orphan,
}

// Action is what is to be done for a person. The list is closed.
type Action string

// The actions.
const (
	None   Action = "None"   // nothing
	Upload Action = "Upload" // the on-premises picture goes to the cloud
	Remove Action = "Remove" // the cloud picture is taken away
	Review Action = "Review" // a person has to decide; nothing is written
)

// Actions lists every [Action].
var Actions = []Action{None, Upload, Remove, Review}

// Baseline is the one-time choice for people whose pictures differ and for
// whom nobody has ever agreed which is right. The list is closed.
type Baseline string

// The baselines.
const (
	BaselineReview Baseline = "Review"     // nothing is written; a person decides
	BaselineAD     Baseline = "OnPremises" // the directory is right
	BaselineCloud  Baseline = "Cloud"      // what the cloud shows is accepted
)

// Baselines lists every [Baseline].
var Baselines = []Baseline{BaselineReview, BaselineAD, BaselineCloud}

// OnConflict is what becomes of a person whose cloud photo changed since both
// sides agreed. The list is closed.
type OnConflict string

// The answers to a conflict.
const (
	ConflictSkip  OnConflict = "Skip"       // leave the person's own choice alone
	ConflictAD    OnConflict = "OnPremises" // the directory is right
	ConflictCloud OnConflict = "Cloud"      // what the cloud shows is accepted
)

// OnConflicts lists every [OnConflict].
var OnConflicts = []OnConflict{ConflictSkip, ConflictAD, ConflictCloud}

// MatchKey names the key by which a person was found in the cloud. The list is
// closed and ordered from the strongest to the weakest.
type MatchKey string

// The keys.
const (
	ByImmutableID       MatchKey = "ImmutableId"
	BySID               MatchKey = "Sid"
	ByUserPrincipalName MatchKey = "UserPrincipalName"
	ByMail              MatchKey = "Mail"
)

// MatchKeys lists every [MatchKey], strongest first.
var MatchKeys = []MatchKey{ByImmutableID, BySID, ByUserPrincipalName, ByMail}

// Side names the side that changed since the last agreement. The list is closed.
type Side string

// The sides.
const (
	OnPremises Side = "OnPremises"
	Cloud      Side = "Cloud"
	Both       Side = "Both"
)

// Sides lists every [Side].
var Sides = []Side{OnPremises, Cloud, Both}

// ChangeStatus is how one change ended. The list is closed.
type ChangeStatus string

// The ends of a [Change].
const (
	Done        ChangeStatus = "Done"        // written and seen: the etag moved and the picture matches
	Pending     ChangeStatus = "Pending"     // accepted by the service, not visible yet
	Skipped     ChangeStatus = "Skipped"     // not written; the reason says why
	Failed      ChangeStatus = "Failed"      // not written, or written and not as intended; the error says what
	WouldChange ChangeStatus = "WouldChange" // a dry run: this is what a run would do
)

// ChangeStatuses lists every [ChangeStatus], in the order in which summaries show them.
var ChangeStatuses = []ChangeStatus{Done, Pending, Skipped, Failed, WouldChange}

// Outcome is how a run ended. The list is closed.
type Outcome string

// The outcomes of a [Summary].
const (
	OutcomeOk        Outcome = "Ok"
	OutcomePartial   Outcome = "Partial"
	OutcomeFailed    Outcome = "Failed"
	OutcomeBraked    Outcome = "Braked"
	OutcomeCancelled Outcome = "Cancelled"
)

// Outcomes lists every [Outcome].
var Outcomes = []Outcome{OutcomeOk, OutcomePartial, OutcomeFailed, OutcomeBraked, OutcomeCancelled}
