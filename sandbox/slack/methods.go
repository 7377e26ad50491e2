package slack

// methods is every method there is; any other answers unknown_method. Tiers,
// scopes and whether JSON is understood are as documented at
// https://docs.slack.dev/reference/methods.
func methods() map[string]method {
	form, json := false, true
	bot := func(t tier, accepts bool, scope string, run func(*call) (reply, *apiError), need ...string) method {
		m := method{tier: t, json: accepts, run: run, need: need}
		if scope != "" {
			m.scopes = []string{scope}
		}
		return m
	}
	return map[string]method{
		"auth.test":             bot(tierSpecial, json, "", authTest),
		"apps.connections.open": {tier: tier3, json: true, token: appLevel, run: connectionsOpen},
		"bots.info":             bot(tier3, form, "users:read", botsInfo),

		"chat.postMessage":   bot(tierPost, json, "chat:write", chatPostMessage, "channel"),
		"chat.postEphemeral": bot(tier4, json, "chat:write", chatPostEphemeral, "channel", "user"),
		"chat.update":        bot(tier3, json, "chat:write", chatUpdate, "channel", "ts"),
		"chat.delete":        bot(tier3, json, "chat:write", chatDelete, "channel", "ts"),
		"chat.getPermalink":  bot(tierSpecial, form, "", chatGetPermalink, "channel", "message_ts"),

		"conversations.open":    bot(tier3, json, "im:write", conversationsOpen),
		"conversations.list":    bot(tier2, form, "", conversationsList),
		"conversations.info":    bot(tier3, form, "", conversationsInfo, "channel"),
		"conversations.members": bot(tier4, form, "", conversationsMembers, "channel"),
		"conversations.join":    bot(tier3, json, "channels:join", conversationsJoin, "channel"),
		"conversations.history": bot(tier3, json, "", conversationsHistory, "channel"),
		"conversations.replies": bot(tier3, form, "", conversationsReplies, "channel", "ts"),

		"users.conversations":   bot(tier3, form, "", usersConversations),
		"users.list":            bot(tier2, form, "users:read", usersList),
		"users.info":            bot(tier4, form, "users:read", usersInfo, "user"),
		"users.lookupByEmail":   bot(tier3, form, "users:read.email", usersLookupByEmail, "email"),
		"usergroups.list":       bot(tier2, form, "usergroups:read", usergroupsList),
		"usergroups.users.list": bot(tier2, form, "usergroups:read", usergroupsUsersList, "usergroup"),

		"files.getUploadURLExternal":   bot(tier4, form, "files:write", filesGetUploadURL, "filename", "length"),
		"files.completeUploadExternal": bot(tier4, json, "files:write", filesComplete, "files"),
		"files.info":                   bot(tier4, form, "files:read", filesInfo, "file"),

		"reactions.add":    bot(tier3, json, "reactions:write", reactionsAdd, "name"),
		"reactions.remove": bot(tier2, json, "reactions:write", reactionsRemove, "name"),
		"reactions.get":    bot(tier3, form, "reactions:read", reactionsGet),

		"views.open":    bot(tier4, json, "", viewsOpen, "view"),
		"views.update":  bot(tier4, json, "", viewsUpdate, "view"),
		"views.publish": bot(tier4, json, "", viewsPublish, "user_id", "view"),
	}
}
