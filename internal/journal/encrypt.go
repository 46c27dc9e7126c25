package journal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"photosync/internal/record"
)

// Keys are private keys that open encrypted backups.
type Keys struct{ identities []age.Identity }

// ReadKeys reads a file that age-keygen wrote: one identity a line, empty lines
// and comments aside. The error is BackupKeyUnusable; nothing of what is in the
// file is in it.
func ReadKeys(file string) (*Keys, error) {
	unusable := func(err error) error {
		return record.Errorf(record.BackupKeyUnusable, "read the identity file %s: %w", file, err).On(file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, unusable(err)
	}
	defer func() { _ = f.Close() }() // only read
	identities, err := age.ParseIdentities(f)
	if err != nil {
		return nil, unusable(errors.New("it holds no age identity, or one that is damaged"))
	}
	return &Keys{identities}, nil
}

// CheckRecipient reports whether backups can be encrypted for the age public key of
// the text; blanks around it do not matter, and nil is also for "". The error is
// BackupKeyUnusable, without the text: somebody may have given the private key.
func CheckRecipient(text string) error {
	_, err := parseRecipient(strings.TrimSpace(text))
	return err
}

// parseRecipient gives the public key of the text, none for "". Errors are those
// of [CheckRecipient].
func parseRecipient(text string) ([]age.Recipient, error) {
	if text == "" {
		return nil, nil
	}
	recipients, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return nil, record.Errorf(record.BackupKeyUnusable, "encrypt backups: the recipient is not an age public key")
	}
	return recipients, nil
}

func encrypt(photo []byte, recipients []age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipients...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(photo); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func decrypt(content []byte, k *Keys) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(content), k.identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// headerSize gives the length of an age file's header in bytes.
func headerSize(r io.Reader) (int64, error) {
	header, err := age.ExtractHeader(r)
	return int64(len(header)), err
}

// payloadSize gives the length in bytes of what follows the header when so many
// bytes are encrypted: a nonce of 16, then chunks of 64 KiB with a tag of 16
// each, one chunk at least.
func payloadSize(plain int64) int64 {
	const chunk, tag, nonce = 64 << 10, 16, 16
	return nonce + plain + tag*max(1, (plain+chunk-1)/chunk)
}
