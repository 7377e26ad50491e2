package looks

import (
	"context"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

func excuseSpec() job.Spec {
	return job.Spec{Name: "excuse", Look: true, Help: "Why it is not your fault.", Examples: []string{"excuse"}}
}

// Excuse gives a programmer's excuse. choose picks one of n, from 0 on. It asks nobody, and stands in no overview: who
// finds it has earned it.
func Excuse(choose func(n int) int) Look {
	return Look{Spec: excuseSpec(), Answer: func(context.Context, Request) (board.Message, error) {
		all := excuses()
		text := all[choose(len(all))]
		return board.Message{Sentence: text, Lines: []string{text}}, nil
	}}
}

// excuses are ours.
func excuses() []string {
	return []string{
		"It passed on the third run, so it was never broken.",
		"The ticket says nothing about it working twice.",
		"That is a very old branch of reality; rebase.",
		"The cache remembers it differently.",
		"Somebody must have read the documentation. We had not planned for that.",
		"It is not slow, it is thorough.",
		"The requirements were eventually consistent.",
		"It works in the container in which it works.",
		"That line has not been touched since 2014. Nobody dares.",
		"I was sure that month had thirty days.",
		"The test was right, so I changed the test.",
		"It is only broken for people who use it.",
		"The linter did not say anything.",
		"That was a temporary fix, seven years ago.",
		"DNS.",
		"The time zone database has opinions.",
		"It is waiting for a lock held by somebody on holiday.",
		"We do not support Tuesdays yet.",
		"The feature is done; it is the rest of the system that is late.",
		"It was a race, and we won it locally.",
		"The logs are clean. We turned them off.",
		"An off-by-one error, or possibly two.",
		"The estimate was in days. I did not say on which planet.",
		"It must have been the intern of a previous civilisation.",
	}
}
