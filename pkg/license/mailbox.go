package license

// MailboxRisk is why a mailbox must not go without a person who decides.
type MailboxRisk string

// The risks.
const (
	MailboxShared  MailboxRisk = "shared"  // of several people, a room or equipment: nobody signs in to it, and it is used
	MailboxLarge   MailboxRisk = "large"   // larger than one without a license may be
	MailboxArchive MailboxRisk = "archive" // it has an archive, which takes a license
	MailboxUnknown MailboxRisk = "unknown" // nobody tells what it is
)

// mostUnlicensed is how large a mailbox without a license may be, in bytes: 50 GB
// (Exchange Online limits, shared mailboxes).
const mostUnlicensed = 50 << 30

// MailboxRisks tells why the mailbox of a user must not go, in the order of the
// constants; nil: it may, or there is none. What is not told is a risk. Whether a
// mailbox is on hold Graph does not say.
func (s Signals) MailboxRisks(user GUID) []MailboxRisk {
	purpose, told := s.Purpose.Of(user)
	switch {
	case told && purpose.None:
		return nil
	case !told:
		return []MailboxRisk{MailboxUnknown}
	}
	var out []MailboxRisk
	switch purpose.Purpose {
	case "user", "linked":
	case "shared", "room", "equipment":
		out = append(out, MailboxShared)
	default:
		out = append(out, MailboxUnknown)
	}
	use, told := s.MailboxUse.Of(user)
	if use.Bytes != nil && *use.Bytes > mostUnlicensed {
		out = append(out, MailboxLarge)
	}
	if use.Archive != nil && *use.Archive {
		out = append(out, MailboxArchive)
	}
	if out == nil && (!told || use.Bytes == nil || use.Archive == nil) {
		out = append(out, MailboxUnknown)
	}
	return out
}
