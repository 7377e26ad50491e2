package board

// Page is what one person sees of their own and nobody else does, such as the Home tab of the app in Slack.
type Page struct {
	Sections []Section
}

// Section is one part of a page under a heading.
type Section struct {
	Head  string
	Items []Message // Head, ID, Lines, Buttons and Hint of each are shown
}
