package pages

// lookedAt is how many bytes of an answer are looked at for what it says; a token that begins in what is shown ends in there.
const lookedAt = 8192

// shown is a request and the beginning of its answer, for whoever mends it.
func (r *Reader) shown(asked string, status int, body []byte) string {
	return r.mask.Exchange(asked, status, string(body[:min(len(body), lookedAt)]))
}
