package board

import "fmt"

// What is told to whoever gives an answer that is none, at the door or by the run, wherever it is found out. by are the
// names of pawl.yaml of those who were asked.

// NotByWhoAsked is told to the person who asked for it.
func NotByWhoAsked(by []string) string {
	return fmt.Sprintf("You asked for this, so it has to be someone else. %s knows. To take it back: `cancel`.", Handles(by))
}

// NotAsked is told to everybody who was not asked.
func NotAsked(by []string) string {
	return fmt.Sprintf("This one is for %s. They have been asked.", Handles(by))
}

// OtherWords is told to whoever answers with a word that the question does not offer.
func OtherWords(offered []string) string {
	return "The question here is answered with " + OneOf(offered) + "."
}
