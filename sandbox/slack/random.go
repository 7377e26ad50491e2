package slack

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// randomID makes an id of n letters and digits.
func randomID(n int) string {
	id := rand.Text()
	for len(id) < n {
		id += rand.Text()
	}
	return id[:n]
}

// randomUUID makes a version 4 UUID, as envelopes and client_msg_id carry them.
func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return strings.ToLower(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}
