package setup

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/manifest"
)

// Question is one thing that is asked.
type Question struct {
	Flag string // gives the answer on the command line, without dashes
	Text string // what is asked, without a question mark
	Why  string // one line of why
	More string // what ? answers: what is accepted, with an example
	Help string // of the flag
	// Needed reports whether it makes sense after what was answered before.
	Needed func(Answers) bool
	// Propose is what an empty answer means; "" when there is nothing to propose.
	Propose func(Answers) string
	// Take holds an answer to be right and keeps it. Its error is a sentence that says what would be accepted.
	Take func(a *Answers, text string) error
}

// later is the answer of those who have no master database at hand.
const later = "later"

// Guesses are what can be known of a person and their machine without asking.
type Guesses struct {
	Email string // of whoever runs it; empty: not known
	Zone  string // of the machine; empty: not known
}

// Questions are the six questions, in the order in which they are asked.
func Questions(g Guesses) []Question {
	always := func(Answers) bool { return true }
	toy := func(a Answers) bool { return a.Toy() }
	return []Question{
		{
			Flag: "name", Text: "What is the bot called in Slack", Help: "what the bot is called in Slack",
			Why:    "People mention it and open direct messages with it. The slash command has the same name.",
			More:   "At most 35 characters: letters, digits, spaces, dots, dashes. Pawl becomes @Pawl and /pawl.",
			Needed: always, Propose: func(Answers) string { return "Pawl" }, Take: takeName,
		},
		{
			Flag: "people", Text: "Who may start things", Help: "who may start things: user groups (@engineering) and e-mail addresses, with commas between them, or everyone",
			Why:    "A user group of Slack (on a paid plan), or people by the e-mail address they have in Slack. Everybody else may look.",
			More:   "@engineering, or alice@acme.test, bob@acme.test, or both, with commas between them. everyone means all of the workspace\nwithout guests. You can say it more exactly later, under may: in pawl.yaml.",
			Needed: always, Propose: func(Answers) string { return g.Email }, Take: takePeople,
		},
		{
			Flag: "ops", Text: "In which channel are questions asked", Help: "the channel where questions are asked: #ops, or its id",
			Why:    "When a second person has to agree who cannot see where something was typed. Pawl must be invited there.",
			More:   "The name of a channel with its #, such as #ops, or its id, such as C0123456789.",
			Needed: always, Propose: func(Answers) string { return "#ops" }, Take: takeOps,
		},
		{
			Flag: "toy-from", Text: "Where is the database that toys are copies of", Help: "host and database that toys are copies of: 'pawl@db-master.acme.test shop.db', or later",
			Why:    "`toy` gives people a fresh copy of it, without personal data. It only reads it. later leaves toys out for now.",
			More:   "[user@]host[:port], a space, and the path of the SQLite database there, from the home of that user:\npawl@db-master.acme.test shop.db",
			Needed: always, Propose: func(Answers) string { return later }, Take: takeFrom,
		},
		{
			Flag: "toy-to", Text: "On which host do the toys live", Help: "the host where the toys live",
			Why:    "One database for each person, beside each other. Another host than master is kinder to master.",
			More:   "[user@]host[:port], such as pawl@toys.acme.test",
			Needed: toy, Propose: func(a Answers) string { return a.From }, Take: takeTo,
		},
		{
			Flag: "toy-hide", Text: "Which columns hold personal data", Help: "columns with personal data, as table.column, with commas between them, or later",
			Why:    "They are replaced in every toy. Without them nobody gets a toy. later leaves that to you, in pawl.yaml.",
			More:   "table.column, with commas between them: people.name, people.email, invoices.bill_to",
			Needed: toy, Propose: func(Answers) string { return later }, Take: takeHide,
		},
	}
}

func takeName(a *Answers, text string) error {
	text = strings.TrimPrefix(text, "@")
	if err := manifest.CheckName(text); err != nil {
		return err
	}
	a.App.Name = text
	if a.App.Command == "" {
		a.App.Command = slashOf(text)
	}
	return nil
}

// slashOf makes a slash command of a name, or takes /pawl when that cannot be done.
func slashOf(name string) string {
	word := strings.Trim(regexp.MustCompile(`[^a-z0-9_]+`).ReplaceAllString(strings.ToLower(name), "-"), "-_")
	word = strings.TrimRight(word[:min(len(word), 31)], "-_")
	return "/" + cmp.Or(word, "pawl")
}

func takePeople(a *Answers, text string) error {
	var people []string
	for _, who := range listed(text) {
		who = strings.ToLower(who)
		switch {
		case who == "everyone":
			if len(listed(text)) > 1 {
				return errors.New("everyone stands alone")
			}
		case !config.IsGroup(who) && !config.IsEmail(who):
			return fmt.Errorf("%q is neither a user group (@engineering) nor an e-mail address (alice@acme.test) nor everyone", who)
		case !slices.Contains(people, who):
			people = append(people, who)
		}
	}
	if text == "" {
		return errors.New("somebody has to be named: a user group (@engineering), e-mail addresses, or everyone")
	}
	a.People = people
	return nil
}

func takeOps(a *Answers, text string) error {
	if lower := strings.ToLower(text); !config.IsChannel(text) {
		if text = "#" + strings.TrimPrefix(lower, "#"); !config.IsChannel(text) {
			return errors.New("a channel is #ops, or its id, such as C0123456789")
		}
	}
	a.Ops = text
	return nil
}

func takeFrom(a *Answers, text string) error {
	if strings.EqualFold(text, later) {
		a.From, a.File = "", ""
		return nil
	}
	address, file, found := strings.Cut(text, " ")
	if file = strings.TrimSpace(file); !found || file == "" {
		return errors.New("a host, a space, and the database on it: pawl@db-master.acme.test shop.db; or later")
	}
	if err := config.CheckAddress(address); err != nil {
		return err
	}
	a.From, a.File = address, file
	return nil
}

func takeTo(a *Answers, text string) error {
	if err := config.CheckAddress(text); err != nil {
		return err
	}
	if a.To = text; text == a.From {
		a.To = ""
	}
	return nil
}

func takeHide(a *Answers, text string) error {
	a.Hide = nil
	if strings.EqualFold(text, later) {
		return nil
	}
	for _, column := range listed(text) {
		if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$`).MatchString(column) {
			return fmt.Errorf("%q is not written as table.column, such as people.email", column)
		}
		if !slices.Contains(a.Hide, column) {
			a.Hide = append(a.Hide, column)
		}
	}
	if len(a.Hide) == 0 {
		return errors.New("name the columns, such as people.name, people.email; or later")
	}
	return nil
}

// listed are the parts of a list with commas or spaces between them.
func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
}

// CheckZone says what keeps a text from being a time zone; nil when nothing does.
func CheckZone(text string) error {
	if _, err := time.LoadLocation(text); err != nil || text == "" || text == "Local" {
		return fmt.Errorf("%q is no time zone: they are called like Europe/Prague", text)
	}
	return nil
}
