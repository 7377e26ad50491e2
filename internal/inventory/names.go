package inventory

import "strings"

// Fold brings a text to the form in which names are compared: lower case, one space between words, and every emoji as
// Slack writes it in messages, ":large_blue_circle:" for the character.
func Fold(text string) string { return strings.Join(foldWords(text), " ") }

func foldWords(text string) []string {
	ws := strings.Fields(strings.ToLower(text))
	for i, w := range ws {
		ws[i] = Emoji(w)
	}
	return ws
}

// Emoji is the name Slack gives to an emoji that is written as a character; any other text comes back as it is. Known
// are those that stand for colours, and a few that people like for instances.
// Source: the short names of https://github.com/iamcal/emoji-data, which Slack uses.
func Emoji(text string) string {
	const plainOrColoured = "\ufe0f" // asks for the coloured picture and is often left out
	switch strings.ReplaceAll(text, plainOrColoured, "") {
	case "🔵":
		return ":large_blue_circle:"
	case "🟢":
		return ":large_green_circle:"
	case "🟣":
		return ":large_purple_circle:"
	case "🟡":
		return ":large_yellow_circle:"
	case "🟠":
		return ":large_orange_circle:"
	case "🟤":
		return ":large_brown_circle:"
	case "🔴":
		return ":red_circle:"
	case "⚪":
		return ":white_circle:"
	case "⚫":
		return ":black_circle:"
	case "🟦":
		return ":large_blue_square:"
	case "🟩":
		return ":large_green_square:"
	case "🟪":
		return ":large_purple_square:"
	case "🟨":
		return ":large_yellow_square:"
	case "🟧":
		return ":large_orange_square:"
	case "🟫":
		return ":large_brown_square:"
	case "🟥":
		return ":large_red_square:"
	case "☀":
		return ":sunny:"
	case "🔮":
		return ":crystal_ball:"
	case "🌙":
		return ":crescent_moon:"
	case "⭐":
		return ":star:"
	case "🚀":
		return ":rocket:"
	}
	return text
}

// called reports whether one of the names is this one.
func called(name string, first Name, also []Name) bool {
	if first.Text == name {
		return true
	}
	for _, n := range also {
		if n.Text == name {
			return true
		}
	}
	return false
}
