package config

// What names and short texts look like. The readers hold the file to these, and so does the schema for editors; what else is
// wrong with one is said by its reader.
const (
	peopleNames    = `^[a-z][a-z0-9_-]*$`
	groups         = `^@[a-z0-9][a-z0-9._-]*$`                  // in small letters
	logins         = `^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}\$?$` // useradd(8), and DOMAIN\user of sssd
	emails         = `^[^\s@<>|]+@[^\s@<>|]+\.[^\s@<>|]+$`
	channels       = `^(#[^\s#@,A-Z]{1,80}|[CG][A-Z0-9]{6,})$`
	hostNames      = `^[a-z0-9][a-z0-9._-]*$`
	thingNames     = `^[a-z0-9][a-z0-9_-]*$` // apps, environments, instances
	syncNames      = `^[a-z0-9][a-z0-9_-]*$`
	scheduleNames  = `^[a-z0-9][a-z0-9_-]*( [a-z0-9_-]+)*$`
	commandNames   = `^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*$`
	argumentNames  = `^[a-z][a-z0-9_]*$`
	variables      = `^[A-Za-z_][A-Za-z0-9_]*$` // of the shell
	parameterNames = `^[A-Za-z_][A-Za-z0-9_.-]*$`
	headerNames    = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
	percents       = `^(100|[1-9]?[0-9]) ?%$`
	webAddresses   = `^[hH][tT][tT][pP][sS]?://`
	paths          = `^/([^/]|$)` // below an address

	maxSyncName     = 40 // characters
	maxScheduleName = 60
	maxParameter    = 100
)
