package slack

import (
	"encoding/base64"
	"strings"
)

// encodeCursor makes a cursor that points at a thing of a kind. Cursors are opaque
// to clients; Slack's are base64 too.
func encodeCursor(kind, id string) string {
	return base64.StdEncoding.EncodeToString([]byte(kind + ":" + id))
}

func decodeCursor(kind, cursor string) (id string, ok bool) {
	text, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil {
		return "", false
	}
	return strings.CutPrefix(string(text), kind+":")
}

// page cuts one page out of a list: limit items from the cursor on, and the cursor
// of the next page, empty on the last. Filters come after paging, as with Slack:
// a page may be short, or empty, and not be the last.
func page[T any](c *call, kind string, all []T, id func(T) string, usual, most int) ([]T, string, *apiError) {
	limit, ok := c.args.number("limit", usual)
	if !ok || limit < 0 {
		return nil, "", refuse("invalid_limit")
	}
	if limit == 0 {
		limit = usual
	}
	limit = min(limit, most)
	from := 0
	if c.args.has("cursor") {
		start, ok := decodeCursor(kind, c.args["cursor"])
		from = len(all)
		for i, item := range all {
			if id(item) == start {
				from = i
			}
		}
		if !ok || from == len(all) {
			return nil, "", refuse("invalid_cursor")
		}
	}
	all = all[from:]
	if len(all) <= limit {
		return all, "", nil
	}
	return all[:limit], encodeCursor(kind, id(all[limit])), nil
}

func nextCursor(cursor string) map[string]any { return map[string]any{"next_cursor": cursor} }
