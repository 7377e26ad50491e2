package slackbridge

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/slack-go/slack"
)

// Limits of a Home tab: https://docs.slack.dev/reference/views/home-tab-views, and for the bytes of a view
// https://docs.slack.dev/reference/methods/views.publish (250 kB), with room for what JSON adds.
const (
	maxViewBlocks = 100
	maxViewBytes  = 200_000
	maxItem       = 2500 // units of text of one item: of a question that is the whole of it, of a phone more than a screen
)

// homeCallback is the callback id of our Home tab: it is told from windows by its type, and from other views by this.
const homeCallback = "pawl.home"

// note is something that is said at the top of a Home tab: what became of a press there.
type note struct {
	at   time.Time
	text string
}

// homeView is the Home tab as Slack takes it. What does not fit is left out from the end of each section, and said.
func homeView(p board.Page, notes []note, now time.Time) slack.HomeTabViewRequest {
	v := &viewOf{left: maxViewBytes}
	for _, n := range notes {
		v.add(section(fmt.Sprintf("*%s* · %s", mrkdwn(board.Time(n.at)), fit(n.text, maxHead, mrkdwn))))
	}
	if len(notes) > 0 {
		v.add(slack.NewDividerBlock())
	}
	for i, s := range p.Sections {
		if i > 0 {
			v.add(slack.NewDividerBlock())
		}
		v.add(slack.NewHeaderBlock(plain(s.Head, maxHeader)))
		// A fair part of what is left: the sections after it are shown, too.
		most := len(v.blocks) + (maxViewBlocks-4-len(v.blocks))/(len(p.Sections)-i)
		for n, item := range s.Items {
			blocks := itemBlocks(item, fmt.Sprintf("home.%d.%d", i, n))
			if len(v.blocks)+len(blocks) > most || !v.fits(blocks) {
				v.add(section(fmt.Sprintf("And %d more.", len(s.Items)-n)))
				break
			}
			v.add(blocks...)
		}
	}
	foot := fmt.Sprintf("As of %s.", board.Time(now))
	if len(p.Sections) > 1 { // otherwise there is nothing to answer
		foot += " Only you see this page. Answers count here as they do in the conversation."
	}
	v.add(slack.NewContextBlock("", verbatim(mrkdwn(foot))))
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, CallbackID: homeCallback, Blocks: slack.Blocks{BlockSet: v.blocks}}
}

// maxHeader is how long a header is: https://docs.slack.dev/reference/block-kit/blocks/header-block
const maxHeader = 150

// viewOf is a view that is being made.
type viewOf struct {
	blocks []slack.Block
	left   int // bytes
}

func (v *viewOf) add(blocks ...slack.Block) {
	v.left -= bytesOf(blocks)
	v.blocks = append(v.blocks, blocks...)
}

func (v *viewOf) fits(blocks []slack.Block) bool { return bytesOf(blocks) <= v.left }

func bytesOf(blocks []slack.Block) int {
	raw, err := json.Marshal(blocks)
	if err != nil {
		return maxViewBytes // then it is left out
	}
	return len(raw)
}

// itemBlocks are the blocks of one item. A single button stands beside the text, where it costs no line on a phone.
func itemBlocks(m board.Message, id string) (blocks []slack.Block) {
	head := headline(m)
	body := sections(m.Lines, maxItem-size(head))
	text := head
	if len(body) > 0 { // one section: maxItem is below what it takes
		text = strings.TrimPrefix(head+"\n"+body[0], "\n")
	}
	if text == "" {
		return nil
	}
	s := slack.NewSectionBlock(verbatim(text), nil, nil)
	blocks = append(blocks, s)
	if buttons := viewButtons(m.Buttons); len(buttons) == 1 && m.Hint == "" {
		s.BlockID, s.Accessory = id, slack.NewAccessory(buttons[0])
	} else if len(buttons) > 0 {
		elements := make([]slack.BlockElement, len(buttons))
		for i, b := range buttons {
			elements[i] = b
		}
		blocks = append(blocks, slack.NewActionBlock(id, elements...))
	}
	if hint := fit(m.Hint, maxHint, mrkdwn); hint != "" {
		blocks = append(blocks, slack.NewContextBlock("", verbatim(hint)))
	}
	return blocks
}

// viewButtons are the buttons of an item. One that leads to an address is a link.
func viewButtons(all []board.Button) (buttons []*slack.ButtonBlockElement) {
	for i, b := range all[:min(len(all), maxActions)] {
		if len(b.Value) > maxValue {
			continue
		}
		e := button(b, i)
		if b.Action == ActionOpen {
			if _, ok := linkable(b.Value); !ok {
				continue
			}
			e.URL, e.Value = b.Value, ""
		}
		buttons = append(buttons, e)
	}
	return buttons
}

// signature tells two Home tabs apart by what they say, not by when they were made.
func signature(p board.Page, notes []note) string {
	raw, err := json.Marshal(struct {
		Page  board.Page
		Notes []string
	}{p, said(notes)})
	if err != nil {
		return "" // never the same as another
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func said(notes []note) []string {
	all := make([]string, len(notes))
	for i, n := range notes {
		all[i] = fmt.Sprint(n.at.Unix(), " ", n.text)
	}
	return all
}
