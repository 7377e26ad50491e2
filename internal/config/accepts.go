package config

import "regexp"

// IsChannel reports whether this is a channel as pawl.yaml takes it: its name with a #, or its id.
func IsChannel(text string) bool {
	return regexp.MustCompile(channels).MatchString(text)
}

// IsGroup reports whether this is the handle of a user group as pawl.yaml takes it: "@oncall", in small letters.
func IsGroup(text string) bool {
	return regexp.MustCompile(groups).MatchString(text)
}

// IsEmail reports whether this may be an e-mail address.
func IsEmail(text string) bool {
	return regexp.MustCompile(emails).MatchString(text)
}

// IsLogin reports whether this is a login name of Pawl's machine as pawl.yaml takes it.
func IsLogin(text string) bool {
	return regexp.MustCompile(logins).MatchString(text)
}

// CheckAddress says what keeps a text from being the address of a host, [user@]host[:port]; nil when nothing does.
func CheckAddress(text string) error { return checkAddress(text) }
