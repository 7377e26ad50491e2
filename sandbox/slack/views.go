package slack

import (
	"encoding/json"
	"slices"
	"time"
)

// maxView is the size of a view in bytes.
const maxView = 250_000

// view is a modal or a Home tab.
type view struct {
	fields map[string]any
	hash   string
	user   string
}

// readView reads and checks the view argument.
func (c *call) readView(kinds ...string) (map[string]any, *apiError) {
	if len(c.args["view"]) > maxView {
		return nil, refuse("view_too_large")
	}
	var v struct {
		Type            string          `json:"type"`
		Title           json.RawMessage `json:"title"`
		Submit          json.RawMessage `json:"submit"`
		Close           json.RawMessage `json:"close"`
		Blocks          json.RawMessage `json:"blocks"`
		CallbackID      string          `json:"callback_id"`
		PrivateMetadata string          `json:"private_metadata"`
	}
	var fields map[string]any
	if !c.decode("view", &v) || !c.decode("view", &fields) {
		return nil, invalidArguments("failed to parse view [json-pointer:/view]")
	}
	switch {
	case !slices.Contains(kinds, v.Type):
		return nil, invalidArguments("unsupported type: %s [json-pointer:/view/type]", v.Type)
	case length(v.PrivateMetadata) > 3000:
		return nil, invalidArguments("must be less than 3001 characters [json-pointer:/view/private_metadata]")
	case length(v.CallbackID) > 255:
		return nil, invalidArguments("must be less than 256 characters [json-pointer:/view/callback_id]")
	}
	check := &checker{}
	if v.Type == "home" && (v.Title != nil || v.Submit != nil || v.Close != nil) {
		return nil, invalidArguments("a home view has no title, submit or close [json-pointer:/view]")
	}
	if v.Type == "modal" {
		check.text(node{"/view/title", decoded(v.Title)}, textRule{max: 24, kinds: plainOnly})
		for name, raw := range map[string]json.RawMessage{"submit": v.Submit, "close": v.Close} {
			if raw != nil {
				check.text(node{"/view/" + name, decoded(raw)}, textRule{max: 24, kinds: plainOnly})
			}
		}
	}
	if len(check.problems) > 0 {
		return nil, invalidArguments("%s", check.problems[0])
	}
	blocks, err := checkViewBlocks(v.Blocks)
	if err != nil {
		return nil, &apiError{code: "invalid_arguments", messages: err.messages}
	}
	if v.Type == "modal" && v.Submit == nil && hasInput(blocks) {
		return nil, invalidArguments("missing required field: submit [json-pointer:/view/submit]")
	}
	fields["blocks"] = blocks
	return fields, nil
}

// keep stores a view under an id and shows it.
func (c *call) keep(id, userID string, fields map[string]any) reply {
	v := &view{fields: fields, user: userID, hash: c.stamps.next(time.Now()) + "." + randomID(8)}
	fields["id"], fields["hash"], fields["team_id"], fields["app_id"] = id, v.hash, c.dir.teamID, c.who.user.AppID
	fields["bot_id"], fields["root_view_id"], fields["previous_view_id"] = c.who.user.BotID, id, nil
	fields["state"] = map[string]any{"values": map[string]any{}}
	fields["app_installed_team_id"] = c.dir.teamID
	for name, usual := range map[string]any{
		"private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": false, "notify_on_close": false,
		"submit": nil, "close": nil,
	} {
		if _, ok := fields[name]; !ok {
			fields[name] = usual
		}
	}
	c.views[id] = v
	kind := "home"
	if fields["type"] == "modal" {
		kind = "view"
	}
	c.tell(kind, []string{userID}, map[string]any{"view": fields})
	return reply{"view": fields}
}

// viewsOpen is views.open. A trigger opens one view.
func viewsOpen(c *call) (reply, *apiError) {
	fields, err := c.readView("modal")
	if err != nil {
		return nil, err
	}
	who, err := c.exchange(c.args["trigger_id"])
	if err != nil {
		return nil, err
	}
	return c.keep("V0"+randomID(9), who, fields), nil
}

// viewsUpdate is views.update.
func viewsUpdate(c *call) (reply, *apiError) {
	fields, err := c.readView("modal", "home")
	if err != nil {
		return nil, err
	}
	old := c.views[c.args["view_id"]]
	switch {
	case old == nil:
		return nil, refuse("not_found")
	case c.args.has("hash") && c.args["hash"] != old.hash:
		return nil, refuse("hash_conflict")
	}
	return c.keep(c.args["view_id"], old.user, fields), nil
}

// viewsPublish is views.publish: the Home tab of one person.
func viewsPublish(c *call) (reply, *apiError) {
	fields, err := c.readView("home")
	if err != nil {
		return nil, err
	}
	u := c.dir.user(c.args["user_id"])
	switch {
	case c.opts.NoHome:
		return nil, refuse("not_enabled")
	case u == nil || u.isBot():
		return nil, invalidArguments("invalid `user_id`")
	}
	id := homeID(u.ID)
	if old := c.views[id]; old != nil && c.args.has("hash") && c.args["hash"] != old.hash {
		return nil, refuse("hash_conflict")
	}
	return c.keep(id, u.ID, fields), nil
}
