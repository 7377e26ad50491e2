package slack

import (
	"fmt"
	"regexp"
	"time"
)

// triggerLife is how long an app may open a view after it was sent a trigger.
const triggerLife = 3 * time.Second

// trigger is the right to open one view.
type trigger struct {
	user string
	end  time.Time
	used bool
}

type triggers map[string]*trigger

// trigger hands out a trigger id for something a person just did.
func (s *Server) trigger(userID string) string {
	now := s.opts.Now()
	for id, t := range s.triggers {
		if now.Sub(t.end) > time.Minute {
			delete(s.triggers, id) // by now nobody can tell it from an invalid one
		}
	}
	id := fmt.Sprintf("%d.%d.%s", now.UnixMilli(), foundedAt, randomID(20))
	s.triggers[id] = &trigger{user: userID, end: now.Add(triggerLife)}
	return id
}

// exchange uses a trigger up and says whose it was.
func (s *Server) exchange(id string) (userID string, err *apiError) {
	t := s.triggers[id]
	switch {
	case t == nil && regexp.MustCompile(`^\d+\.\d+\.\w+$`).MatchString(id):
		return "", refuse("expired_trigger_id")
	case t == nil:
		return "", refuse("invalid_trigger_id")
	case t.used:
		return "", refuse("exchanged_trigger_id")
	case s.opts.Now().After(t.end):
		return "", refuse("expired_trigger_id")
	}
	t.used = true
	return t.user, nil
}
