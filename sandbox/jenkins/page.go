package jenkins

import (
	"net/http"
	"net/url"
)

func (s *Server) isPage(_ *http.Request, _ string) bool { return false }

func (s *Server) look(_ *http.Request, _ string, _ url.Values) reply { return reply{} }
