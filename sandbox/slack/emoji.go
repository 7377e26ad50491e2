package slack

// knownEmoji reports whether an emoji exists. Slack knows many more; a name that
// is in here exists there too.
func knownEmoji(name string) bool {
	switch name {
	case "+1", "-1", "alarm_clock", "arrow_backward", "arrow_down", "arrow_forward", "arrow_left",
		"arrow_right", "arrow_up", "arrows_counterclockwise", "ballot_box_with_check", "bar_chart", "bell",
		"black_circle", "black_large_square", "black_square_for_stop", "blue_heart", "boom",
		"broken_heart", "bug", "bulb", "calendar", "chart_with_upwards_trend", "clap", "clipboard",
		"clock1", "construction", "crossed_fingers", "crystal_ball", "electric_plug", "exclamation",
		"eyes", "face_with_monocle", "fast_forward", "fire", "first_place_medal", "floppy_disk", "fog",
		"gear", "green_heart", "hammer_and_wrench", "hand", "heart", "heavy_check_mark",
		"heavy_minus_sign", "heavy_plus_sign", "hourglass", "hourglass_flowing_sand", "inbox_tray",
		"information_source", "joy", "key", "large_blue_circle", "large_blue_square", "large_brown_circle",
		"large_green_circle", "large_green_square", "large_orange_circle", "large_purple_circle",
		"large_red_square", "large_yellow_circle", "link", "lock", "mag", "mailbox", "memo", "mute",
		"name_badge", "negative_squared_cross_mark", "no_bell", "no_entry", "no_entry_sign", "ok",
		"ok_hand", "open_hands", "outbox_tray", "package", "page_facing_up", "partying_face",
		"pause_button", "play_or_pause_button", "pray", "purple_heart", "pushpin", "question",
		"raised_hand", "raised_hands", "recycle", "red_circle", "repeat", "robot_face", "rocket",
		"rotating_light", "seedling", "shield", "skull", "sleeping", "slightly_smiling_face", "smile",
		"smiley", "snail", "sob", "sparkles", "speech_balloon", "stop_sign", "stopwatch", "sunny",
		"sweat_smile", "tada", "thinking_face", "thumbsdown", "thumbsup", "ticket", "toolbox",
		"traffic_light", "turtle", "unlock", "vertical_traffic_light", "warning", "wastebasket", "wave",
		"white_check_mark", "white_circle", "white_large_square", "wrench", "x", "yellow_heart", "zap",
		"zzz":
		return true
	}
	return false
}
