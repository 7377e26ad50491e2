package board

import "fmt"

// What is told to whoever may not agree, by whichever door and wherever it is found out. by are the names of pawl.yaml of
// those who were asked.

// NotByWhoAsked is told to the person who asked for it.
func NotByWhoAsked(by []string) string {
	return fmt.Sprintf("You asked for this, so it has to be someone else. %s knows. To take it back: `cancel`.", Handles(by))
}

// NotAsked is told to everybody who was not asked.
func NotAsked(by []string) string {
	return fmt.Sprintf("This one is for %s. They have been asked.", Handles(by))
}
